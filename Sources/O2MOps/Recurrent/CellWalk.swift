import O2MTensor

/// The reference of every `RecurrentCell`, which knows none of them: a device holds the walk once, not once per cell.
struct CellWalk {
  let recurrence: Recurrence
  let gates: Int
  let hasCellState: Bool

  /// What a cell does with W · x[t] + Wb and the state h and c.
  typealias Step = (ArraySlice<Double>, CellWeights, inout [Double], inout [Double]) -> Void

  @inline(never)
  func run(_ inputs: [Tensor?], _ plan: RecurrentExtents, _ step: Step) throws(OpFault) -> [Tensor] {
    let element = try inputs.tensor(0).element
    let lengths = try inputs.lengths(plan)
    let x = try inputs.tensor(0).doubles(), w = try inputs.tensor(1).doubles()
    let columns = gates * plan.hidden
    var y = [Double](repeating: 0, count: plan.steps * plan.states.count)
    var lastH = inputs.optional(5)?.doubles() ?? [Double](repeating: 0, count: plan.states.count)
    var lastC = inputs.state(6, hasCellState) ?? [Double](repeating: 0, count: plan.states.count)
    for direction in 0..<plan.directions {
      let weights = try weights(inputs, plan, direction)
      let bias = inputs.optional(3)?.doubles() ?? [Double](repeating: 0, count: plan.directions * 2 * columns)
      for row in 0..<plan.batch {
        let state = plan.state(direction, row)
        var h = Array(lastH[state..<state + plan.hidden]), c = Array(lastC[state..<state + plan.hidden])
        for index in 0..<lengths[row] {
          let t = recurrence.isReversed(direction) ? lengths[row] - 1 - index : index, from = plan.input(t, row)
          let sums = (0..<columns).map { column in
            var sum = bias[direction * 2 * columns + column]
            for k in 0..<plan.inputs { sum += w[(direction * columns + column) * plan.inputs + k] * x[from + k] }
            return sum
          }
          step(sums[...], weights, &h, &c)
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

  private func weights(_ inputs: [Tensor?], _ plan: RecurrentExtents, _ direction: Int) throws(OpFault) -> CellWeights {
    let columns = gates * plan.hidden, count = columns * plan.hidden
    let bias = inputs.optional(3)?.doubles()[(direction * 2 + 1) * columns..<(direction * 2 + 2) * columns]
    let peepholes = inputs.state(7, hasCellState)?[direction * 3 * plan.hidden..<(direction + 1) * 3 * plan.hidden]
    return CellWeights(
      hidden: plan.hidden, recurrent: Array(try inputs.tensor(2).doubles()[direction * count..<(direction + 1) * count]),
      bias: bias.map { Array($0) } ?? [Double](repeating: 0, count: columns),
      peepholes: peepholes.map { Array($0) } ?? [Double](repeating: 0, count: 3 * plan.hidden),
      functions: recurrence.functions(direction), clip: Double(recurrence.clip))
  }
}

extension [Tensor?] {
  /// How many steps each row of the batch has.
  fileprivate func lengths(_ plan: RecurrentExtents) throws(OpFault) -> [Int] {
    guard let lengths = optional(4)?.ints() else { return [Int](repeating: plan.steps, count: plan.batch) }
    for length in lengths where length < 0 || length > plan.steps { throw .index(input: 4, found: length, limit: plan.steps + 1) }
    return lengths
  }

  fileprivate func state(_ index: Int, _ isThere: Bool) -> [Double]? { isThere ? optional(index)?.doubles() : nil }
}
