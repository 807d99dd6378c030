import O2MOps

/// A tensor divided by the norm of its lines: `y = x / ‖x‖ₚ`, and 0 where the norm is 0.
///
/// - Spec: ONNX LpNormalization-22, p 1 or 2.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
struct LpNormalization: Decomposition {
  static let name = "LpNormalization"
  static let versions = [1, 22]

  private let axis: Int
  private let norm: String

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    axis = try node.int(.axis, default: -1)
    switch try node.int(.p, default: 2) {
    case 1: norm = "ReduceL1"
    case 2: norm = "ReduceL2"
    default: throw .attribute(.p, .outOfRange)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), element = composer.element(x)
    let length = try composer.emit(norm, [x, composer.ints([axis])], [.keepdims: .int(1)])
    let isZero = try composer.emit("Equal", [length, composer.scalar(0, element)])
    let divisor = try composer.emit("Where", [isZero, composer.scalar(1, element), length])
    return [try composer.emit("Div", [x, divisor])]
  }
}
