import CO2MKernels
import O2MTensor

/// A float32 matrix product: with packed constant weights, or of two computed operands; then summands and the activation.
public struct MatMulKernel {
  private enum Core {
    case packed(o2m_f32_gemm)
    case general(o2m_f32_matmul)
  }

  private var core: Core
  /// The input that the packed product adds to each sum.
  private var residual: Int?
  /// What is added to the product afterwards.
  private var summands: [(input: Int, kernel: BinaryKernel)] = []
  private var activation: UnaryKernel?
  private(set) var scratchBytes = 0
  var kinds: [Kernel.Kind] {
    var kinds: [Kernel.Kind] = [isPacked ? .packedProduct : .generalProduct]
    if !summands.isEmpty { kinds.append(.binary) }
    if activation != nil { kinds.append(.unary) }
    switch core {
    case .packed(var gemm): return kinds + Kernel.Kind.products(o2m_f32_gemm_forms(&gemm)) + gemm.activation.kinds
    case .general(let matmul): return kinds + matmul.activation.kinds
    }
  }
  private var isPacked: Bool { if case .packed = core { true } else { false } }

  /// `x[rows, depth] · w + bias`, with `w` packed; inputs 2 and 3 are added where they are there.
  init?(packed activation: Activation, rows: Int, depth: Int, columns: Int, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), w = try site.input(1), y = site.outputs[0]
    guard x.isFloat32, y.isFloat32, x.isRowMajor, y.isRowMajor, let data = w.constant else { return nil }
    var gemm = o2m_f32_gemm()
    (gemm.rows, gemm.depth, gemm.columns) = (rows, depth, columns)
    (gemm.x_pitch, gemm.y_pitch, gemm.residual_pitch) = (depth, columns, columns)
    gemm.weights = o2m_weights(type: UInt32(w.precision.rawValue), data: data, scale: w.scales, bias: nil)
    var rest = [2, 3]
    if let c = site.optional(2), c.packing == .bias, let bias = c.constant {
      gemm.weights.bias = bias.assumingMemoryBound(to: Float.self)
      rest = [3]
    }
    for input in rest {
      guard let r = site.optional(input), r.isFloat32, r.shape == y.shape, r.isRowMajor, residual == nil else { continue }
      residual = input
    }
    core = .packed(gemm)
    guard try finish(rest.filter { $0 != residual }, activation, site) else { return nil }
    gemm.activation = self.activation == nil ? activation.device : Activation.none.device
    core = .packed(gemm)
    scratchBytes = o2m_f32_gemm_scratch_bytes(&gemm, UInt32(site.threads))
  }

  /// `alpha · a · b`, both computed or stored plain.
  init?(
    general activation: Activation, _ plan: MatMulPlan, alpha: Float = 1, transposesB: Bool = false, _ site: KernelSite
  ) throws(OpFault) {
    guard Included.runs(.generalProduct) else { return nil }
    let a = try site.input(0), b = try site.input(1), y = site.outputs[0]
    guard a.isFloat32, b.isFloat32, y.isFloat32, a.isRowMajor, b.isRowMajor, y.isRowMajor else { return nil }
    guard plan.batch.rank <= Int(O2M_MATMUL_RANK) else { return nil }
    var matmul = o2m_f32_matmul()
    (matmul.rows, matmul.depth, matmul.columns) = (plan.m, plan.k, plan.n)
    matmul.a_pitch = plan.k
    matmul.b_row_step = transposesB ? 1 : plan.n
    matmul.b_column_step = transposesB ? plan.k : 1
    matmul.y_pitch = plan.n
    matmul.batch_rank = UInt32(plan.batch.rank)
    Self.fill(&matmul.batch, plan.batch.dims)
    Self.fill(&matmul.a_step, plan.aStrides.map { $0 * plan.m * plan.k })
    Self.fill(&matmul.b_step, plan.bStrides.map { $0 * plan.k * plan.n })
    Self.fill(&matmul.y_step, plan.batch.strides.map { $0 * plan.m * plan.n })
    matmul.alpha = alpha
    core = .general(matmul)
    guard try finish([2, 3], activation, site) else { return nil }
    matmul.activation = self.activation == nil ? activation.device : Activation.none.device
    core = .general(matmul)
    scratchBytes = o2m_f32_matmul_scratch_bytes(&matmul, UInt32(site.threads))
  }

  /// Plans the summands and, where there are any, the activation behind them.
  private mutating func finish(_ inputs: [Int], _ act: Activation, _ site: KernelSite) throws(OpFault) -> Bool {
    let y = site.outputs[0]
    for input in inputs {
      guard let summand = site.optional(input) else { continue }
      guard let kernel = BinaryKernel(O2M_BINARY_ADD, y, summand, y) else { return false }
      summands.append((input, kernel))
    }
    guard !summands.isEmpty, act != .none else { return true }
    guard let function = act.function, let kernel = UnaryKernel(function, y, y) else { return false }
    activation = kernel
    return true
  }

  /// The first elements of a C array of sizes.
  static func fill<T>(_ target: inout T, _ values: [Int]) {
    withUnsafeMutableBytes(of: &target) { bytes in
      let slots = bytes.bindMemory(to: Int.self)
      for (index, value) in values.enumerated() { slots[index] = value }
    }
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    switch core {
    case .packed(var gemm):
      guard Included.runs(.packedProduct) else { return }
      o2m_f32_gemm_run(&gemm, x, residual.flatMap { memory.floats($0) }, y, memory.scratch, memory.pool)
    case .general(var matmul):
      guard Included.runs(.generalProduct), let b = memory.floats(1) else { return }
      o2m_f32_matmul_run(&matmul, x, b, y, memory.scratch, memory.pool)
    }
    guard Included.runs(.binary) else { return }
    for index in summands.indices {
      summands[index].kernel.run(UnsafeRawPointer(y), memory.inputs[summands[index].input], UnsafeMutableRawPointer(y), memory.pool)
    }
    guard Included.runs(.unary) else { return }
    activation?.run(UnsafePointer(y), y, memory.pool)
  }
}

