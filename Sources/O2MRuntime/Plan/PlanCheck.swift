import O2MOps
import O2MTensor

/// Follows a plan without running it and throws where it contradicts the graph or itself, so that a plan from a hostile file can
/// neither read nor write outside of its memory, and no kernel meets operands that its operator would refuse.
///
/// Every read must see what an earlier step, the caller or the file put there; every node's operands must have the types that its
/// operator infers.
struct PlanCheck {
  let graph: FlatGraph
  let plan: Plan
  let memory: [SlotMemory]
  let weights: UnsafeRawBufferPointer
  /// What slots hold that follows from the shapes.
  let derived: [Tensor?]
  /// For each step whether there is nothing to do: outputs without elements, however long their other axes are, or a Concat or Split
  /// whose parts all lie where they belong.
  private(set) var isIdle: [Bool]
  /// For each step whether a run sizes it, and whether its extents then follow from what its operands hold.
  private(set) var isCounted: [Bool]
  private(set) var isSized: [Bool]
  private let counted: CountedValues
  /// The types of the graph's values.
  private let types: [TensorType]
  /// How many writes there were.
  private var now = 1
  /// When each slot came to hold its value; 0 for those that never did, and for slices that another slice was written over.
  private var since: [Int]
  /// The writes of whole ranges, and those of slices, which leave other slices of the range alone.
  private var dense: WriteTimes
  private var sliced: WriteTimes
  /// The slices of channels that hold their value.
  private var slices: [Int] = []

  /// Checks the whole plan.
  init(_ graph: FlatGraph, _ plan: Plan, weights: UnsafeRawBufferPointer, derived: [Tensor?] = [], counted: CountedValues = .none)
    throws(FormatFault)
  {
    self.graph = graph
    self.plan = plan
    self.weights = weights
    self.derived = derived
    self.counted = counted
    memory = try plan.memory(graph, weightBytes: weights.count, derived: derived, counted: counted)
    isIdle = [Bool](repeating: false, count: plan.steps.count)
    isCounted = isIdle
    isSized = isIdle
    types = graph.values.map { TensorType($0) }
    since = plan.slots.map { $0.isStored ? 1 : 0 }
    var ranges: [Range<Int>] = []
    for place in memory where place.region == .arena { ranges.append(place.range) }
    dense = WriteTimes(ranges)
    sliced = dense
    for (index, slot) in plan.inputs.enumerated() {
      guard plan.slots[slot].value == index else { throw .step(-1, .wrongValue(slot: slot)) }
      guard plan.slots[slot].layout == .plain, case .arena = plan.slots[slot].place else { throw .step(-1, .form(slot: slot)) }
      write(slot)
    }
    for slot in plan.inputs where !holds(slot) { throw .step(-1, .overlap(slot: slot)) }
    for (index, step) in plan.steps.enumerated() {
      switch step {
      case .convert(let from, let to): try convert(index, from, to)
      case .node(let node, let inputs, let outputs): try run(index, graph.nodes[node], node, inputs, outputs)
      }
    }
    for (index, slot) in plan.outputs.enumerated() {
      guard plan.slots[slot].value == graph.outputs[index] else { throw .step(plan.steps.count, .wrongValue(slot: slot)) }
      guard holds(slot) else { throw .step(plan.steps.count, .clobbered(slot: slot)) }
      guard plan.slots[slot].layout == .plain, plan.slots[slot].isDense else { throw .step(plan.steps.count, .form(slot: slot)) }
    }
  }

  /// Whether what a slot came to hold is still there.
  private func holds(_ slot: Int) -> Bool { since[slot] > 0 && lastWrite(memory[slot]) <= since[slot] }

  /// The last write to a byte of a place; for a slice, that of other slices does not count.
  private func lastWrite(_ place: SlotMemory) -> Int {
    guard place.region == .arena, place.count > 0 else { return 0 }
    return place.isSlice ? dense.last(place.range) : max(dense.last(place.range), sliced.last(place.range))
  }

