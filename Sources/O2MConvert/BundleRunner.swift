import O2MRuntime
import O2MTensor

/// Runs a bundle on tensors: a session with copies in and out.
public struct BundleRunner: ~Copyable {
  public let session: Session

  public init(_ model: Model, threads: Int) throws(RunFault) { session = try Session(model, threads: threads) }

  /// Copies `inputs` to where the session reads them.
  public func write(_ inputs: [Tensor]) {
    for (index, tensor) in inputs.enumerated() {
      let target = session.input(index)
      precondition(target.count == tensor.count * tensor.element.size)
      tensor.withBytes { target.copyMemory(from: $0) }
    }
  }

  /// The outputs for `inputs`, whose types must be those of the manifest.
  public func run(_ inputs: [Tensor]) -> [Tensor] {
    write(inputs)
    session.run()
    return session.model.manifest.outputs.enumerated().map { index, port in
      let result = Tensor(port.value.element, port.value.shape, storage: TensorStorage(byteCount: port.value.byteCount))
      result.storage.bytes.copyMemory(from: session.output(index))
      return result
    }
  }
}
