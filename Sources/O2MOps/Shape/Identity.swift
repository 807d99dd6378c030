import O2MTensor

/// `y = x`.
///
/// - Spec: ONNX Identity-25. Earlier versions allow fewer types; sequences and optionals are not held.
/// - Shapes: `x` any `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Identity: Reinterpretation, PlainOperator {
  public static let name: StaticString = "Identity"
  public static let code = OpCode.identity
  public static let versions = [1, 13, 14, 16, 19, 21, 23, 24, 25]

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { [try inputs.require(0).type] }
  public func view(_ inputs: [InputFact?]) -> ElementView? { .identity }
}