  /// Notes that a slot now holds its value, and that what shared its memory no longer does.
  private mutating func write(_ slot: Int) {
    overwrite(memory[slot])
    share(slot)
  }

  /// The same for an output of a step, which must not share memory with one that the step wrote before. `start`: the writes until then.
  private mutating func write(_ step: Int, _ slot: Int, after start: Int) throws(FormatFault) {
    let place = memory[slot]
    guard lastWrite(place) <= start, !slices.contains(where: { since[$0] > start && memory[$0].overlaps(place) }) else {
      throw .step(step, .overlap(slot: slot))
    }
    write(slot)
  }

  private mutating func overwrite(_ place: SlotMemory) {
    guard place.region == .arena, place.count > 0 else { return }
    now += 1
    if place.isSlice { sliced.write(place.range, at: now) } else { dense.write(place.range, at: now) }
    slices.removeAll { slot in
      guard memory[slot].overlaps(place) else { return false }
      since[slot] = 0
      return true
    }
  }

  /// Notes that a Concat's output holds its value; inputs that lie in it still hold theirs.
  private mutating func join(_ inputs: [Int?], _ output: Int, _ liesInWhole: [Bool]) {
    if liesInWhole.contains(false) {
      let places = places(inputs, in: output)
      for (index, input) in inputs.enumerated() where !liesInWhole[index] {
        guard let input, graph.values[plan.slots[input].value].shape.count > 0 else { continue }
        overwrite(places[index] ?? memory[output])
      }
    }
    share(output)
  }

  /// Notes that a slot holds its value because the memory that it shares does.
  private mutating func share(_ slot: Int) {
    guard !holds(slot) else { return }
    since[slot] = now
    if memory[slot].region == .arena, memory[slot].isSlice { slices.append(slot) }
  }

  private mutating func convert(_ step: Int, _ from: Int, _ to: Int) throws(FormatFault) {
    let source = plan.slots[from], target = plan.slots[to]
    guard source.value == target.value else { throw .step(step, .wrongValue(slot: to)) }
    guard holds(from) else { throw .step(step, .clobbered(slot: from)) }
    guard source.isDense, target.isDense else { throw .step(step, .form(slot: to)) }
    isCounted[step] = counted.contains(source.value)
    let shape = graph.values[source.value].shape
    if case .alias = target.place {
      guard memory[from].offset == memory[to].offset, memory[from].region == memory[to].region else {
        throw .step(step, .overlap(slot: to))
      }
      guard source.layout == target.layout || Layout.isOneOrder(shape) else { throw .step(step, .form(slot: to)) }
      share(to)
      return
    }
    guard memory[to].region == .arena else { throw .step(step, .place(slot: to)) }
    guard !memory[from].overlaps(memory[to]) else { throw .step(step, .overlap(slot: to)) }
    try requirePlain(step, from)
    write(to)
  }

