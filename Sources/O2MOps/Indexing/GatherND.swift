import O2MTensor

/// Slices picked by tuples of indices: `y[b…, i…] = x[b…, indices[b…, i…]]`, where the last axis of `indices` is a tuple.
///
/// - Spec: ONNX GatherND-13. `batch_dims`, the number of axes `b…` that both share, is of -12. Negative indices count from the end.
/// - Shapes: `x` any `[B…, D1 … Dr]`, `indices` integer `[B…, I…, K]`, `1 ≤ K ≤ r` → `y` `[B…, I…, DK+1 … Dr]`.
/// - Parity: exact.
/// - Errors: `.extent` for a K that does not fit or axes that are not shared; `.index` for an index outside its axis.
public struct GatherND: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "GatherND"
  public static let code = OpCode.gatherND
  public static let versions = [11, 12, 13]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0])

  /// How many leading axes `x` and `indices` share.
  public var batch: Int

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    batch = try node.int(.batch_dims, default: 0)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 1 ? inputs.tupleIndices(behind: batch) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type, indices = try inputs.require(1, elements: .integers).type
    guard batch >= 0, batch < min(x.rank, indices.rank) else { throw .attribute(.batch_dims, .outOfRange) }
    guard let length = indices.dims[indices.rank - 1].value else { throw .dataDependent(input: 1) }
    guard length >= 1, length <= x.rank - batch else {
      throw .extent(input: 1, axis: indices.rank - 1, expected: x.rank - batch, found: length)
    }
    for axis in 0..<batch {
      guard let own = x.dims[axis].value, let other = indices.dims[axis].value, own != other else { continue }
      throw .extent(input: 1, axis: axis, expected: own, found: other)
    }
    let type = TensorType(x.element, Array(indices.dims.dropLast()) + Array(x.dims[(batch + length)...]))
    if let shape = type.shape { _ = try checked(shape.dims) }
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), shape = try infer(inputs.facts)[0].knownShape()
    return [x.gathered(shape, source: try x.shape.offsets(tuples: try inputs.tensor(1), batch: batch))]
  }

  public func encode(to record: inout RecordWriter) { record.put(batch) }
  public init(from record: inout RecordReader) throws(FormatFault) { batch = try record.int() }
}
