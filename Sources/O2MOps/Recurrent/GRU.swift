import O2MTensor

/// Gated recurrent unit.
///
///     z = f(Wz·x + Rz·h)      r = f(Wr·x + Rr·h)      g = g(Wh·x + Rh·(r∘h))      h′ = (1 - z)∘g + z∘h
///
/// With `linear_before_reset`, g = g(Wh·x + r∘(Rh·h + Rbh)); biases as `RecurrentCell` says.
///
/// - Spec: ONNX GRU-22; `layout` since 14, `linear_before_reset` since 3.
/// - Shapes: those of `RecurrentCell`, G = 3 in the order z, r, h.
/// - Parity: sums of I + H terms per step in float64, each output rounded once.
/// - Errors: `.extent` where operands disagree; `.index` for a length outside 0...T.
public struct GRU: RecurrentCell {
  public static let name: StaticString = "GRU"
  public static let code = OpCode.gru
  public static let versions = [1, 3, 7, 14, 22]
  static let gates = 3
  static let defaults: [GateFunction.Kind] = [.sigmoid, .tanh]
  static let hasCellState = false

  public var recurrence: Recurrence
  public var isLinearBeforeReset: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...6, outputs: 1...2)
    recurrence = try Recurrence(node, defaults: Self.defaults)
    isLinearBeforeReset = try node.int(.linear_before_reset, default: 0) != 0
  }

  func step(_ x: ArraySlice<Double>, _ weights: CellWeights, h: inout [Double], c: inout [Double]) {
    let n = weights.hidden
    let update = weights.product(0, h), reset = weights.product(1, h)
    let r = (0..<n).map { weights.activate(0, x[n + $0] + reset[$0]) }
    let candidate: [Double]
    if isLinearBeforeReset {
      let product = weights.product(2, h)
      candidate = (0..<n).map { r[$0] * product[$0] }
    } else {
      candidate = weights.product(2, (0..<n).map { r[$0] * h[$0] })
    }
    for k in 0..<n {
      let z = weights.activate(0, x[k] + update[k])
      h[k] = (1 - z) * weights.activate(1, x[2 * n + k] + candidate[k]) + z * h[k]
    }
  }

  public func encode(to record: inout RecordWriter) {
    recurrence.encode(to: &record)
    record.put(isLinearBeforeReset)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    recurrence = try Recurrence(from: &record, functions: Self.defaults.count)
    isLinearBeforeReset = try record.flag()
  }
}
