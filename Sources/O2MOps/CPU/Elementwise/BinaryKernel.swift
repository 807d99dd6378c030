import CO2MKernels
import O2MTensor

/// A function of two operands that the elementwise kernels know.
public struct BinaryFunction: Sendable {
  let op: o2m_binary_op

  init(_ op: o2m_binary_op) { self.op = op }

  func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    BinaryKernel(op, try site.input(0), try site.input(1), site.outputs[0]).map { .binary($0) }
  }
}

/// `z = x op y` with broadcasting, over any layouts and native element types.
public struct BinaryKernel {
  private let op: o2m_binary_op
  private let element: o2m_element
  private let isVector: Bool
  private var plan = o2m_broadcast_plan()

  /// Nil where C has no such function for the element type, or there are more than 8 axes.
  init?(_ op: o2m_binary_op, _ x: Operand, _ y: Operand, _ z: Operand) {
    guard let element = x.native, x.element == y.element else { return nil }
    guard z.element == (o2m_binary_gives_bool(op) != 0 ? .bool : x.element) else { return nil }
    self.op = op
    self.element = element
    isVector = x.element == .float32 && op.rawValue <= O2M_BINARY_POW.rawValue
    // A plan of nothing asks only whether the function exists.
    var nothing = o2m_broadcast_plan()
    guard o2m_binary(op, element, &nothing, nil, nil, nil, nil) == 0 else { return nil }
    let strides = z.strides + x.strides(as: z.shape) + y.strides(as: z.shape)
    guard o2m_plan_broadcast(&plan, 3, UInt32(z.shape.rank), z.shape.dims, strides) == 0 else { return nil }
  }

  func run(_ memory: KernelMemory) { run(memory.inputs[0], memory.inputs[1], memory.outputs[0], memory.pool) }

  func run(_ x: UnsafeRawPointer?, _ y: UnsafeRawPointer?, _ z: UnsafeMutableRawPointer?, _ pool: OpaquePointer?) {
    withUnsafePointer(to: plan) { plan in
      if isVector {
        _ = o2m_f32_binary(
          op, plan, x?.assumingMemoryBound(to: Float.self), y?.assumingMemoryBound(to: Float.self), z?.assumingMemoryBound(to: Float.self),
          pool)
      } else {
        _ = o2m_binary(op, element, plan, x, y, z, pool)
      }
    }
  }
}

/// All inputs combined from left to right in the output, which may then be scaled.
public struct VariadicKernel {
  private var steps: [BinaryKernel] = []
  private var scale: UnaryKernel?
  private let inputs: Int

  init?(_ function: BinaryFunction, scale factor: Float? = nil, _ site: KernelSite) throws(OpFault) {
    let first = try site.input(0), y = site.outputs[0]
    inputs = site.inputs.count
    guard inputs > 1 else {
      // The larger of a value and itself is a copy.
      guard let copy = BinaryKernel(O2M_BINARY_MAX, first, first, y) else { return nil }
      steps = [copy]
      return
    }
    for index in 1..<inputs {
      guard let step = BinaryKernel(function.op, index == 1 ? first : y, try site.input(index), y) else { return nil }
      steps.append(step)
    }
    guard let factor else { return }
    guard let kernel = UnaryKernel(UnaryFunction(O2M_F32_SCALE, alpha: factor), y, y) else { return nil }
    scale = kernel
  }

  func run(_ memory: KernelMemory) {
    let y = memory.outputs[0]
    for index in steps.indices {
      let left = index == 0 ? memory.inputs[0] : y.map { UnsafeRawPointer($0) }
      steps[index].run(left, memory.inputs[inputs == 1 ? 0 : index + 1], y, memory.pool)
    }
    scale?.run(memory.result().map { UnsafePointer($0) }, memory.result(), memory.pool)
  }
}
