import O2MTensor

/// Plain recurrence: `h′ = f(W·x + R·h)`, biases as `RecurrentCell` says.
///
/// - Spec: ONNX RNN-22; `layout` since 14.
/// - Shapes: those of `RecurrentCell`, G = 1.
/// - Parity: sums of I + H terms per step in float64, each output rounded once.
/// - Errors: `.extent` where operands disagree; `.index` for a length outside 0...T.
public struct RNN: RecurrentCell {
  public static let name: StaticString = "RNN"
  public static let code = OpCode.rnn
  public static let versions = [1, 7, 14, 22]
  static let gates = 1
  static let defaults: [GateFunction.Kind] = [.tanh]
  static let hasCellState = false

  public var recurrence: Recurrence

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...6, outputs: 1...2)
    recurrence = try Recurrence(node, defaults: Self.defaults)
  }

  func step(_ x: ArraySlice<Double>, _ weights: CellWeights, h: inout [Double], c: inout [Double]) {
    let product = weights.product(0, h)
    for k in 0..<weights.hidden { h[k] = weights.activate(0, x[k] + product[k]) }
  }

  public func encode(to record: inout RecordWriter) { recurrence.encode(to: &record) }

  public init(from record: inout RecordReader) throws(FormatFault) {
    recurrence = try Recurrence(from: &record, functions: Self.defaults.count)
  }
}
