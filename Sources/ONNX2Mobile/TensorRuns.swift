internal import CO2MRuntime

/// What a run gave, by the names of the outputs.
public struct ModelOutputs: Sendable {
  /// In the order of the model.
  public let names: [String]
  private let tensors: [String: any AnyModelTensor]

  init(_ outputs: [(port: ModelPort, tensor: any AnyModelTensor)]) {
    names = outputs.map(\.port.name)
    tensors = Dictionary(outputs.map { ($0.port.name, $0.tensor) }) { first, _ in first }
  }

  public subscript(name: String) -> (any AnyModelTensor)? { tensors[name] }

  /// The output of that name and element type.
  ///
  /// - Errors: `.argument` where there is none, or it has another type.
  public func tensor<Element: ModelElement>(_ name: String, of type: Element.Type = Element.self) throws(ModelError) -> ModelTensor<Element>
  {
    guard let found = tensors[name] else { throw .wrong("there is no output '\(name)'; the model has \(quoted(names))") }
    guard let tensor = found as? ModelTensor<Element> else {
      throw .wrong("output '\(name)' is \(found.elementType) \(found.shape), not \(Element.elementType)")
    }
    return tensor
  }
}

extension MobileModel {
  /// Runs the model on a tensor for every input, by its name. Where a tensor has another shape than the run before, memory and kernels
  /// follow it first; outputs have the shapes that follow from those of the inputs.
  ///
  ///     let outputs = try await model.run(["image": ModelTensor(pixels, shape: [1, 3, 224, 224])])
  ///     let scores = try outputs.tensor("scores", of: Float.self).elements
  ///
  /// Inputs that are state may be left out: they are what they are before the first chunk of a stream. `stream` carries them on.
  ///
  /// - Errors: `.argument` where an input is missing, unknown, or has another type; `.shape` where the bundle does not take its shape;
  ///   `.memory`, `.run`, `.cancelled`.
  public func run(_ inputs: [String: any AnyModelTensor]) async throws(ModelError) -> ModelOutputs {
    let given = try ordered(inputs), outputs = outputs
    let (found, timings) = try await sessions.run { session throws(ModelError) in
      o2m_session_reset_state(session.pointer)
      return try session.run(given, outputs)
    }
    lastTimings.value = timings
    return found
  }

  /// The tensors in the order of the inputs; nil for state that is not given.
  func ordered(_ given: [String: any AnyModelTensor]) throws(ModelError) -> [(any AnyModelTensor)?] {
    for name in given.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
      throw .wrong("there is no input '\(name)'; the model has \(quoted(inputs.map(\.name)))")
    }
    var tensors: [(any AnyModelTensor)?] = []
    for port in inputs {
      if port.state != nil, given[port.name] == nil {
        tensors.append(nil)
        continue
      }
      guard let tensor = given[port.name] else { throw .wrong("input '\(port.name)' is missing: \(port.type) \(port.shape)") }
      guard tensor.elementType == port.type else {
        throw .wrong("input '\(port.name)' is \(port.type) \(port.shape), not \(tensor.elementType) \(tensor.shape)")
      }
      tensors.append(tensor)
    }
    return tensors
  }
}

extension RunSession {
  /// Runs the model on the tensors that are there, and copies what it gives.
  func run(
    _ given: [(any AnyModelTensor)?], _ outputs: [ModelPort]
  ) throws(ModelError) -> (found: ModelOutputs, timings: MobileModel.Timings) {
    let clock = ContinuousClock(), start = clock.now
    try resize(to: given.map { $0?.shape })
    for (index, tensor) in given.enumerated() { if let tensor { write(tensor, to: UInt32(index)) } }
    let written = clock.now
    try check { o2m_session_run(pointer, $0) }
    let end = clock.now
    let found = outputs.enumerated().map { (port: $1, tensor: read($1, UInt32($0))) }
    return (ModelOutputs(found), MobileModel.Timings(prepare: written - start, run: end - written))
  }

  /// Copies the elements of an input, whose type and shape now they have.
  fileprivate func write(_ tensor: any AnyModelTensor, to index: UInt32) {
    tensor.withUnsafeBytes { bytes in
      guard let target = o2m_session_input(pointer, index), let source = bytes.baseAddress else { return }
      target.copyMemory(from: source, byteCount: bytes.count)
    }
  }

  /// A copy of what stands in an output.
  fileprivate func read(_ port: ModelPort, _ index: UInt32) -> any AnyModelTensor {
    var tensor = o2m_tensor()
    _ = o2m_session_output_shape(pointer, index, &tensor)
    return port.tensor(UnsafeRawBufferPointer(start: o2m_session_output(pointer, index), count: Int(tensor.size_bytes)), tensor.shape)
  }
}

private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
