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
    let most = min(top, outputs.map(\.count).max() ?? 0), inputCount = UInt32(inputs.count)
    let (classes, timings) = try await sessions.run { session throws(ModelError) in
      let clock = ContinuousClock(), start = clock.now
      try session.prepare(image, inputCount)
      let prepared = clock.now
      let classes = try session.bestClasses(most)
      return (classes, Timings(prepare: prepared - start, run: clock.now - prepared))
    }
    lastTimings.value = timings
    return classes.map { item in
      let index = Int(item.label)
      return Classification(label: index < labels.count ? labels[index] : "\(index)", index: index, probability: item.probability)
    }
  }
}

extension RunSession {
  /// Prepares a picture for the first input that it fills.
  fileprivate func prepare(_ image: ModelImage, _ inputCount: UInt32) throws(ModelError) {
    try image.withRuntimeImage { (image) throws(ModelError) in
      var first: ModelError?
      for index in 0..<inputCount {
        do throws(ModelError) {
          try check { o2m_session_set_image(pointer, index, image, $0) }
          return
        } catch {
          // Another input may have the shape.
          guard error.reason == .picture, error.expected == 0 else { throw error }
          first = first ?? error
        }
      }
      if let first { throw first }
    }
  }

  /// Runs the model on what stands in the inputs.
  fileprivate func bestClasses(_ count: Int) throws(ModelError) -> [o2m_class] {
    var classes = [o2m_class](repeating: o2m_class(), count: count), found: UInt32 = 0
    try classes.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(ModelError) in
        try check { o2m_session_classify(pointer, nil, UInt32(count), buffer.baseAddress, &found, $0) }
      }
    }.get()
    return Array(classes.prefix(Int(found)))
  }
}
