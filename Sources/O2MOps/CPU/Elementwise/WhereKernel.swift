import CO2MKernels
import O2MTensor

/// Choice between two operands, all three broadcast to the output's place.
public struct WhereKernel {
  private let elementSize: Int
  private var plan = o2m_broadcast_plan()

  /// nil where the element size is none of 1, 2, 4, 8 bytes or there are more than 8 axes.
  init?(_ site: KernelSite) throws(OpFault) {
    let y = site.outputs[0]
    elementSize = y.element.size
    guard [1, 2, 4, 8].contains(elementSize) else { return nil }
    var strides = Placement(y).strides
    for index in 0..<3 { strides += Placement(try site.input(index), broadcastTo: y.shape).strides }
    let dims = y.shape.dims.map { UInt($0) }
    guard o2m_plan_broadcast(&plan, 4, UInt32(dims.count), dims, strides) == 0 else { return nil }
  }

  func run(_ memory: KernelMemory) {
    guard let condition = memory.inputs[0], let a = memory.inputs[1], let b = memory.inputs[2], let y = memory.outputs[0] else { return }
    withUnsafePointer(to: plan) { plan in
      _ = o2m_where(elementSize, plan, condition.assumingMemoryBound(to: UInt8.self), a, b, y, memory.pool)
    }
  }
}

extension Placement {
  /// An operand read as if it had the shape `target`: ones in front, and stride 0 along axes that repeat.
  public init(_ operand: Operand, broadcastTo target: Shape) {
    let shape = operand.shape.padded(to: target.rank)
    let pitch = operand.shape.rank == target.rank || shape.rank < 2 ? operand.pitch : shape[1]
    self.init(shape, layout: operand.layout, pitch: pitch)
    for axis in 0..<target.rank where shape[axis] == 1 && target[axis] != 1 { strides[axis] = 0 }
  }
}

extension Where: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .follow(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try WhereKernel(site).map { .choose($0) } }
}
