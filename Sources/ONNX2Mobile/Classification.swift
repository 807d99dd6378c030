internal import CO2MRuntime

/// A class of a picture and its share.
public struct Classification: Equatable, Sendable {
  /// The bundle's label; the index as text where the bundle has none.
  public let label: String
  public let index: Int
  /// In 0...1; NaN where a score is not finite.
  public let probability: Float

  public init(label: String, index: Int, probability: Float) {
    (self.label, self.index, self.probability) = (label, index, probability)
  }
}

extension MobileModel {
  /// Prepares the picture as the bundle says, runs the model, and gives the `top` best classes, best first.
  ///
  /// The pixels are prepared with the code and the bits of `onnx2mobile run`; the first picture of a form (format, size, rotation, mirror,
  /// crop) allocates tables for it.
  ///
  /// - Errors: `.unprepared` where the bundle was converted without `--preprocess`; `.picture`, `.argument`, `.noClasses`, `.cancelled`.
  public func classify(_ image: ModelImage, top: Int = 5) async throws(ModelError) -> [Classification] {
    guard top >= 1 else { throw .wrong("top is \(top): it is how many classes are wanted, at least 1", found: top, expected: 1) }
    let most = min(top, outputs.map(\.count).max() ?? 0)
    let classes = try await see(image) { session throws(ModelError) in try session.bestClasses(most) }
    return classes.map { item in
      Classification(label: label(item.label), index: Int(item.label), probability: item.probability)
    }
  }
}

extension RunSession {
  /// Runs the model on what stands in the inputs.
  fileprivate func bestClasses(_ count: Int) throws(ModelError) -> [o2m_class] {
    try list(of: o2m_class(), count) { (target, found, error) in
      o2m_session_classify(pointer, nil, UInt32(count), target, found, error)
    }
  }
}
