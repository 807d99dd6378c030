import CO2MKernels
import O2MTensor

/// A reduction that the kernels know.
public struct ReduceFunction: Sendable {
  let op: o2m_reduce_op

  init(_ op: o2m_reduce_op) { self.op = op }

  func kernel(_ options: ReduceOptions, _ site: KernelSite) throws(OpFault) -> Kernel? {
    let axes = try options.axes(site.facts, try site.input(0).shape)
    return try ReduceKernel(op, axes: axes, site).map { .reduce($0) }
  }
}

/// A reduction along some axes, over any layout of the input and the native element types.
public struct ReduceKernel {
  private let op: o2m_reduce_op
  private let element: o2m_element
  private var plan = o2m_reduce_plan()

  /// Nil where C has no such reduction for the element type, or there are more than 8 axes.
  init?(_ op: o2m_reduce_op, axes: [Int], _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0], rank = x.shape.rank
    guard let element = x.native, x.element == y.element, y.isDense, rank <= 8 else { return nil }
    self.op = op
    self.element = element
    // Kept axes are written in the order in which they are given.
    let order = y.shape.rank == rank ? y.layout.axes(rank: rank) : Array(0..<rank)
    guard y.shape.rank == rank || y.isRowMajor else { return nil }
    var reduced: UInt32 = 0
    for (position, axis) in order.enumerated() where axes.contains(axis) { reduced |= 1 << UInt32(position) }
    let strides = x.strides
    guard o2m_plan_reduce(&plan, UInt32(rank), order.map { x.shape[$0] }, order.map { strides[$0] }, reduced) == 0 else { return nil }
    if x.element != .float32 {
      guard Self.exists(op, x.element, count: plan.reduced_count) else { return nil }
    }
  }

  private static func exists(_ op: o2m_reduce_op, _ element: ElementType, count: Int) -> Bool {
    switch op {
    case O2M_REDUCE_MAX, O2M_REDUCE_MIN: element != .uint16 && element != .int16
    case O2M_REDUCE_SUM, O2M_REDUCE_PROD, O2M_REDUCE_L1, O2M_REDUCE_SUM_SQUARE: element != .uint16 && element != .int16 && element != .bool
    case O2M_REDUCE_MEAN: element.size >= 4 && count > 0
    case O2M_REDUCE_L2, O2M_REDUCE_LOG_SUM: element == .float64
    default: false
    }
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.inputs[0], let y = memory.outputs[0] else { return }
    withUnsafePointer(to: plan) { plan in
      if element == O2M_ELEMENT_F32 {
        o2m_f32_reduce(op, plan, x.assumingMemoryBound(to: Float.self), y.assumingMemoryBound(to: Float.self), memory.pool)
      } else {
        _ = o2m_reduce(op, element, plan, x, y, memory.pool)
      }
    }
  }
}

/// An operator that is one reduction along the axes of its options.
protocol ReduceKernels: CPUKernels {
  var options: ReduceOptions { get }
  static var function: ReduceFunction { get }
}

extension ReduceKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { options.layouts(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try Self.function.kernel(options, site) }
}

extension ReduceL1: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_L1) } }
extension ReduceL2: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_L2) } }
extension ReduceLogSum: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_LOG_SUM) } }
extension ReduceMax: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_MAX) } }
extension ReduceMean: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_MEAN) } }
extension ReduceMin: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_MIN) } }
extension ReduceProd: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_PROD) } }
extension ReduceSum: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_SUM) } }
extension ReduceSumSquare: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_SUM_SQUARE) } }
extension ReduceLogSumExp: ReduceKernels { static var function: ReduceFunction { .init(O2M_REDUCE_LOG_SUM_EXP) } }