extension Kernel.Kind {
  /// What a product takes beside tiles.
  static func products(_ forms: UInt32) -> [Kernel.Kind] {
    var kinds: [Kernel.Kind] = []
    if forms & UInt32(O2M_FORM_ROW) != 0 { kinds.append(.rowProduct) }
    if forms & UInt32(O2M_FORM_DOT) != 0 { kinds.append(.narrowProduct) }
    return kinds
  }
}

extension o2m_activation {
  /// What it takes of a library: the clips are part of every product.
  var kinds: [Kernel.Kind] { kind > UInt32(O2M_ACT_CLIP) ? [.activation] : [] }
}

extension Activation {
  /// The activation as an elementwise function; nil where there is none like it.
  var function: UnaryFunction? {
    switch self {
    case .none: nil
    case .relu: UnaryFunction(O2M_F32_RELU)
    case .clip(let low, let high): UnaryFunction(O2M_F32_CLIP, alpha: low, beta: high)
    case .leakyRelu(let alpha): UnaryFunction(O2M_F32_LEAKY_RELU, alpha: alpha)
    case .hardSigmoid(let alpha, let beta): UnaryFunction(O2M_F32_HARD_SIGMOID, alpha: alpha, beta: beta)
    case .hardSwish(let alpha, let beta): alpha == 1 / 6 && beta == 0.5 ? UnaryFunction(O2M_F32_HARD_SWISH) : nil
    case .sigmoid: UnaryFunction(O2M_F32_SIGMOID)
    case .silu: UnaryFunction(O2M_F32_SILU, alpha: 1)
    case .tanh: UnaryFunction(O2M_F32_TANH)
    case .gelu: UnaryFunction(O2M_F32_GELU)
    case .geluTanh: UnaryFunction(O2M_F32_GELU_TANH)
    }
  }
}

extension Gemm: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let a = try site.input(0), b = try site.input(1), y = site.outputs[0].shape
    guard !transA, beta == 1 || site.optional(2) == nil else { return nil }
    if b.packing != .plain {
      return try MatMulKernel(packed: activation, rows: y[0], depth: a.shape[1], columns: y[1], site).map { .matMul($0) }
    }
    let plan = try MatMulPlan(a.shape, [a.shape[1], y[1]])
    return try MatMulKernel(general: activation, plan, alpha: alpha, transposesB: transB, site).map { .matMul($0) }
  }

  /// Panels suit the plain product only: passes fold the scales into the weights.
  private var isPackable: Bool { alpha == 1 && beta == 1 && !transA }

  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    guard isPackable, let b = inputs.packable(1) else { return .plain }
    switch index {
    case 1: return [transB ? .rows(b) : .columns(b)]
    case 2:
      // A row that is added to every row.
      let columns = b[transB ? 0 : 1]
      guard let c = inputs.packable(2), c.count == columns, c.dims.last == columns else { return .plain }
      return [.vector(c)]
    default: return .plain
    }
  }
}

extension MatMul: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let plan = try MatMulPlan(try site.input(0).shape, try site.input(1).shape)
    if try site.input(1).packing == .matrixPanels {
      let rows = plan.batch.count * plan.m
      return try MatMulKernel(packed: activation, rows: rows, depth: plan.k, columns: plan.n, site).map { .matMul($0) }
    }
    return try MatMulKernel(general: activation, plan, site).map { .matMul($0) }
  }

  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    guard index == 1 || index == 2, let b = inputs.packable(1), b.rank == 2, let operand = inputs.packable(index) else { return .plain }
    return [index == 1 ? .columns(b) : .vector(operand)]
  }
}
