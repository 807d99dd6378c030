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
protocol RecurrentCell: Operator {
  static var gates: Int { get }
  /// The activations where the node names none, in the order of ONNX's f, g, h.
  static var defaults: [GateFunction.Kind] { get }
  /// Whether there is a cell state beside the hidden one: initial_c, Y_c and the peepholes P.
  static var hasCellState: Bool { get }

  var recurrence: Recurrence { get }
  /// Which of the kernel's cells this is; nil where its activations are others.
  var deviceCell: Int? { get }
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
  public static var hasKernel: Bool { true }
  public static var elements: ElementClass { .floats }
  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { try extents(inputs).outputs }

  func extents(_ inputs: [InputFact?]) throws(OpFault) -> RecurrentExtents {
    try RecurrentExtents(inputs, recurrence, gates: Self.gates, hasCellState: Self.hasCellState)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let plan = try extents(inputs.facts), element = try inputs.tensor(0).element
    let lengths = try inputs.lengths(plan)
    let x = try inputs.tensor(0).doubles(), w = try inputs.tensor(1).doubles()
    let columns = Self.gates * plan.hidden
    var y = [Double](repeating: 0, count: plan.steps * plan.states.count)
    var lastH = inputs.optional(5)?.doubles() ?? [Double](repeating: 0, count: plan.states.count)
    var lastC = inputs.state(6, Self.hasCellState) ?? [Double](repeating: 0, count: plan.states.count)
    for direction in 0..<plan.directions {
      let weights = try cellWeights(inputs, plan, direction)
      let bias = inputs.optional(3)?.doubles() ?? [Double](repeating: 0, count: plan.directions * 2 * columns)
      for row in 0..<plan.batch {
        let state = plan.state(direction, row)
        var h = Array(lastH[state..<state + plan.hidden]), c = Array(lastC[state..<state + plan.hidden])
        for step in 0..<lengths[row] {
          let t = recurrence.isReversed(direction) ? lengths[row] - 1 - step : step, from = plan.input(t, row)
          let gates = (0..<columns).map { column in
            var sum = bias[direction * 2 * columns + column]
            for k in 0..<plan.inputs { sum += w[(direction * columns + column) * plan.inputs + k] * x[from + k] }
            return sum
          }
          self.step(gates[...], weights, h: &h, c: &c)
          let target = plan.output(t, direction, row)
          for k in 0..<plan.hidden { y[target + k] = h[k] }
        }
        for k in 0..<plan.hidden {
          lastH[state + k] = h[k]
          lastC[state + k] = c[k]
        }
      }
    }
    let results = [y, lastH, lastC]
    return plan.outputs.indices.map { Tensor(element, plan.shapes[$0], rounding: results[$0]) }
  }

  private func cellWeights(_ inputs: [Tensor?], _ plan: RecurrentExtents, _ direction: Int) throws(OpFault) -> CellWeights {
    let columns = Self.gates * plan.hidden, count = columns * plan.hidden
    let bias = inputs.optional(3)?.doubles()[(direction * 2 + 1) * columns..<(direction * 2 + 2) * columns]
    let peepholes = inputs.state(7, Self.hasCellState)?[direction * 3 * plan.hidden..<(direction + 1) * 3 * plan.hidden]
    return CellWeights(
      hidden: plan.hidden, recurrent: Array(try inputs.tensor(2).doubles()[direction * count..<(direction + 1) * count]),
      bias: bias.map { Array($0) } ?? [Double](repeating: 0, count: columns),
      peepholes: peepholes.map { Array($0) } ?? [Double](repeating: 0, count: 3 * plan.hidden),
      functions: recurrence.functions(direction), clip: Double(recurrence.clip))
  }

  var couplesGates: Bool { false }

  /// Whether every direction has the activations that nodes have without naming any.
  var hasDefaults: Bool {
    (0..<recurrence.directions).allSatisfy { recurrence.functions($0).map { $0.kind } == Self.defaults }
  }

  public func packing(of index: Int, _ inputs: [TensorType?]) -> Packing {
    guard deviceCell != nil, inputs.first??.element == .float32, inputs.packable(index) != nil else { return .plain }
    return .transposedPanels
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    guard let cell = deviceCell else { return nil }
    return try RecurrentKernel(try extents(site.facts), recurrence, cell: cell, couples: couplesGates, site).map { .recurrent($0) }
  }
}

extension [Tensor?] {
  /// How many steps each row of the batch has.
  fileprivate func lengths(_ plan: RecurrentExtents) throws(OpFault) -> [Int] {
    guard let lengths = optional(4)?.ints() else { return [Int](repeating: plan.steps, count: plan.batch) }
    for length in lengths where length < 0 || length > plan.steps { throw .index(input: 4, found: length, limit: plan.steps) }
    return lengths
  }

  fileprivate func state(_ index: Int, _ isThere: Bool) -> [Double]? { isThere ? optional(index)?.doubles() : nil }
}
