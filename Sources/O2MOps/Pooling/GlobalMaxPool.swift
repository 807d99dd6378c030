import O2MTensor

/// Largest element over all spatial axes: `y[n, c] = max(x[n, c, …])`. NaN wins.
///
/// - Spec: ONNX GlobalMaxPool-22. -1 allows fewer types.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, 1…]`.
/// - Parity: exact.
public struct GlobalMaxPool: PlainOperator, Computation {
  public static let name: StaticString = "GlobalMaxPool"
  public static let code = OpCode.globalMaxPool
  public static let versions = [1, 22]
  public static let elements = ElementClass.floats

  public init() {}

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    return [TensorType(element, try globalPool(try inputs.shape(0)))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let shape = try globalPool(x.shape)
    return [try ReduceMax().reference([x, .indices(Array(2..<x.shape.rank))])[0].reshaped(shape)]
  }
}