  private mutating func run(
    _ step: Int, _ node: FlatGraph.Node, _ number: Int, _ inputs: [Int?], _ outputs: [Int]
  ) throws(FormatFault) {
    for (slot, value) in zip(inputs, node.inputs) {
      guard let slot else {
        guard value == nil else { throw .step(step, .wrongValue(slot: -1)) }
        continue
      }
      guard plan.slots[slot].value == value else { throw .step(step, .wrongValue(slot: slot)) }
      guard holds(slot) else { throw .step(step, .clobbered(slot: slot)) }
    }
    for (slot, value) in zip(outputs, node.outputs) where plan.slots[slot].value != value {
      throw .step(step, .wrongValue(slot: slot))
    }
    for case let slot? in inputs where plan.slots[slot].packing == .plain { try requirePlain(step, slot) }
    if Included.has(.counted) { isCounted[step] = counted.touches(node) }
    try checkTypes(step, node, number, inputs, outputs)
    if Included.has(.bodies), !node.op.bodies.isEmpty { try checkBodies(step, node, number, inputs, outputs) }
    if Included.has(.counted), isSized[step] {
      try requireUnpacked(step, inputs)
    } else {
      try checkPacked(step, node, inputs, plan, graph, weights.count)
    }
    let rank = outputs.first.map { graph.values[plan.slots[$0].value].shape.rank } ?? 0
    let concat = isCounted[step] ? nil : node.op.channelConcat(rank: rank)
    let liesInWhole =
      switch concat {
      case .concat: inPlace(inputs, of: outputs[0])
      case .split: inPlace(outputs, of: inputs[0])
      case nil: [Bool]()
      }
    try checkOverlaps(step, node, inputs, outputs, concat, liesInWhole)
    let isEmpty = outputs.allSatisfy { graph.values[plan.slots[$0].value].shape.count == 0 }
    isIdle[step] = !isCounted[step] && isEmpty || concat != nil && !liesInWhole.contains(false)
    let start = now
    switch concat {
    case .concat: join(inputs, outputs[0], liesInWhole)
    case .split: for (part, lies) in zip(outputs, liesInWhole) { if lies { share(part) } else { try write(step, part, after: start) } }
    case nil:
      for slot in outputs { if case .alias = plan.slots[slot].place { share(slot) } else { try write(step, slot, after: start) } }
    }
  }

  /// A constant that is stored plain must have all of its bytes.
  private func requirePlain(_ step: Int, _ slot: Int) throws(FormatFault) {
    guard case .weights(_, let count, let scales) = plan.slots[slot].place else { return }
    guard scales == nil else { throw .step(step, .form(slot: slot)) }
    guard graph.values[plan.slots[slot].value].byteCount <= count else { throw .step(step, .place(slot: slot)) }
  }

  /// The operator must infer the types that the graph states.
  private mutating func checkTypes(
    _ step: Int, _ node: FlatGraph.Node, _ number: Int, _ inputs: [Int?], _ outputs: [Int]
  ) throws(FormatFault) {
    let facts = inputs.map { slot in slot.map { InputFact(types[plan.slots[$0].value], value: constant($0)) } }
    let inferred: [TensorType]
    do throws(OpFault) { inferred = try node.op.infer(facts) } catch {
      // A run knows more; an output that is not counted must have its type then.
      guard Included.has(.counted), case .dataDependent = error, !outputs.isEmpty, !counted.isEmpty else {
        throw .node(number, offset: node.offset, error)
      }
      isSized[step] = true
      isCounted[step] = true
      return
    }
    // A node without outputs computes nothing, and kernels count on the first.
    guard !outputs.isEmpty, outputs.count <= inferred.count else {
      throw .node(number, offset: node.offset, .outputCount(expected: 1...max(1, inferred.count), found: outputs.count))
    }
    for (index, slot) in outputs.enumerated() {
      guard inferred[index] == types[plan.slots[slot].value] else {
        throw .step(step, .outputType(slot: slot))
      }
    }
  }

  /// The operands of a step whose operator reads them before its kernel is made: plain, all of them.
  private func requireUnpacked(_ step: Int, _ inputs: [Int?]) throws(FormatFault) {
    for case let slot? in inputs where plan.slots[slot].layout != .plain || !plan.slots[slot].isDense {
      throw .step(step, .form(slot: slot))
    }
  }

  /// What bodies read and give is plain, of fixed types, and lies where nothing else does.
  private func checkBodies(
    _ step: Int, _ node: FlatGraph.Node, _ number: Int, _ inputs: [Int?], _ outputs: [Int]
  ) throws(FormatFault) {
    // Each result of a body has its place, whether somebody reads it or not.
    let count = node.op.bodies.first?.graph.outputs.count ?? 0
    guard outputs.count == count else {
      throw .node(number, offset: node.offset, .outputCount(expected: count...count, found: outputs.count))
    }
    try requireUnpacked(step, inputs)
    for slot in outputs {
      guard plan.slots[slot].layout == .plain, plan.slots[slot].isDense else { throw .step(step, .form(slot: slot)) }
      guard case .arena = plan.slots[slot].place, !isCounted[step] else { throw .step(step, .place(slot: slot)) }
    }
    guard !isCounted[step] else { throw .step(step, .form(slot: -1)) }
  }

