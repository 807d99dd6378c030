import O2MTensor

extension Session {
  /// Copies tensors of the types of the inputs to where the next run reads them.
  public func write(_ inputs: [Tensor]) {
    for (index, tensor) in inputs.enumerated() {
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
  public func run(_ inputs: [Tensor]) throws(RunFault) -> [Tensor] {
    write(inputs)
    try run()
    return model.graph.outputs.indices.map { index in
      let value = outputType(index)
      let tensor = Tensor(value.element, value.shape, storage: TensorStorage(byteCount: value.byteCount))
      tensor.storage.bytes.copyMemory(from: output(index))
      return tensor
    }
  }
}
