internal import CO2MRuntime

/// The class of every pixel of a picture.
public struct ClassMap: Equatable, Sendable {
  public let width: Int
  public let height: Int
  /// The index of a label for each pixel, row by row; `unseen` where the model did not see it, beside a crop.
  public let classes: [UInt8]

  public static let unseen: UInt8 = 255

  public init(width: Int, height: Int, classes: [UInt8]) { (self.width, self.height, self.classes) = (width, height, classes) }

  public subscript(x: Int, y: Int) -> Int { Int(classes[y * width + x]) }
}

extension MobileModel {
  private static var longestSide: Int { 8192 }

  /// Prepares the picture as the bundle says, runs the model, and gives the class of every pixel of the picture as it is stored.
  ///
  /// - Parameters:
  ///   - width: of the map, to which the picture is scaled, 1...8192; the picture's own where it is nil.
  ///   - height: likewise.
  /// - Errors: `.noTask` where the bundle was converted without `--task segment`; `.unprepared`, `.picture`, `.argument`, `.cancelled`.
  public func segment(_ image: ModelImage, width: Int? = nil, height: Int? = nil) async throws(ModelError) -> ClassMap {
    let width = width ?? image.width, height = height ?? image.height
    for side in [width, height] where !(1...Self.longestSide).contains(side) {
      throw .wrong("a side of the map is \(side): it is 1 to \(Self.longestSide)", found: side, expected: Self.longestSide)
    }
    let classes = try await see(image) { session throws(ModelError) in try session.classMap(width, height) }
    return ClassMap(width: width, height: height, classes: classes)
  }
}

extension RunSession {
  /// Runs the model on what stands in the inputs.
  fileprivate func classMap(_ width: Int, _ height: Int) throws(ModelError) -> [UInt8] {
    var map = [UInt8](repeating: ClassMap.unseen, count: width * height)
    try map.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(ModelError) in
        try check { o2m_session_segment(pointer, nil, buffer.baseAddress, UInt32(width), UInt32(height), $0) }
      }
    }.get()
    return map
  }
}
