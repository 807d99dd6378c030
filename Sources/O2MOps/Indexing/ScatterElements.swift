import O2MTensor

/// The input with elements replaced by index along `axis`: `y[i, indices[i, j, k], k] = updates[i, j, k]` for axis 1, elsewhere `y = x`.
///
/// With a reduction the element that is there is combined with the one that arrives. Where an index comes twice and nothing is
/// combined, ONNX leaves the result open; here the last one stays.
///
/// - Spec: ONNX ScatterElements-18. `reduction` is of -16, its max and min of -18. Scatter-9 and -11 are the same and become this.
/// - Shapes: `x` any `[D…]`, `indices` integer of the same rank, elsewhere no longer than `x`, `updates` like `indices` with the type of
///   `x` → `y` like `x`.
/// - Parity: exact; floats that are combined are formed in float64 and rounded once, integers wrap.
/// - Errors: `.index` for an index outside the axis; `.rank`, `.extent` where the operands do not suit each other.
public struct ScatterElements: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "ScatterElements"
  public static let code = OpCode.scatterElements
  public static let versions = [11, 13, 16, 18]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0, 2])

  public var axis: Int
  public var reduction: ScatterReduction

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    axis = try node.int(.axis, default: 0)
    reduction = try ScatterReduction(node)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 1 ? inputs.indices(of: 0, axis: axis) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.scatteredType(reduction), indices = try inputs.require(1, elements: .integers).type
    try x.requireElements(indices, along: axis)
    try inputs.requireShape(2, indices.dims)
    return [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    _ = try infer(inputs.facts)
    let x = try inputs.tensor(0)
    let targets = try x.shape.offsets(elements: try inputs.tensor(1), along: try x.shape.resolve(axis))
    return [x.scattered(try inputs.tensor(2), to: targets, reduction)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(reduction.rawValue)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    reduction = try ScatterReduction(from: &record)
  }
}
