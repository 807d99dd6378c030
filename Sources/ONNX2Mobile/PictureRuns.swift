internal import CO2MRuntime

/// What a bundle says that its outputs are, from `onnx2mobile convert --task` and `--labels`; the numbers are those of o2m.h.
public enum ModelTask: UInt32, CaseIterable, Sendable {
  case none = 0
  /// `MobileModel.detect` gives boxes.
  case detect
  /// `MobileModel.segment` gives a map of classes.
  case segment
  /// `MobileModel.classify` gives classes.
  case classify
}

extension MobileModel {
  /// Prepares the picture, lets `ask` run the model and read its answer, and notes how long both took. Inputs have the shapes of `inputs`.
  func see<Answer: Sendable>(
    _ image: ModelImage, _ ask: @escaping @Sendable (RunSession) throws(ModelError) -> Answer
  ) async throws(ModelError) -> Answer {
    let shapes = inputs.map(\.shape)
    let (answer, timings) = try await sessions.run { session throws(ModelError) in
      let clock = ContinuousClock(), start = clock.now
      o2m_session_reset_state(session.pointer)
      try session.resize(to: shapes)
      try session.prepare(image)
      let prepared = clock.now
      let answer = try ask(session)
      return (answer, Timings(prepare: prepared - start, run: clock.now - prepared))
    }
    lastTimings.value = timings
    return answer
  }

  /// The label of a class; its index as text where the bundle has none.
  func label(_ index: UInt32) -> String { index < labels.count ? labels[Int(index)] : "\(index)" }
}

extension RunSession {
  /// Prepares a picture for the first input that it fills.
  fileprivate func prepare(_ image: ModelImage) throws(ModelError) {
    try image.withRuntimeImage { (image) throws(ModelError) in
      var first: ModelError?
      for index in 0..<o2m_model_input_count(model.pointer) {
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

  /// What a function of the runtime writes that fills at most `count` places and says how many.
  func list<Item>(
    of empty: Item, _ count: Int,
    _ fill: (UnsafeMutablePointer<Item>?, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<o2m_error>) -> Int32
  ) throws(ModelError) -> [Item] {
    var items = [Item](repeating: empty, count: count), found: UInt32 = 0
    try items.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(ModelError) in try check { fill(buffer.baseAddress, &found, $0) } }
    }.get()
    return Array(items.prefix(Int(found)))
  }
}
