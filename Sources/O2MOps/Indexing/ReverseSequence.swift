import O2MTensor

/// The first elements of every sequence of a batch in reverse: `y[t, n] = x[t < l[n] ? l[n] − 1 − t : t, n]`, time on axis 0 here.
///
/// - Spec: ONNX ReverseSequence-28. One of the first two axes is time, the other the batch.
/// - Shapes: `x` any `[T, N, *]` or `[N, T, *]`, `l` integer `[N]` → `y` like `x`.
/// - Parity: exact.
/// - Errors: `.attribute(.time_axis, .outOfRange)` unless the axes are 0 and 1; `.index` for a length outside `0...T`.
public struct ReverseSequence: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "ReverseSequence"
  public static let code = OpCode.reverseSequence
  public static let versions = [10, 28]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0])

  public var timeIsFirst: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    let time = try node.int(.time_axis, default: 0), batch = try node.int(.batch_axis, default: 1)
    guard (0...1).contains(time), batch == 1 - time else { throw .attribute(.time_axis, .outOfRange) }
    timeIsFirst = time == 0
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    guard index == 1, let last = inputs.indices(of: 0, axis: timeIsFirst ? 0 : 1)?.upperBound else { return nil }
    return 1...last + 1
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: x.rank) }
    _ = try inputs.require(1, elements: .integers)
    try inputs.requireShape(1, [x.dims[timeIsFirst ? 1 : 0]])
    return [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    _ = try infer(inputs.facts)
    let x = try inputs.tensor(0), lengths = try inputs.tensor(1).ints()
    let steps = x.shape[timeIsFirst ? 0 : 1], inner = x.shape.dims[2...].reduce(1, *)
    for length in lengths where length < 0 || length > steps { throw .index(input: 1, found: length, limit: steps + 1) }
    var source: [Int] = []
    source.reserveCapacity(x.count)
    for first in 0..<x.shape[0] {
      for second in 0..<x.shape[1] {
        let (time, length) = timeIsFirst ? (first, lengths[second]) : (second, lengths[first])
        let from = time < length ? length - 1 - time : time
        let row = timeIsFirst ? from * x.shape[1] + second : first * x.shape[1] + from
        for element in row * inner..<(row + 1) * inner { source.append(element) }
      }
    }
    return [x.gathered(x.shape, source: source)]
  }

  public func encode(to record: inout RecordWriter) { record.put(timeIsFirst) }
  public init(from record: inout RecordReader) throws(FormatFault) { timeIsFirst = try record.flag() }
}
