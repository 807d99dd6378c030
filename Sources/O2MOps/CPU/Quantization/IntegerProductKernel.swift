import CO2MKernels
import O2MTensor

/// A matrix product or a convolution of quantized numbers: the sums as int32, or quantized again.
public struct IntegerProductKernel {
  private enum Core {
    case matMul(o2m_x8_matmul)
    case convolution(o2m_x8_conv)
  }

  /// The inputs that the operands of the product, and what becomes of the sums, are read from.
  struct Places {
    var x = 0, xZero: Int
    var w: Int, wZero: Int
    /// Of a result that is quantized again; 0 for sums.
    var xScale = 0, wScale = 0, yScale = 0, yZero = 0
    var bias: Int?

    /// `x, w, xZero, wZero`.
    static let sums = Places(xZero: 2, w: 1, wZero: 3)
    /// `x, xScale, xZero, w, wScale, wZero, yScale, yZero`.
    static let quantized = Places(xZero: 2, w: 3, wZero: 5, xScale: 1, wScale: 4, yScale: 6, yZero: 7)

    var isQuantized: Bool { yScale > 0 }
  }

  private let core: Core
  private let places: Places
  private let hasXZero, hasWZero, hasBias: Bool
  private let result: o2m_x8_result
  let scratchBytes: Int

  /// `x · w`, with a zero point of `x` for all or for each row of a single matrix; nil where operands are of other types.
  init?(_ plan: MatMulPlan, _ places: Places, _ site: KernelSite) throws(OpFault) {
    let a = try site.input(places.x).shape, b = try site.input(places.w).shape
    guard plan.batch.rank <= Int(O2M_X8_RANK), a.count > 0, b.count > 0 else { return nil }
    var matMul = o2m_x8_matmul()
    (matMul.rows, matMul.depth, matMul.columns) = (plan.m, plan.k, plan.n)
    matMul.a_rows = a.count / plan.k
    matMul.batch_rank = UInt32(plan.batch.rank)
    MatMulKernel.fill(&matMul.batch, plan.batch.dims)
    MatMulKernel.fill(&matMul.a_step, plan.aStrides.map { $0 * plan.m })
    MatMulKernel.fill(&matMul.b_step, plan.bStrides.map { $0 * plan.k * plan.n })
    MatMulKernel.fill(&matMul.y_step, plan.batch.strides.map { $0 * plan.m * plan.n })
    guard let left = try Self.operand(places.x, zero: places.xZero, lines: matMul.a_rows == plan.m ? plan.m : 1, site) else { return nil }
    guard let right = try Self.operand(places.w, zero: places.wZero, lines: plan.n, site) else { return nil }
    (matMul.a, matMul.b) = (left, right)
    self.init(.matMul(matMul), Int(o2m_x8_matmul_scratch_bytes(&matMul, UInt32(site.threads))), places, scales: plan.n, depth: plan.k, site)
  }

  /// A convolution with a resolved window of one or two axes.
  init?(_ window: Window, group: Int, _ places: Places, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(places.x), w = try site.input(places.w), y = site.outputs[0]
    guard x.shape.rank == 3 || x.shape.rank == 4, x.shape.count > 0, w.shape.count > 0 else { return nil }
    var conv = o2m_x8_conv()
    (conv.batch, conv.groups) = (x.shape[0], group)
    (conv.x_height, conv.x_width) = x.picture
    (conv.y_height, conv.y_width) = y.picture
    (conv.x_channels, conv.y_channels) = (x.shape[1], y.shape[1])
    (conv.kernel_height, conv.kernel_width) = window.pair(window.kernel, 1)
    (conv.stride_y, conv.stride_x) = window.pair(window.strides, 1)
    (conv.dilation_y, conv.dilation_x) = window.pair(window.dilations, 1)
    (conv.pad_top, conv.pad_left) = window.pair(Array(window.pads.prefix(window.kernel.count)), 0)
    guard let left = try Self.operand(places.x, zero: places.xZero, lines: 1, site) else { return nil }
    guard let right = try Self.operand(places.w, zero: places.wZero, lines: y.shape[1], site) else { return nil }
    (conv.x, conv.w) = (left, right)
    guard o2m_x8_conv_takes(&conv) != 0 else { return nil }
    self.init(
      .convolution(conv), Int(o2m_x8_conv_scratch_bytes(&conv, UInt32(site.threads))), places, scales: y.shape[1],
      depth: w.shape.count / w.shape[0], site)
  }

