import O2MTensor

/// Elements picked by index along `axis`: `y[i, j, k] = x[i, indices[i, j, k], k]` for axis 1.
///
/// - Spec: ONNX GatherElements-13. -11 allows fewer types. Negative indices count from the end.
/// - Shapes: `x` any `[D…]`, `indices` integer of the same rank, elsewhere no longer than `x` → `y` like `indices`, with the type of `x`.
/// - Parity: exact.
/// - Errors: `.index` for an index outside the axis; `.rank`, `.extent` where `indices` does not suit `x`.
public struct GatherElements: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "GatherElements"
  public static let code = OpCode.gatherElements
  public static let versions = [11, 13]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0])

  public var axis: Int

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axis = try node.int(.axis, default: 0)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 1 ? inputs.indices(of: 0, axis: axis) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type, indices = try inputs.require(1, elements: .integers).type
    try x.requireElements(indices, along: axis)
    return [TensorType(x.element, indices.dims)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), indices = try inputs.tensor(1)
    return [x.gathered(indices.shape, source: try x.shape.offsets(elements: indices, along: try x.shape.resolve(axis)))]
  }

  public func encode(to record: inout RecordWriter) { record.put(axis) }
  public init(from record: inout RecordReader) throws(FormatFault) { axis = try record.int() }
}
