import O2MTensor

/// Matrix product of quantized numbers, quantized again:
///
///     y = saturate(round(Σ_k (a − aZero) · (b − bZero) · (aScale · bScale / yScale)) + yZero)
///
/// - Spec: ONNX QLinearMatMul-21. -10 has float32 scales and integers only.
/// - Shapes: `a`, `aScale`, `aZero`, `b`, `bScale`, `bZero`, `yScale`, `yZero`: `a` `[…, M, K]` or `[K]` and `b` `[…, K, N]` or `[K]` int8,
///   uint8 or a float8; scales and zero points have one element, those of `a` or one per row, those of `b` or one per column → `y`
///   of the type of `yZero`.
/// - Parity: exact sums; the factor of scales is rounded to their type.
/// - Errors: `.extent` where K disagrees; `.elementCount` where scales or zero points do not fit.
public struct QLinearMatMul: PlainOperator, ProductOperator {
  public static let name: StaticString = "QLinearMatMul"
  public static let code = OpCode.qLinearMatMul
  public static let versions = [10, 21]
  public static let elements = ElementClass.quantized

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(8...8) }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs[0]?.dims.last ?? 0) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let scale = try inputs.require(1).type.element
    guard scale.isScale else { throw .elementType(input: 1, found: scale) }
    for index in [4, 6] {
      let found = try inputs.require(index).type.element
      guard found == scale else { throw .elementTypes(input: index, found: found, expected: scale) }
    }
    for index in [0, 3, 7] {
      let element = try inputs.require(index).type.element
      guard element.isQuantized, element.bits == 8 else { throw .elementType(input: index, found: element) }
      guard index < 7 else { continue }
      try inputs.requireLines(index + 1, index == 0 ? .rows : .columns, of: index)
      try inputs.requireZeroPoint(index + 2, element, scale: index + 1)
    }
    try inputs.requireSingle(6)
    try inputs.requireSingle(7)
    let y = try MatMulPlan(try inputs.shape(0), try inputs.shape(3)).output
    guard let lines = lines(try inputs.shape(1), try inputs.shape(4)), y.broadcast(with: lines) == y else {
      throw .elementCount(expected: 1, found: try inputs.shape(1).count)
    }
    return [TensorType(try inputs.require(7).type.element, y)]
  }

  /// The shape in which the factors of rows and columns meet the result; nil where they do not meet.
  private func lines(_ aScale: Shape, _ bScale: Shape) -> Shape? {
    ProductSide.rows.align(aScale).broadcast(with: ProductSide.columns.align(bScale))
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), aScale = try inputs.tensor(1), b = try inputs.tensor(3), bScale = try inputs.tensor(4)
    let yScale = try inputs.tensor(6).doubles()[0], yZero = try inputs.tensor(7)
    let plan = try MatMulPlan(a.shape, b.shape)
    let sums = plan.product(a.centered(inputs.optional(2), .rows), b.centered(inputs.optional(5), .columns), zero: 0)
    guard let lines = lines(aScale.shape, bScale.shape) else { throw .elementCount(expected: 1, found: aScale.count) }
    let rows = ProductSide.rows.align(aScale.shape), columns = ProductSide.columns.align(bScale.shape)
    let product = broadcast(aScale.doubles(), rows, bScale.doubles(), columns, to: lines) { $0 * $1 }.rounded(to: aScale.element)
    let factors = product.map { $0 / yScale }.rounded(to: aScale.element)
    let zero = yZero.doubles()[0]
    let y = broadcast(sums, plan.output, factors, lines, to: plan.output) { $0 * $1 }
    return [quantized(y, plan.output, as: yZero.element) { _ in zero }]
  }
}
