import CO2MKernels
import O2MTensor

/// A function of one float that the elementwise kernels know.
public struct UnaryFunction: Sendable {
  let params: o2m_f32_unary_params

  /// `alpha` and `beta` mean what o2m_f32_unary.inc says.
  init(_ op: o2m_f32_unary_op, alpha: Float = 0, beta: Float = 0) {
    params = o2m_f32_unary_params(op: op, alpha: alpha, beta: beta)
  }
}

/// `y[i] = f(x[i])` over float32.
public struct UnaryKernel {
  private let function: UnaryFunction
  private let rows: MatchedRows

  /// Nil where an operand is not float32 or the operands lie differently.
  init?(_ function: UnaryFunction, _ x: Operand, _ y: Operand) {
    guard Included.runs(.unary) || Included.runs(.variadic) else { return nil }
    guard x.isFloat32, y.isFloat32, let rows = MatchedRows(x, y) else { return nil }
    self.function = function
    self.rows = rows
  }

  func run(_ memory: KernelMemory) { run(memory.floats(0), memory.result(), memory.pool) }

  func run(_ x: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>?, _ pool: OpaquePointer?) {
    guard rows.count > 0, let x, let y else { return }
    withUnsafePointer(to: function.params) { params in
      o2m_f32_unary(params, rows.count, rows.channels, x, rows.xPitch, y, rows.yPitch, pool)
    }
  }
}

/// Negation, magnitude and sign of integers, and the negation of bool.
public struct GenericUnaryKernel {
  private let op: o2m_generic_unary_op
  private let element: o2m_element
  private let rows: MatchedRows
  private let size: Int

  /// Nil where C has no such function for the element type, or the operands lie differently.
  init?(_ op: o2m_generic_unary_op, _ x: Operand, _ y: Operand) {
    guard Included.runs(.genericUnary) else { return nil }
    guard let element = x.native, x.element == y.element, let rows = MatchedRows(x, y), o2m_unary(op, element, 0, nil, nil) == 0 else {
      return nil
    }
    self.op = op
    self.element = element
    self.rows = rows
    size = x.element.size
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.inputs[0], let y = memory.outputs[0] else { return }
    for row in 0..<rows.count {
      _ = o2m_unary(op, element, rows.channels, x + row * rows.xPitch * size, y + row * rows.yPitch * size)
    }
  }
}
