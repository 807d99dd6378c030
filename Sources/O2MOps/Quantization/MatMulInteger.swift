import O2MTensor

/// Matrix product of quantized numbers over the last two axes, the others broadcast: `y = Σ_k (a − aZero) · (b − bZero)`.
///
/// - Spec: ONNX MatMulInteger-10.
/// - Shapes: `a` int8 or uint8 `[…, M, K]` or `[K]`, `b` `[…, K, N]` or `[K]`, `aZero` of the type of `a`, one element or one per row,
///   `bZero` of the type of `b`, one element or one per column, both optional → `y` int32.
/// - Parity: exact; sums wrap to int32.
/// - Errors: `.extent` where K disagrees; `.elementCount` where zero points do not fit.
public struct MatMulInteger: PlainOperator, ProductOperator {
  public static let name: StaticString = "MatMulInteger"
  public static let code = OpCode.matMulInteger
  public static let versions = [10]
  public static let elements = ElementClass.integers

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...4) }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs[0]?.dims.last ?? 0) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    for index in 0..<2 {
      let element = try inputs.require(index, elements: .wholeIntegers).type.element
      guard element.bits == 8 else { throw .elementType(input: index, found: element) }
      guard inputs.has(index + 2) else { continue }
      let found = try inputs.require(index + 2).type.element
      guard found == element else { throw .elementTypes(input: index + 2, found: found, expected: element) }
      try inputs.requireLines(index + 2, index == 0 ? .rows : .columns, of: index)
    }
    return [TensorType(.int32, try MatMulPlan(try inputs.shape(0), try inputs.shape(1)).output)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), b = try inputs.tensor(1)
    let plan = try MatMulPlan(a.shape, b.shape)
    let sums = plan.product(a.centered(inputs.optional(2), .rows), b.centered(inputs.optional(3), .columns), zero: 0)
    return [Tensor(.int32, plan.output, rounding: sums)]
  }
}
