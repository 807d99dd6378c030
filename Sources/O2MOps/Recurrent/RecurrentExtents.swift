import O2MTensor

/// The extents of a recurrent operator's operands, and where a step of a row of a direction lies in them.
struct RecurrentExtents {
  let steps: Int
  let batch: Int
  let inputs: Int
  let hidden: Int
  let directions: Int
  let isBatchFirst: Bool
  /// Of Y, Y_h and, where there is one, Y_c.
  let shapes: [Shape]
  let outputs: [TensorType]

  /// The extents of initial_h and Y_h.
  var states: Shape { shapes[1] }

  init(_ facts: [InputFact?], _ recurrence: Recurrence, gates: Int, hasCellState: Bool) throws(OpFault) {
    let element = try facts.require(0, elements: .floats).type.element
    for index in 1..<facts.count where index != 4 && (index < 3 || facts.has(index)) {
      let found = try facts.require(index).type.element
      guard found == element else { throw .elementTypes(input: index, found: found, expected: element) }
    }
    let x = try facts.shape(0), r = try facts.shape(2)
    guard x.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: x.rank) }
    guard r.rank == 3 else { throw .rank(input: 2, expected: 3...3, found: r.rank) }
    let directions = recurrence.directions, isBatchFirst = recurrence.isBatchFirst
    let steps = x[isBatchFirst ? 1 : 0], batch = x[isBatchFirst ? 0 : 1], hidden = r[2]
    let (columns, overflow) = hidden.multipliedReportingOverflow(by: 2 * gates)
    guard !overflow else { throw .overflow }
    let states: Shape = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    try facts.requireShape(1, [directions, columns / 2, x[2]])
    try facts.requireShape(2, [directions, columns / 2, hidden])
    try facts.requireShape(3, [directions, columns])
    try facts.requireShape(5, states)
    if hasCellState {
      try facts.requireShape(6, states)
      try facts.requireShape(7, [directions, 3 * hidden])
    }
    if let lengths = facts.indices.contains(4) ? facts[4] : nil {
      guard lengths.type.element == .int32 else { throw .elementType(input: 4, found: lengths.type.element) }
      try facts.requireShape(4, [batch])
    }
    let y: Shape = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]
    shapes = [y, states] + (hasCellState ? [states] : [])
    outputs = shapes.map { TensorType(element, $0) }
    (self.steps, self.batch, inputs, self.hidden) = (steps, batch, x[2], hidden)
    (self.directions, self.isBatchFirst) = (directions, isBatchFirst)
  }

  /// Where the inputs of a step of a row begin.
  func input(_ t: Int, _ row: Int) -> Int { (isBatchFirst ? row * steps + t : t * batch + row) * inputs }

  /// Where the state of a row begins.
  func state(_ direction: Int, _ row: Int) -> Int {
    (isBatchFirst ? row * directions + direction : direction * batch + row) * hidden
  }

  /// Where Y of a step of a row begins.
  func output(_ t: Int, _ direction: Int, _ row: Int) -> Int {
    isBatchFirst ? ((row * steps + t) * directions + direction) * hidden : ((t * directions + direction) * batch + row) * hidden
  }
}

extension [InputFact?] {
  /// Throws unless the input at `index` is absent or has exactly these extents.
  fileprivate func requireShape(_ index: Int, _ expected: Shape) throws(OpFault) {
    guard has(index) else { return }
    let found = try shape(index)
    guard found.rank == expected.rank else { throw .rank(input: index, expected: expected.rank...expected.rank, found: found.rank) }
    for axis in 0..<expected.rank where found[axis] != expected[axis] {
      throw .extent(input: index, axis: axis, expected: expected[axis], found: found[axis])
    }
  }
}
