import O2MTensor

/// An operator that walks over time: LSTM, GRU, RNN. What they share is the walk; each adds what happens in one step.
///
///     y[t] = h[t] = step(W · x[t] + Wb, R · h[t - 1] + Rb)        for every direction and every row of the batch
///
/// - Shapes: T steps, a batch of B rows, I inputs, H hidden, D directions, G gates. `X` float `[T, B, I]`, `W` `[D, G · H, I]`,
///   `R` `[D, G · H, H]`, `B` `[D, 2 · G · H]` (Wb, Rb) optional, `sequence_lens` int32 `[B]` optional, `initial_h` `[D, B, H]`
///   optional → `Y` `[T, D, B, H]`, `Y_h` `[D, B, H]`. With `layout` 1 the batch comes first: `[B, T, I]`, `[B, T, D, H]`,
///   `[B, D, H]`.
/// - A row shorter than T keeps its state behind its end, where its `Y` is 0; a reversed direction begins at its end.
protocol RecurrentCell: OnnxOperator, ProductOperator {
  static var gates: Int { get }
  /// The activations where the node names none, in the order of ONNX's f, g, h.
  static var defaults: [GateFunction.Kind] { get }
  /// Whether there is a cell state beside the hidden one: initial_c, Y_c and the peepholes P.
  static var hasCellState: Bool { get }

  var recurrence: Recurrence { get }
  /// Whether the forget gate is 1 - i.
  var couplesGates: Bool { get }

  /// One step of one row: `x` holds W · x[t] + Wb, `h` and `c` the state, which is replaced.
  func step(_ x: ArraySlice<Double>, _ weights: CellWeights, h: inout [Double], c: inout [Double])
}

/// What a cell reads in one direction.
struct CellWeights {
  let hidden: Int
  /// R, `[G · H, H]`.
  let recurrent: [Double]
  /// Rb, `[G · H]`.
  let bias: [Double]
  /// The rows i, o and f of P, `[3 · H]`; zeros where there is none.
  let peepholes: [Double]
  let functions: ArraySlice<GateFunction>
  let clip: Double

  /// R[gate] · h + Rb[gate].
  func product(_ gate: Int, _ h: [Double]) -> [Double] {
    (0..<hidden).map { row in
      let at = gate * hidden + row
      var sum = bias[at]
      for k in 0..<hidden { sum += recurrent[at * hidden + k] * h[k] }
      return sum
    }
  }

  func function(_ index: Int) -> GateFunction { functions[functions.startIndex + index] }

  /// The function `index` of the cell, of a sum that is kept within ± clip.
  func activate(_ index: Int, _ sum: Double) -> Double { function(index).apply(sum < -clip ? -clip : sum > clip ? clip : sum) }
}

extension RecurrentCell {
  public static var elements: ElementClass { .floats }
  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    guard index == 4, let last = inputs.indices(of: 0, axis: recurrence.isBatchFirst ? 1 : 0)?.upperBound else { return nil }
    return 1...last + 1
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { try extents(inputs).outputs }

  func extents(_ inputs: [InputFact?]) throws(OpFault) -> RecurrentExtents {
    try RecurrentExtents(inputs, recurrence, gates: Self.gates, hasCellState: Self.hasCellState)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let walk = CellWalk(recurrence: recurrence, gates: Self.gates, hasCellState: Self.hasCellState)
    return try walk.run(inputs, try extents(inputs.facts)) { step($0, $1, h: &$2, c: &$3) }
  }

  /// Every row of W and R once for each step of each row of the batch.
  public func macs(_ inputs: [Shape?], output: Shape) -> Int {
    guard inputs.count > 2, let x = inputs[0], let w = inputs[1], let r = inputs[2] else { return 0 }
    return (x[0] * x[1]).clampedTimes(w.count + r.count)
  }

  var couplesGates: Bool { false }

  /// Whether every direction has the activations that nodes have without naming any.
  var hasDefaults: Bool { recurrence.uses(Self.defaults) }

}
