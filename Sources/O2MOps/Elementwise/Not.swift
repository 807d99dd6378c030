import O2MTensor

/// Negation: `y[i] = not x[i]`.
///
/// - Spec: ONNX Not-1.
/// - Shapes: `x` bool `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Not: PlainOperator, ElementwiseOperator {
  public static let name: StaticString = "Not"
  public static let code = OpCode.not
  public static let versions = [1]
  public static let elements = ElementClass.bool

  public init() {}

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { [try inputs.require(0, elements: Self.elements).type] }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    return [Tensor(.bool, x.shape, wrapping: x.ints().map { 1 - $0 })]
  }
}
