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
  case unary(UnaryKernel)
  case genericUnary(GenericUnaryKernel)
  case binary(BinaryKernel)
  case variadic(VariadicKernel)
  case convolution(ConvKernel)
  case expandDepthwise(ExpandDepthwiseKernel)
  case matMul(MatMulKernel)
  case pool(PoolKernel)
  case globalPool(GlobalPoolKernel)
  case softmax(SoftmaxKernel)
  case attention(AttentionKernel)
  case recurrent(RecurrentKernel)
  case arg(ArgKernel)
  case affine(AffineKernel)
  case layerNorm(LayerNormKernel)
  case instanceNorm(InstanceNormKernel)
  case lrn(LRNKernel)
  case reduce(ReduceKernel)
  case copy(CopyKernel)
  case shuffle(ShuffleKernel)
  case gather(GatherKernel)
  case scatter(ScatterKernel)
  case gridSample(GridSampleKernel)
  case resize(ResizeKernel)
  case cast(CastKernel)
  case choose(WhereKernel)
  case quantize(QuantizeKernel)
  case dynamicQuantize(DynamicQuantizeKernel)
  case integerProduct(IntegerProductKernel)
  case gatherND(GatherNDKernel)
  case nonZero(NonZeroKernel)
  case suppress(NonMaxSuppressionKernel)
  case topK(TopKKernel)
  /// The operator's own reference, for operators without a faster kernel. It allocates.
  case reference(ReferenceKernel)
}

extension Kernel {
  /// Bytes of scratch memory that `run` needs.
  public var scratchBytes: Int {
    switch self {
    case .alias, .reference: 0
    case .unary, .genericUnary, .binary, .pool, .globalPool, .softmax, .arg, .affine, .layerNorm, .reduce: 0
    case .variadic(let kernel): kernel.scratchBytes
    case .convolution(let kernel): kernel.scratchBytes
    case .expandDepthwise(let kernel): kernel.scratchBytes
    case .matMul(let kernel): kernel.scratchBytes
    case .attention(let kernel): kernel.scratchBytes
    case .recurrent(let kernel): kernel.scratchBytes
    case .instanceNorm(let kernel): kernel.scratchBytes
    case .lrn(let kernel): kernel.scratchBytes
    case .copy, .shuffle, .gather, .scatter, .gridSample, .cast, .choose, .quantize, .dynamicQuantize, .nonZero, .gatherND: 0
    case .integerProduct(let kernel): kernel.scratchBytes
    case .resize(let kernel): kernel.scratchBytes
    case .suppress(let kernel): kernel.scratchBytes
    case .topK(let kernel): kernel.scratchBytes
    }
  }

  /// Runs once.
  ///
  /// - Errors: those of the operator's reference for what the inputs hold, such as `.index`; then the outputs hold anything.
  public func run(_ memory: KernelMemory) throws(OpFault) {
    switch self {
    case .alias: break
    case .unary(let kernel): kernel.run(memory)
    case .genericUnary(let kernel): kernel.run(memory)
    case .binary(let kernel): kernel.run(memory)
    case .variadic(let kernel): kernel.run(memory)
    case .convolution(let kernel): kernel.run(memory)
    case .expandDepthwise(let kernel): kernel.run(memory)
    case .matMul(let kernel): kernel.run(memory)
    case .pool(let kernel): kernel.run(memory)
    case .globalPool(let kernel): kernel.run(memory)
    case .softmax(let kernel): kernel.run(memory)
    case .attention(let kernel): kernel.run(memory)
    case .recurrent(let kernel): try kernel.run(memory)
    case .arg(let kernel): kernel.run(memory)
    case .affine(let kernel): kernel.run(memory)
    case .layerNorm(let kernel): kernel.run(memory)
    case .instanceNorm(let kernel): kernel.run(memory)
    case .lrn(let kernel): kernel.run(memory)
    case .reduce(let kernel): kernel.run(memory)
    case .copy(let kernel): kernel.run(memory)
    case .shuffle(let kernel): kernel.run(memory)
    case .gather(let kernel): try kernel.run(memory)
    case .scatter(let kernel): try kernel.run(memory)
    case .gridSample(let kernel): kernel.run(memory)
    case .resize(let kernel): kernel.run(memory)
    case .cast(let kernel): kernel.run(memory)
    case .choose(let kernel): kernel.run(memory)
    case .quantize(let kernel): kernel.run(memory)
    case .dynamicQuantize(let kernel): kernel.run(memory)
    case .integerProduct(let kernel): kernel.run(memory)
    case .gatherND(let kernel): try kernel.run(memory)
    case .nonZero(let kernel): kernel.run(memory)
    case .suppress(let kernel): kernel.run(memory)
    case .topK(let kernel): kernel.run(memory)
    case .reference(let kernel): try kernel.run(memory)
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

  func run(_ memory: KernelMemory) throws(OpFault) {
    var tensors: [Tensor?] = []
    for (index, operand) in inputs.enumerated() {
      guard let operand, let address = memory.inputs[index] else {
        tensors.append(nil)
        continue
      }
      let bytes = UnsafeRawBufferPointer(start: address, count: operand.shape.count * operand.element.size)
      tensors.append(Tensor(operand.element, operand.shape, storage: TensorStorage(borrowing: bytes)))
    }
    for (index, result) in try op.reference(tensors).enumerated() where index < outputs.count {
      // What the inputs hold can change the shape of a result (Reshape, Range), but not the memory that the plan has for it.
      guard result.count == outputs[index].shape.count else {
        throw .elementCount(expected: outputs[index].shape.count, found: result.count)
      }
      guard let target = memory.outputs[index] else { continue }
      result.withBytes { bytes in
        if let source = bytes.baseAddress, !bytes.isEmpty { target.copyMemory(from: source, byteCount: bytes.count) }
      }
    }
  }
}
