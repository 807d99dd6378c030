import O2MTensor

/// The upper or lower triangle of matrices: `y[…, i, j] = j − i ≥ k ? x[…, i, j] : 0`, or `≤ k` for the lower one.
///
/// - Spec: ONNX Trilu-14.
/// - Shapes: `x` any `[*, N, M]`, `k` integer `[]`, optional (0) → `y` like `x`.
/// - Parity: exact.
/// - Errors: `.rank` for less than two axes; `.elementCount` where `k` has not one element.
public struct Trilu: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "Trilu"
  public static let code = OpCode.trilu
  public static let versions = [14]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0])

  public var isUpper: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...2)
    isUpper = try node.flag(.upper, default: true)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? { nil }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: x.rank) }
    if inputs.has(1) {
      let count = try inputs.shape(1, elements: .integers).count
      guard count == 1 else { throw .elementCount(expected: 1, found: count) }
    }
    return [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    _ = try infer(inputs.facts)
    let x = try inputs.tensor(0), diagonal = inputs.optional(1)?.ints()[0] ?? 0
    let columns = x.shape[x.shape.rank - 1], rows = x.shape[x.shape.rank - 2]
    let source = (0..<x.count).map { index in
      let right = index % columns - index / columns % rows
      return (isUpper ? right >= diagonal : right <= diagonal) ? index : -1
    }
    return [x.gathered(x.shape, source: source)]
  }

  public func encode(to record: inout RecordWriter) { record.put(isUpper) }
  public init(from record: inout RecordReader) throws(FormatFault) { isUpper = try record.flag() }
}
