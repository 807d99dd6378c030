internal import CO2MRuntime

/// An object in a picture: its class, and the box around it.
public struct Detection: Equatable, Sendable {
  /// The bundle's label; the index as text where the bundle has none.
  public let label: String
  public let index: Int
  /// In 0...1.
  public let score: Float
  /// The box's left and top edge, in pixels of the picture as it is stored, from the edges of its first pixel.
  public let x: Float
  public let y: Float
  /// In the same pixels; the box lies within the picture, or within its crop.
  public let width: Float
  public let height: Float

  public init(label: String, index: Int, score: Float, x: Float, y: Float, width: Float, height: Float) {
    (self.label, self.index, self.score) = (label, index, score)
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// The same box in the upright picture: turned, then mirrored, as `image` says.
  public func upright(in image: ModelImage) -> Detection {
    let right = Float(image.width) - x - width, below = Float(image.height) - y - height
    let (left, top): (Float, Float) =
      switch image.rotation {
      case .degrees0: (x, y)
      case .degrees90: (below, x)
      case .degrees180: (right, below)
      case .degrees270: (y, right)
      }
    let isTurned = image.rotation == .degrees90 || image.rotation == .degrees270
    let (across, down) = isTurned ? (height, width) : (width, height), whole = Float(isTurned ? image.height : image.width)
    return Detection(
      label: label, index: index, score: score, x: image.isMirrored ? whole - left - across : left, y: top, width: across, height: down)
  }
}

extension MobileModel {
  /// As many boxes as a bundle can ask for.
  private static var mostBoxes: Int { 4096 }

  /// Prepares the picture as the bundle says, runs the model, and gives the objects that it sees, best first.
  ///
  /// - Parameters:
  ///   - most: how many at most; as many as the bundle says where it is nil.
  ///   - score: the least score of one, 0...1; what the bundle says where it is nil.
  ///   - overlap: two boxes of a class whose intersection is a greater share of their union are one object, 0...1; likewise.
  /// - Errors: `.noTask` where the bundle was converted without `--task detect`; `.unprepared`, `.picture`, `.argument`, `.cancelled`.
  public func detect(
    _ image: ModelImage, most: Int? = nil, score: Float? = nil, overlap: Float? = nil
  ) async throws(ModelError) -> [Detection] {
    if let most, most < 1 { throw .wrong("most is \(most): it is how many boxes are wanted, at least 1", found: most, expected: 1) }
    for (name, share) in [("score", score), ("overlap", overlap)] {
      if let share, !(0...1).contains(share) { throw .wrong("\(name) is \(share): it is 0 to 1") }
    }
    let room = min(most ?? .max, Self.mostBoxes)
    let boxes = try await see(image) { session throws(ModelError) in
      try session.boxes(room, score: score ?? -1, overlap: overlap ?? -1)
    }
    return boxes.map { box in
      Detection(
        label: label(box.label), index: Int(box.label), score: box.score, x: box.x, y: box.y, width: box.width, height: box.height)
    }
  }
}

extension RunSession {
  /// Runs the model on what stands in the inputs. Limits below 0 are the bundle's.
  fileprivate func boxes(_ count: Int, score: Float, overlap: Float) throws(ModelError) -> [o2m_box] {
    try check { o2m_session_set_box_limits(pointer, score, overlap, $0) }
    return try list(of: o2m_box(), count) { (target, found, error) in
      o2m_session_detect(pointer, nil, UInt32(count), target, found, error)
    }
  }
}
