import O2MTensor

/// The extents of the input, from axis `start` up to axis `end`.
///
/// - Spec: ONNX Shape-25. `start` and `end` are of -15; both may be negative and are clamped to the rank.
/// - Shapes: `x` any `[*]` → `y` int64 `[end − start]`.
/// - Parity: exact.
public struct ShapeOf: OnnxOperator, ExtentQuery {
  public static let name: StaticString = "Shape"
  public static let code = OpCode.shape
  public static let versions = [1, 13, 15, 19, 21, 23, 24, 25]
  public static let elements = ElementClass.any

  public var start: Int
  /// nil: the rank.
  public var end: Int?

  public init(start: Int = 0, end: Int? = nil) {
    self.start = start
    self.end = end
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    start = try node.clamped(.start) ?? 0
    end = try node.clamped(.end)
  }

  /// The axes whose extents are listed.
  public func axes(rank: Int) -> Range<Int> {
    let clamped = [start, end ?? rank].map { max(0, min(rank, $0 < 0 ? $0 + rank : $0)) }
    return clamped[0]..<max(clamped[0], clamped[1])
  }

  /// The output where the type of the input already decides it.
  public func value(of type: TensorType) -> Tensor? {
    var extents: [Int] = []
    for dim in type.dims[axes(rank: type.rank)] {
      guard let extent = dim.value else { return nil }
      extents.append(extent)
    }
    return .indices(extents)
  }

  public func known(_ inputs: [InputFact?]) throws(OpFault) -> [Tensor]? {
    value(of: try inputs.require(0).type).map { [$0] }
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(.int64, [.fixed(axes(rank: try inputs.require(0).type.rank).count)])]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try inputs.tensor(0).shape
    return [.indices(Array(shape.dims[axes(rank: shape.rank)]))]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(start)
    record.put(end)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    start = try record.int()
    end = try record.optionalInt()
  }
}
