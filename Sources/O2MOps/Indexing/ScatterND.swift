import O2MTensor

/// The input with slices replaced by tuples of indices: `y[indices[i…]] = updates[i…]`, elsewhere `y = x`.
///
/// The last axis of `indices` is a tuple. With a reduction what is there is combined with what arrives. Where a tuple comes twice and
/// nothing is combined, ONNX leaves the result open; here the last one stays.
///
/// - Spec: ONNX ScatterND-18. `reduction` is of -16, its max and min of -18. Negative indices count from the end.
/// - Shapes: `x` any `[D1 … Dr]`, `indices` integer `[I…, K]`, `1 ≤ K ≤ r`, `updates` `[I…, DK+1 … Dr]` with the type of `x` → `y` like
///   `x`.
/// - Parity: exact; floats that are combined are formed in float64 and rounded once, integers wrap.
/// - Errors: `.extent`, `.rank` where the operands do not suit each other; `.index` for an index outside its axis.
public struct ScatterND: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "ScatterND"
  public static let code = OpCode.scatterND
  public static let versions = [11, 13, 16, 18]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0, 2])

  public var reduction: ScatterReduction

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    reduction = try ScatterReduction(node)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 1 ? inputs.tupleIndices(behind: 0) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.scatteredType(reduction), indices = try inputs.require(1, elements: .integers).type
    guard indices.rank >= 1 else { throw .rank(input: 1, expected: 1...Int.max, found: 0) }
    guard let length = indices.dims[indices.rank - 1].value else { throw .dataDependent(input: 1) }
    guard length >= 1, length <= x.rank else { throw .extent(input: 1, axis: indices.rank - 1, expected: x.rank, found: length) }
    try inputs.requireShape(2, Array(indices.dims.dropLast()) + Array(x.dims[length...]))
    return [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    _ = try infer(inputs.facts)
    let x = try inputs.tensor(0)
    return [x.scattered(try inputs.tensor(2), to: try x.shape.offsets(tuples: try inputs.tensor(1)), reduction)]
  }

  public func encode(to record: inout RecordWriter) { record.put(reduction.rawValue) }
  public init(from record: inout RecordReader) throws(FormatFault) { reduction = try ScatterReduction(from: &record) }
}
