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
public indirect enum Kernel {
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
  /// The kernels that a library can be without one by one. A bundle that was written for a library with fewer runs on it or is refused.
  public enum Kind: String, CaseIterable, Sendable {
    case alias
    case panels, planar, winograd, depthwise, transposed
    /// Of planar pictures: a last panel of at most 8 outputs, and strides of more than 2.
    case narrowPlanar, patches
    case packedProduct, generalProduct
    /// Products of a single row, and of few columns.
    case rowProduct, narrowProduct
    /// What follows a product and is no clip.
    case activation
    /// Constants that are stored so.
    case float16Weights, int8Weights
    case unary
    case genericUnary
    case binary
    case variadic
    case expandDepthwise
    case pool
    case globalPool
    case softmax
    case attention
    case recurrent
    case arg
    case affine
    case layerNorm
    case instanceNorm
    case lrn
    case reduce
    case copy
    case shuffle
    case gather
    case scatter
    case gridSample
    case resize
    case cast
    case choose
    case quantize
    case dynamicQuantize
    case integerProduct
    case gatherND
    case nonZero
    case suppress
    case topK
    case reference
  }

  /// What it is made of: one kind, or that of a product and of what follows it.
  public var kinds: [Kind] {
    switch self {
    case .alias: [.alias]
    case .unary: [.unary]
    case .genericUnary: [.genericUnary]
    case .binary: [.binary]
    case .variadic: [.variadic]
    case .convolution(let kernel): kernel.kinds
    case .expandDepthwise(let kernel): kernel.kinds
    case .matMul(let kernel): kernel.kinds
    case .pool: [.pool]
    case .globalPool: [.globalPool]
    case .softmax: [.softmax]
    case .attention: [.attention]
    case .recurrent: [.recurrent]
    case .arg: [.arg]
    case .affine: [.affine]
    case .layerNorm: [.layerNorm]
    case .instanceNorm: [.instanceNorm]
    case .lrn: [.lrn]
    case .reduce: [.reduce]
    case .copy: [.copy]
    case .shuffle: [.shuffle]
    case .gather: [.gather]
    case .scatter: [.scatter]
    case .gridSample: [.gridSample]
    case .resize: [.resize]
    case .cast: [.cast]
    case .choose: [.choose]
    case .quantize: [.quantize]
    case .dynamicQuantize: [.dynamicQuantize]
    case .integerProduct: [.integerProduct]
    case .gatherND: [.gatherND]
    case .nonZero: [.nonZero]
    case .suppress: [.suppress]
    case .topK: [.topK]
    case .reference: [.reference]
    }
  }
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
    case .unary(let kernel): if Included.runs(.unary) { kernel.run(memory) }
    case .genericUnary(let kernel): if Included.runs(.genericUnary) { kernel.run(memory) }
    case .binary(let kernel): if Included.runs(.binary) { kernel.run(memory) }
    case .variadic(let kernel): if Included.runs(.variadic) { kernel.run(memory) }
    case .convolution(let kernel): kernel.run(memory)
    case .expandDepthwise(let kernel): if Included.runs(.expandDepthwise) { kernel.run(memory) }
    case .matMul(let kernel): kernel.run(memory)
    case .pool(let kernel): if Included.runs(.pool) { kernel.run(memory) }
    case .globalPool(let kernel): if Included.runs(.globalPool) { kernel.run(memory) }
    case .softmax(let kernel): if Included.runs(.softmax) { kernel.run(memory) }
    case .attention(let kernel): if Included.runs(.attention) { kernel.run(memory) }
    case .recurrent(let kernel): if Included.runs(.recurrent) { try kernel.run(memory) }
    case .arg(let kernel): if Included.runs(.arg) { kernel.run(memory) }
    case .affine(let kernel): if Included.runs(.affine) { kernel.run(memory) }
    case .layerNorm(let kernel): if Included.runs(.layerNorm) { kernel.run(memory) }
    case .instanceNorm(let kernel): if Included.runs(.instanceNorm) { kernel.run(memory) }
    case .lrn(let kernel): if Included.runs(.lrn) { kernel.run(memory) }
    case .reduce(let kernel): if Included.runs(.reduce) { kernel.run(memory) }
    case .copy(let kernel): if Included.runs(.copy) { kernel.run(memory) }
    case .shuffle(let kernel): if Included.runs(.shuffle) { kernel.run(memory) }
    case .gather(let kernel): if Included.runs(.gather) { try kernel.run(memory) }
    case .scatter(let kernel): if Included.runs(.scatter) { try kernel.run(memory) }
    case .gridSample(let kernel): if Included.runs(.gridSample) { kernel.run(memory) }
    case .resize(let kernel): if Included.runs(.resize) { kernel.run(memory) }
    case .cast(let kernel): if Included.runs(.cast) { kernel.run(memory) }
    case .choose(let kernel): if Included.runs(.choose) { kernel.run(memory) }
    case .quantize(let kernel): if Included.runs(.quantize) { kernel.run(memory) }
    case .dynamicQuantize(let kernel): if Included.runs(.dynamicQuantize) { kernel.run(memory) }
    case .integerProduct(let kernel): if Included.runs(.integerProduct) { kernel.run(memory) }
    case .gatherND(let kernel): if Included.runs(.gatherND) { try kernel.run(memory) }
    case .nonZero(let kernel): if Included.runs(.nonZero) { kernel.run(memory) }
    case .suppress(let kernel): if Included.runs(.suppress) { kernel.run(memory) }
    case .topK(let kernel): if Included.runs(.topK) { kernel.run(memory) }
    case .reference(let kernel): if Included.runs(.reference) { try kernel.run(memory) }
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
