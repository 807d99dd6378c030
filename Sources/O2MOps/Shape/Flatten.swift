import O2MTensor

/// The same elements as a matrix: axes before `axis` become the rows, the others the columns.
///
/// - Spec: ONNX Flatten-25. Before -11 `axis` was not negative.
/// - Shapes: `x` any `[*]` → `y` `[∏ before, ∏ from axis on]`; an empty product is 1.
/// - Parity: exact.
/// - Errors: `.axis` outside `-rank ... rank`.
public struct Flatten: Reinterpretation {
  public static let name: StaticString = "Flatten"
  public static let code = OpCode.flatten
  public static let versions = [1, 9, 11, 13, 21, 23, 24, 25]

  public var axis: Int

  public init(axis: Int = 1) { self.axis = axis }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    axis = try node.int(.axis, default: 1)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard axis >= -x.rank, axis <= x.rank else { throw .axis(axis, rank: x.rank) }
    let split = axis < 0 ? axis + x.rank : axis
    return [TensorType(x.element, [Dim.product(x.dims[..<split]), Dim.product(x.dims[split...])])]
  }

  public func encode(to record: inout RecordWriter) { record.put(axis) }
  public init(from record: inout RecordReader) throws(FormatFault) { axis = try record.int() }
}
