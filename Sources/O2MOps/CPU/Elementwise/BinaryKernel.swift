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
    guard Included.runs(.binary) || Included.runs(.variadic) else { return nil }
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

/// All inputs combined from left to right in the output, which may then be scaled. Sums of many float32 inputs are formed in groups, so
/// that the error of n inputs is at most that of 64 + n / 64 additions.
public struct VariadicKernel {
  private enum Place {
    case input(Int)
    case output, scratch
  }

  private static let group = 64

  private var steps: [(kernel: BinaryKernel, left: Place, right: Place, target: Place)] = []
  private var scale: UnaryKernel?
  let scratchBytes: Int

  init?(_ function: BinaryFunction, scale factor: Float? = nil, _ site: KernelSite) throws(OpFault) {
    let first = try site.input(0), y = site.outputs[0], inputs = site.inputs.count
    guard inputs > 1 else {
      // The larger of a value and itself is a copy.
      guard let copy = BinaryKernel(O2M_BINARY_MAX, first, first, y) else { return nil }
      steps = [(copy, .input(0), .input(0), .output)]
      scratchBytes = 0
      return
    }
    let isGrouped = function.op == O2M_BINARY_ADD && y.isFloat32 && inputs > Self.group
    scratchBytes = isGrouped ? y.type.byteCount : 0
    let group = isGrouped ? Self.group : inputs
    for start in stride(from: 0, to: inputs, by: group) {
      let target = start == 0 ? Place.output : .scratch, end = min(start + group, inputs)
      for index in start + 1..<end {
        let left = index == start + 1 ? try site.input(start) : y
        guard let step = BinaryKernel(function.op, left, try site.input(index), y) else { return nil }
        steps.append((step, index == start + 1 ? .input(start) : target, .input(index), target))
      }
      guard start > 0 else { continue }
      let isSingle = end == start + 1
      guard let step = BinaryKernel(function.op, y, isSingle ? try site.input(start) : y, y) else { return nil }
      steps.append((step, .output, isSingle ? .input(start) : .scratch, .output))
    }
    guard let factor else { return }
    guard let kernel = UnaryKernel(UnaryFunction(O2M_F32_SCALE, alpha: factor), y, y) else { return nil }
    scale = kernel
  }

  func run(_ memory: KernelMemory) {
    for step in steps {
      let target: UnsafeMutableRawPointer? = if case .scratch = step.target { memory.scratch } else { memory.outputs[0] }
      step.kernel.run(source(step.left, memory), source(step.right, memory), target, memory.pool)
    }
    scale?.run(memory.result().map { UnsafePointer($0) }, memory.result(), memory.pool)
  }

  private func source(_ place: Place, _ memory: KernelMemory) -> UnsafeRawPointer? {
    switch place {
    case .input(let index): memory.inputs[index]
    case .output: memory.outputs[0].map { UnsafeRawPointer($0) }
    case .scratch: memory.scratch.map { UnsafeRawPointer($0) }
    }
  }
}
