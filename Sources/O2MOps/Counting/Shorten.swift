import O2MTensor

/// The first rows of a tensor, as many as another input says: `y = x[0 ..< count]`.
///
/// The importer puts it behind operators that find results: what they give has room for the most that there can be.
///
/// - Shapes: `x` any `[R, …]`, `count` int64 `[1]`, known when the node runs → `y` `[count, …]`.
/// - Parity: exact.
/// - Errors: `.index(input: 1, ...)` for a count outside `0...R`.
public struct Shorten: InternalOperator, Movement {
  public static let name: StaticString = "Shorten"
  public static let code = OpCode.shorten
  public static let dataflow = Dataflow.moves([0])

  public init() {}

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    guard let y = try? infer(inputs)[0].knownShape() else { return .cut(nil) }
    return .cut([AxisCut(axis: 0, from: 0, count: y[0], step: 1)])
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var x = try inputs.require(0).type
    guard x.rank >= 1 else { throw .rank(input: 0, expected: 1...Int.max, found: 0) }
    let count = try inputs.requireInts(1)
    guard count.count == 1 else { throw .elementCount(expected: 1, found: count.count) }
    guard count[0] >= 0, count[0] <= x.dims[0].value ?? .max else {
      throw .index(input: 1, found: count[0], limit: (x.dims[0].value ?? 0) + 1)
    }
    x.dims[0] = .fixed(count[0])
    return [x]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    var runs = x.shape.dims.map { [AxisRun(from: 0, to: 0, count: $0, step: 1)] }
    runs[0] = [AxisRun(from: 0, to: 0, count: to[0].shape[0], step: 1)]
    return x.copies(runs, to: to[0])
  }

  public func encode(to record: inout RecordWriter) {}
  public init(from record: inout RecordReader) throws(FormatFault) {}
}