  /// A constant that is stored plain.
  private func constant(_ slot: Int) -> Tensor? {
    let form = plan.slots[slot]
    if case .derived = form.place { return form.layout == .plain ? derived[slot] : nil }
    guard case .weights(let offset, _, _) = form.place, form.isDense, form.layout == .plain else { return nil }
    let value = graph.values[form.value]
    let bytes = UnsafeRawBufferPointer(rebasing: weights[offset..<offset + value.byteCount])
    return Tensor(value.element, value.shape, storage: TensorStorage(borrowing: bytes))
  }

  /// No output may share memory with an input, except in the three ways that kernels know: taking over input 0's memory,
  /// being an alias of it, and a run of channels that lies where a Concat or Split would put it.
  private func checkOverlaps(
    _ step: Int, _ node: FlatGraph.Node, _ inputs: [Int?], _ outputs: [Int], _ concat: ChannelConcat?, _ liesInWhole: [Bool]
  ) throws(FormatFault) {
    for (index, output) in outputs.enumerated() {
      let target = memory[output]
      if case .alias = plan.slots[output].place {
        guard index == 0, outputs.count == 1, let first = inputs.first ?? nil, memory[first].offset == target.offset,
          memory[first].region == target.region
        else { throw .step(step, .overlap(slot: output)) }
        continue
      }
      for (position, input) in inputs.enumerated() {
        guard let input, memory[input].overlaps(target) else { continue }
        let takesOver =
          !isCounted[step] && position == 0 && index == 0 && node.code.memory.contains(.inPlace) && memory[input].isSame(as: target)
          && plan.slots[input].layout == plan.slots[output].layout
        let isSlice =
          switch concat {
          case .concat: index == 0 && liesInWhole[position]
          case .split: position == 0 && liesInWhole[index]
          case nil: false
          }
        guard takesOver || isSlice else { throw .step(step, .overlap(slot: output)) }
      }
    }
  }
}

extension Plan.Slot {
  /// Whether it is a constant, which holds its value before the first step.
  fileprivate var isStored: Bool {
    switch place {
    case .weights, .derived: true
    case .arena, .alias: false
    }
  }

}

extension Layout {
  /// Whether all layouts of this shape have the elements in one order: one channel, or one pixel.
  public static func isOneOrder(_ shape: Shape) -> Bool {
    shape.rank < 3 || shape.count == 0 || shape[1] == 1 || shape.dims.dropFirst(2).allSatisfy { $0 == 1 }
  }
}

/// Each constant must be packed in a way that the operator names, and be long enough. The operator has taken the types before, so
/// that layouts follow from extents that fit each other.
func checkPacked(
  _ step: Int, _ node: FlatGraph.Node, _ inputs: [Int?], _ plan: Plan, _ graph: FlatGraph, _ weightBytes: Int
) throws(FormatFault) {
  guard inputs.contains(where: { $0.map { plan.slots[$0].isStored } ?? false }) else { return }
  let facts = graph.facts(node)
  for (index, slot) in inputs.enumerated() {
    guard let slot, graph.isConstant(plan.slots[slot].value) else { continue }
    let form = plan.slots[slot]
    guard let layout = node.op.weightLayouts(of: index, facts).first(where: { $0.packing == form.packing }) else {
      throw .step(step, .form(slot: slot))
    }
    guard layout.packing != .plain, case .weights(_, let count, let scales) = form.place else { continue }
    guard (scales != nil) == (form.precision == .int8) else { throw .step(step, .form(slot: slot)) }
    guard layout.elements <= count / form.precision.size(of: .float32) else { throw .step(step, .place(slot: slot)) }
    if let scales, layout.vector.elements > (weightBytes - scales) / 4 { throw .step(step, .place(slot: slot)) }
  }
}
