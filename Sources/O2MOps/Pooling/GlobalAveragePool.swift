import O2MTensor

/// Mean over all spatial axes: `y[n, c] = mean(x[n, c, …])`.
///
/// - Spec: ONNX GlobalAveragePool-22. -1 allows fewer types.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, 1…]`.
/// - Parity: one rounding of the float64 mean.
public struct GlobalAveragePool: PlainOperator, Computation {
  public static let name: StaticString = "GlobalAveragePool"
  public static let code = OpCode.globalAveragePool
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
    return [try ReduceMean().reference([x, .indices(Array(2..<x.shape.rank))])[0].reshaped(shape)]
  }
}

/// The shape that pooling all of `[N, C, D…]` gives.
func globalPool(_ x: Shape) throws(OpFault) -> Shape {
  guard x.rank >= 3 else { throw .rank(input: 0, expected: 3...Int.max, found: x.rank) }
  return Shape([x[0], x[1]] + [Int](repeating: 1, count: x.rank - 2))
}
