import O2MTensor

/// Long short-term memory.
///
///     i = f(Wi·x + Ri·h + Pi∘c)      o = f(Wo·x + Ro·h + Po∘c′)      f = f(Wf·x + Rf·h + Pf∘c)      g = g(Wc·x + Rc·h)
///     c′ = f∘c + i∘g                 h′ = o ∘ h(c′)                   biases as `RecurrentCell` says
///
/// - Spec: ONNX LSTM-22; `layout` since 14. With `input_forget` the forget gate is 1 - i. `clip` bounds the four sums and not c′, as ONNX
///   Runtime and OpenVINO read it.
/// - Shapes: those of `RecurrentCell`, G = 4 in the order i, o, f, c; `initial_c` `[D, B, H]` and `P` `[D, 3 · H]` (i, o, f) optional;
///   `Y_c` `[D, B, H]`.
/// - Parity: sums of I + H terms per step in float64, each output rounded once.
/// - Errors: `.extent` where operands disagree; `.index` for a length outside 0...T.
public struct LSTM: RecurrentCell {
  public static let name: StaticString = "LSTM"
  public static let code = OpCode.lstm
  public static let versions = [1, 7, 14, 22]
  static let gates = 4
  static let defaults: [GateFunction.Kind] = [.sigmoid, .tanh, .tanh]
  static let hasCellState = true

  public var recurrence: Recurrence
  public var couplesGates: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...8, outputs: 1...3)
    recurrence = try Recurrence(node, defaults: Self.defaults)
    couplesGates = try node.flag(.input_forget, default: false)
  }

  func step(_ x: ArraySlice<Double>, _ weights: CellWeights, h: inout [Double], c: inout [Double]) {
    let n = weights.hidden, sums = (0..<4).map { weights.product($0, h) }
    for k in 0..<n {
      func sum(_ gate: Int) -> Double { x[gate * n + k] + sums[gate][k] }
      let i = weights.activate(0, sum(0) + weights.peepholes[k] * c[k])
      let f = couplesGates ? 1 - i : weights.activate(0, sum(2) + weights.peepholes[2 * n + k] * c[k])
      c[k] = f * c[k] + i * weights.activate(1, sum(3))
      let o = weights.activate(0, sum(1) + weights.peepholes[n + k] * c[k])
      h[k] = o * weights.function(2).apply(c[k])
    }
  }

  public func encode(to record: inout RecordWriter) {
    recurrence.encode(to: &record)
    record.put(couplesGates)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    recurrence = try Recurrence(from: &record, functions: Self.defaults.count)
    couplesGates = try record.flag()
  }
}
