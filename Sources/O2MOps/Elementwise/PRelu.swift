import O2MTensor

/// Rectifier with a slope per element: `y[i] = x[i] < 0 ? slope[i] * x[i] : x[i]`.
///
/// - Spec: ONNX PRelu-16. -6 and -1 align a slope per channel by hand, which the importer reshapes.
/// - Shapes: `x` number `[*]`, `slope` of the same type, broadcast to the shape of `x` → `y` like `x`.
/// - Parity: exact; integers wrap.
/// - Errors: `.broadcast` where `slope` does not fit `x`.
public struct PRelu: PlainOperator, ElementwiseOperator {
  public static let name: StaticString = "PRelu"
  public static let code = OpCode.pRelu
  public static let versions = [1, 6, 7, 9, 16]
  public static let elements = ElementClass.numbers

  public init() {}

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.commonElement(.numbers)
    let x = try inputs.shape(0)
    try inputs.requireBroadcastable(1, to: x)
    return [TensorType(element, x)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), slope = try inputs.tensor(1)
    if x.element.isFloat {
      let y = broadcast(x.doubles(), x.shape, slope.doubles(), slope.shape, to: x.shape) { $0 < 0 ? $0 * $1 : $0 }
      return [Tensor(x.element, x.shape, rounding: y)]
    }
    // No unsigned number is below zero, whatever the sign bit of its Int.
    guard x.element != .uint64 else { return [x] }
    let y = broadcast(x.ints(), x.shape, slope.ints(), slope.shape, to: x.shape) { $0 < 0 ? $0 &* $1 : $0 }
    return [Tensor(x.element, x.shape, wrapping: y)]
  }
}