  /// Nil where a result of `depth` terms cannot be quantized again by `scales` scales of `w` at most.
  private init?(_ core: Core, _ scratchBytes: Int, _ places: Places, scales: Int, depth: Int, _ site: KernelSite) {
    let y = site.outputs[0]
    guard y.shape.count > 0, y.isRowMajor, let type = places.isQuantized ? Self.type(y.element) : O2M_ELEMENT_S32 else { return nil }
    var result = o2m_x8_result()
    result.type = type
    if places.isQuantized {
      guard depth <= Int(O2M_X8_DEPTH) else { return nil }
      for place in [places.xScale, places.wScale, places.yScale] {
        guard let scale = site.optional(place), scale.isFloat32 else { return nil }
        guard scale.shape.count == 1 || place == places.wScale && scale.shape.count == scales else { return nil }
        if place == places.wScale, scale.shape.count > 1 { result.w_scale_step = 1 }
      }
    }
    self.core = core
    self.places = places
    self.result = result
    self.scratchBytes = scratchBytes
    hasXZero = site.optional(places.xZero) != nil
    hasWZero = site.optional(places.wZero) != nil
    hasBias = places.bias.flatMap { site.optional($0) } != nil
  }

  /// The operand at `index`, with one zero point for all or for each of `lines` lines.
  private static func operand(_ index: Int, zero: Int, lines: Int, _ site: KernelSite) throws(OpFault) -> o2m_x8_operand? {
    let x = try site.input(index)
    guard let type = type(x.element), x.isRowMajor, x.packing == .plain else { return nil }
    let zeros = site.optional(zero)?.shape.count ?? 1
    guard zeros == 1 || zeros == lines else { return nil }
    return o2m_x8_operand(type: type, zero: nil, zero_step: zeros > 1 ? 1 : 0)
  }

  private static func type(_ element: ElementType) -> o2m_element? {
    switch element {
    case .uint8: O2M_ELEMENT_U8
    case .int8: O2M_ELEMENT_S8
    default: nil
    }
  }

  func run(_ memory: KernelMemory) {
    let inputs = memory.inputs
    guard let x = inputs[places.x], let w = inputs[places.w], let y = memory.outputs[0] else { return }
    let xZero = hasXZero ? inputs[places.xZero] : nil, wZero = hasWZero ? inputs[places.wZero] : nil
    var result = result
    if places.isQuantized {
      result.x_scale = memory.floats(places.xScale)
      result.w_scale = memory.floats(places.wScale)
      result.y_scale = memory.floats(places.yScale)
      result.y_zero = inputs[places.yZero]
      if hasBias, let bias = places.bias { result.bias = inputs[bias]?.assumingMemoryBound(to: Int32.self) }
    }
    switch core {
    case .matMul(var matMul):
      (matMul.a.zero, matMul.b.zero) = (xZero, wZero)
      o2m_x8_matmul_run(&matMul, x, w, &result, y, memory.scratch, memory.pool)
    case .convolution(var conv):
      (conv.x.zero, conv.w.zero) = (xZero, wZero)
      o2m_x8_conv_run(&conv, x, w, &result, y, memory.scratch, memory.pool)
    }
  }
}

extension MatMulInteger: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let plan = try MatMulPlan(try site.input(0).shape, try site.input(1).shape)
    return try IntegerProductKernel(plan, .sums, site).map { .integerProduct($0) }
  }
}

extension QLinearMatMul: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let plan = try MatMulPlan(try site.input(0).shape, try site.input(3).shape)
    return try IntegerProductKernel(plan, .quantized, site).map { .integerProduct($0) }
  }
}

extension ConvInteger: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try kernel(.sums, site) }
}

extension QLinearConv: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    var places = IntegerProductKernel.Places.quantized
    places.bias = 8
    return try kernel(places, site)
  }
}

extension IntegerConvolution {
  fileprivate func kernel(_ places: IntegerProductKernel.Places, _ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(places.x).shape, w = try site.input(places.w).shape
    let resolved = try window.resolved(kernel: Array(w.dims.dropFirst(2)), input: Array(x.dims.dropFirst(2)))
    return try IntegerProductKernel(resolved, group: group, places, site).map { .integerProduct($0) }
  }
}
