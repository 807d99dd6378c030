import O2MOps
import O2MTensor

extension Session {
  /// Copies tensors of the types of the inputs to where the next run reads them.
  public func write(_ inputs: [Tensor]) { write(given: optional(inputs)) }

  /// The same for the tensors that are there; the other inputs stay as they are.
  public func write(given inputs: [Tensor?]) {
    for (index, tensor) in inputs.enumerated() {
      guard let tensor else { continue }
      let value = inputType(index)
      precondition(tensor.element == value.element && tensor.shape == value.shape)
      tensor.withBytes { input(index).copyMemory(from: $0) }
    }
  }

  /// The element type and the extents of an input, as they are now.
  public func inputType(_ index: Int) -> TypedShape { graph.values[index] }

  /// Those of an output.
  public func outputType(_ index: Int) -> TypedShape { graph.values[graph.outputs[index]] }

  /// Runs the model on tensors of the types of its inputs and copies the outputs.
  ///
  /// - Parameter goingOn: whether state stays what the run before left, whatever `inputs` say.
  public func run(_ inputs: [Tensor], goingOn: Bool = false) throws(RunFault) -> [Tensor] {
    var given = optional(inputs)
    if goingOn { for link in model.state.links { given[link.input] = nil } }
    return try run(given: given)
  }

  /// The same on the tensors that are there; the other inputs are what they were.
  public func run(given inputs: [Tensor?]) throws(RunFault) -> [Tensor] {
    write(given: inputs)
    try run()
    return model.graph.outputs.indices.map { index in
      let value = outputType(index)
      let tensor = Tensor(value.element, value.shape, storage: TensorStorage(byteCount: value.byteCount))
      tensor.storage.bytes.copyMemory(from: output(index))
      return tensor
    }
  }

  private func optional(_ tensors: [Tensor]) -> [Tensor?] {
    var optional: [Tensor?] = []
    for tensor in tensors { optional.append(tensor) }
    return optional
  }
}
