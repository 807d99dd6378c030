import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension PageData {
  /// Adds the plan of a bundle: its steps, where their memory lies and for how long, and what the file consists of.
  ///
  /// - Parameters:
  ///   - names: of the graph's nodes and values, where the model is at hand; a bundle keeps those of original tensors alone.
  mutating func add(_ opened: OpenedBundle, names: (nodes: [String], values: [String])? = nil) {
    let model = opened.model, plan = model.plan, origins = model.names?.origins
    var stage = Stage(name: Dump.Stage.planned.rawValue)
    for slot in plan.slots { stage.values.append(value(slot, model, names?.values[slot.value], origins?[slot.value] ?? [])) }
    addWeights(opened, to: &stage)
    for (port, slot) in zip(model.manifest.inputs, plan.inputs) { stage.values[slot].name = port.name }
    for (port, slot) in zip(model.manifest.outputs, plan.outputs) { stage.values[slot].name = port.name }
    (stage.inputs, stage.outputs) = (plan.inputs, plan.outputs)
    for (index, (step, cost)) in zip(plan.steps, plan.costs(model.graph)).enumerated() {
      let (reads, writes) = step.operands, op = step.node.map { model.graph.nodes[$0].op }
      let name = step.node.flatMap { names?.nodes[$0] } ?? writes.first.map { stage.values[$0].name } ?? ""
      let parameters = reads.reduce(0) { count, slot in
        guard let slot, case .weights = plan.slots[slot].place, stage.values[slot].type.hasPrefix("float") else { return count }
        return count + model.graph.values[plan.slots[slot].value].shape.count
      }
      var node = Node(
        name, op, inputs: reads.map { $0 ?? -1 }, outputs: writes, macs: cost.macs, parameters: parameters, bytes: cost.bytes)
      node.kernel = Self.kernel(of: index, model)
      stage.nodes.append(node)
    }
    stages.append(stage)
    arena = plan.arenaBytes
    fileBytes = opened.fileBytes
    addBlocks(plan, model.graph)
    sections = opened.sections.map { section in
      Section(
        name: SectionType(rawValue: section.type).map { "\($0.name)" } ?? "section \(section.type)", raw: section.rawBytes,
        stored: section.storedBytes)
    }
  }

  private func value(_ slot: Plan.Slot, _ model: Model, _ name: String?, _ origins: [String]) -> Value {
    let type = model.graph.values[slot.value]
    var entry = Value(name: name ?? origins.first ?? "value \(slot.value)", type: "\(type.element.name)", shape: type.shape.dims)
    if origins != [entry.name] { entry.origins = origins }
    entry.bytes = type.byteCount
    if case .weights(_, let count, _) = slot.place {
      entry.bytes = count
      entry.precision = slot.precision == .float32 ? entry.type : "\(slot.precision.name)"
    } else {
      entry.layout = slot.layout == .plain ? "plain" : "channels last"
    }
    return entry
  }

  /// The family of the kernel that runs a step on this machine, as the code names it.
  private static func kernel(of step: Int, _ model: Model) -> String? {
    guard let kernel = try? model.kernel(of: step, threads: 1) else { return nil }
    // A case is the family; what it holds are the numbers of one site.
    let name = Mirror(reflecting: kernel).children.first?.label ?? "\(kernel)"
    return name.map { $0.isUppercase ? " " + $0.lowercased() : "\($0)" }.joined()
  }

  /// Statistics of the stored constants, with the values that kernels see, and their shares of the file.
  private mutating func addWeights(_ opened: OpenedBundle, to stage: inout Stage) {
    let graph = Graph(opened.model), flat = opened.model.graph
    var known = WeightIndex()
    let shares = opened.weightShares
    for (slot, form) in opened.model.plan.slots.enumerated() {
      guard case .weights(_, let count, _) = form.place else { continue }
      if let graph, let tensor = graph.constant(ValueID(form.value)), flat.isConstant(form.value) {
        stage.values[slot].weight = known.place(of: tensor, in: &weights)
      }
      stored.append(Stored(value: slot, raw: count, stored: shares[slot] ?? count))
    }
  }

  /// Where every slot of the arena lies, from the step that writes it to the last that reads it or what shares its memory.
  private mutating func addBlocks(_ plan: Plan, _ graph: FlatGraph) {
    var first = [Int?](repeating: nil, count: plan.slots.count), last = [Int](repeating: -1, count: plan.slots.count)
    func root(_ slot: Int) -> Int { if case .alias(let source) = plan.slots[slot].place { root(source) } else { slot } }
    for slot in plan.inputs { first[slot] = -1 }
    for (index, step) in plan.steps.enumerated() {
      let (reads, writes) = step.operands
      for case let slot? in reads { last[root(slot)] = index }
      for slot in writes {
        first[slot] = first[slot] ?? index
        last[root(slot)] = max(last[root(slot)], index)
      }
    }
    for slot in plan.outputs { last[root(slot)] = plan.steps.count }
    // The whole of a Concat is in use from its first part on, that of a Split until its last.
    let joints = plan.steps.compactMap { Self.joint($0, plan, graph) }
    for (whole, parts) in joints { first[whole] = ([first[whole]] + parts.map { first[$0] }).compactMap { $0 }.min() }
    for (whole, parts) in joints.reversed() { last[whole] = max(last[whole], parts.map { last[$0] }.max() ?? -1) }
    for (index, slot) in plan.slots.enumerated() {
      guard case .arena(let at) = slot.place, let begin = first[index] else { continue }
      let value = graph.values[slot.value], isSlice = Self.isSlice(slot, value)
      let pixels = isSlice ? value.shape.count / max(1, value.shape[1]) : 0
      let gap = isSlice ? max(0, pixels - 1) * (slot.pitch - value.shape[1]) * value.element.size : 0
      blocks.append(
        Block(value: index, at: at, bytes: value.byteCount + gap, first: begin, last: max(begin, last[index]), isSlice: isSlice))
    }
  }

  private static func isSlice(_ slot: Plan.Slot, _ value: TypedShape) -> Bool {
    slot.layout == .channelsLast && value.shape.rank >= 3 && slot.pitch > value.shape[1]
  }

  /// The whole of a Concat or Split, and its parts that lie in it as runs of channels.
  private static func joint(_ step: Plan.Step, _ plan: Plan, _ graph: FlatGraph) -> (whole: Int, parts: [Int])? {
    guard case .node(let node, let reads, let writes) = step, let output = writes.first else { return nil }
    let concat = graph.nodes[node].op.channelConcat(rank: graph.values[plan.slots[output].value].shape.rank)
    guard let concat, let input = reads.first ?? nil else { return nil }
    let (whole, parts) = concat == .concat ? (output, reads.compactMap { $0 }) : (input, writes)
    return (whole, parts.filter { isSlice(plan.slots[$0], graph.values[plan.slots[$0].value]) })
  }
}
