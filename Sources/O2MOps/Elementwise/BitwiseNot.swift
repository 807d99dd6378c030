import O2MTensor

/// Bitwise complement: `y[i] = ~x[i]`.
///
/// - Spec: ONNX BitwiseNot-18.
/// - Shapes: `x` integer of 8 bits or more `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct BitwiseNot: PlainOperator, ElementwiseOperator {
  public static let name: StaticString = "BitwiseNot"
  public static let code = OpCode.bitwiseNot
  public static let versions = [18]
  public static let elements = ElementClass.wholeIntegers

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { [try inputs.require(0, elements: Self.elements).type] }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    return [Tensor(x.element, x.shape, wrapping: x.ints().map { ~$0 })]
  }
}
