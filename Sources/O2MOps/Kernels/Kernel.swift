import CO2MPlatform
import O2MTensor

/// What a run hands to a kernel. The pointers are set up once per session; nothing is allocated per run.
public struct KernelMemory {
  public var inputs: UnsafeMutablePointer<UnsafeRawPointer?>
  public var outputs: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  public var scratch: UnsafeMutableRawPointer?
  public var pool: OpaquePointer?

  public init(
    inputs: UnsafeMutablePointer<UnsafeRawPointer?>, outputs: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    scratch: UnsafeMutableRawPointer?, pool: OpaquePointer?
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.scratch = scratch
    self.pool = pool
  }
}

/// The closed set of device kernels: an operator picks one for its operands when a bundle is loaded.
public enum Kernel {
  /// No work: the output is the input's memory under another shape.
  case alias
  case copy(CopyKernel)
  case shuffle(ShuffleKernel)
  case gather(GatherKernel)
  case resize(ResizeKernel)
  case cast(CastKernel)
  case choose(WhereKernel)
  /// The operator's own reference, for operators without a faster kernel. It allocates.
  case reference(ReferenceKernel)
}

extension Kernel {
  /// Bytes of scratch memory that `run` needs.
  public var scratchBytes: Int {
    switch self {
    case .alias, .reference: 0
    case .copy, .shuffle, .gather, .cast, .choose: 0
    case .resize(let kernel): kernel.scratchBytes
    }
  }

  public func run(_ memory: KernelMemory) {
    switch self {
    case .alias: break
    case .copy(let kernel): kernel.run(memory)
    case .shuffle(let kernel): kernel.run(memory)
    case .gather(let kernel): kernel.run(memory)
    case .resize(let kernel): kernel.run(memory)
    case .cast(let kernel): kernel.run(memory)
    case .choose(let kernel): kernel.run(memory)
    case .reference(let kernel): kernel.run(memory)
    }
  }
}

/// Runs an operator's reference on plain operands and copies the results to where they belong.
public struct ReferenceKernel {
  let op: Op
  let inputs: [Operand?]
  let outputs: [Operand]

  /// Every operand must be plain and every weight unpacked.
  public init(_ op: Op, _ site: KernelSite) {
    self.op = op
    inputs = site.inputs
    outputs = site.outputs
  }

  func run(_ memory: KernelMemory) {
    var tensors: [Tensor?] = []
    for (index, operand) in inputs.enumerated() {
      guard let operand, let address = memory.inputs[index] else {
        tensors.append(nil)
        continue
      }
      let bytes = UnsafeRawBufferPointer(start: address, count: operand.shape.count * operand.element.size)
      tensors.append(Tensor(operand.element, operand.shape, storage: TensorStorage(borrowing: bytes)))
    }
    let results: [Tensor]
    do throws(OpFault) { results = try op.reference(tensors) } catch {
      // The shapes were inferred from these operands at conversion and checked at load.
      preconditionFailure("a reference refused operands that its shape rule accepted")
    }
    for (index, result) in results.enumerated() where index < outputs.count {
      guard let target = memory.outputs[index] else { continue }
      result.withBytes { bytes in
        if let source = bytes.baseAddress, !bytes.isEmpty { target.copyMemory(from: source, byteCount: bytes.count) }
      }
    }
  }
}
