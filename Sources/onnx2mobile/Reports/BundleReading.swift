import O2MBundle
import O2MConvert
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

extension BundleReport {
  /// - Parameter glob: only the steps that it matches.
  init(_ opened: OpenedBundle, only glob: String?) {
    let model = opened.model
    let table = opened.sections
    let manifest = model.manifest
    file = opened.path
    bytes = opened.fileBytes
    form = opened.isInstalled ? "installed" : "download"
    format = "\(model.header.major).\(model.header.minor)"
    precision = manifest.precision
    tool = manifest.tool
    source = manifest.sourceHash.hex
    externalData = manifest.externalData?.map { SourceEntry(path: $0.path, bytes: $0.bytes, sha256: $0.hash.hex) } ?? []
    passes = manifest.passes
    labels = manifest.labels.count
    preprocessing = manifest.preprocessing
    arenaBytes = manifest.arenaBytes
    weightBytes = manifest.weightBytes
    symbols = Self.symbols(model)
    largestArenaBytes = Self.largestArenaBytes(model)
    arenaFormula = MemoryFormula(model).map { FormulaEntry($0) }
    inputs = manifest.inputs.enumerated().map { index, port in
      let state = model.state.output(for: index).map { manifest.outputs[$0].name }
      return PortEntry(name: port.name, type: "\(port.type.element.name)", shape: port.type.shape.dims, state: state)
    }
    outputs = manifest.outputs.map { PortEntry(name: $0.name, type: "\($0.type.element.name)", shape: $0.type.shape.dims) }
    sections = table.map { section in
      SectionEntry(
        name: SectionType(rawValue: section.type).map { "\($0.name)" } ?? "section \(section.type)", offset: section.offset,
        storedBytes: section.storedBytes, rawBytes: section.rawBytes,
        codec: Codec(rawValue: section.codec).map { "\($0.name)" } ?? "\(section.codec)")
    }
    steps = model.plan.steps.enumerated().map { Self.step($0, $1, model) }
    // A section that cannot be read says nothing.
    if let said = try? model.section(PictureTask.self), let entry = TaskEntry(said, of: model) {
      (task, taskText) = (entry, entry.text(said))
    }
    if let glob { steps = steps.filter { Glob.matches(glob, $0.what) || Glob.matches(glob + "*", $0.what) } }
  }

  private static func largestArenaBytes(_ model: Model) -> Int? {
    guard let open = model.shapes else { return nil }
    return try? model.arenaBytes(at: open.shapes(model.graph, open.symbols.map(\.maximum)))
  }

  private static func symbols(_ model: Model) -> [SymbolEntry] {
    guard let open = model.shapes else { return [] }
    return open.symbols.enumerated().map { number, symbol in
      var axes: [SymbolEntry.Axis] = []
      for (input, symbols) in open.axes.enumerated() {
        for (axis, other) in symbols.enumerated() where other == number {
          axes.append(.init(input: model.manifest.inputs[input].name, axis: axis))
        }
      }
      return SymbolEntry(
        name: symbol.name, minimum: symbol.minimum, maximum: symbol.maximum, step: symbol.step, typical: symbol.typical, axes: axes)
    }
  }

  /// Graphviz: one box per step, one arrow per slot; what an alias shares comes from where the step that made it stands.
  static func dot(_ opened: OpenedBundle) -> String {
    let model = opened.model, plan = model.plan, names = model.names
    func describe(_ slot: Int) -> String {
      let type = model.graph.values[plan.slots[slot].value]
      return "\(type.element.name) \(type.shape.dims)"
    }
    var dot = DotGraph(named: Files.name(opened.path)), producers: [Int: String] = [:]
    for (index, slot) in plan.inputs.enumerated() {
      producers[slot] = "in\(index)"
      dot.addPort("in\(index)", model.manifest.inputs[index].name, describe(slot))
    }
    for (index, step) in plan.steps.enumerated() {
      let (reads, writes) = step.operands, op = step.node.map { model.graph.nodes[$0].op }
      dot.addNode(
        "s\(index)", op.map { "\($0.name)" } ?? "layout", op?.summary ?? "", writes.first.flatMap { names?[plan.slots[$0].value] } ?? "")
      for case let slot? in reads { dot.addEdge(producers[slot], "s\(index)") }
      for slot in writes { producers[slot] = "s\(index)" }
    }
    for (index, slot) in plan.outputs.enumerated() {
      dot.addPort("out\(index)", model.manifest.outputs[index].name, describe(slot))
      dot.addEdge(producers[slot], "out\(index)")
    }
    return dot.text
  }

  /// The stored constants of a bundle that one of its steps shown reads; those of `names` where the model is at hand.
  static func weights(_ opened: OpenedBundle, steps: Set<Int>, names: [String]? = nil) -> [GraphReport.WeightEntry] {
    let model = opened.model
    guard let graph = Graph(model) else { return [] }
    var seen: Set<Int> = [], entries: [GraphReport.WeightEntry] = []
    for index in steps.sorted() {
      for case let slot? in model.plan.steps[index].operands.inputs {
        let form = model.plan.slots[slot]
        guard case .weights = form.place, seen.insert(form.value).inserted, let tensor = graph.constant(ValueID(form.value)) else {
          continue
        }
        let stored = form.precision == .float32 ? "\(tensor.element.name)" : "\(form.precision.name)"
        entries.append(.init(names?[form.value] ?? model.names?[form.value] ?? "constant \(form.value)", type: stored, tensor))
      }
    }
    return entries
  }

  /// The constants of the bundle that a conversion makes, from the graph alone.
  static func constants(_ conversion: Conversion) throws(PlanError) -> [ConstantEntry] {
    let flat = try FlatModel(conversion.optimized)
    let stored = StoredConstants(flat, int8: conversion.options.precision == .int8Weights)
    let rounded = conversion.choice.map { stored.rounded(flat.precisions($0.precisions)).tensors } ?? [:]
    return flat.graph.constants.map { value in
      let tensor = rounded[value] ?? flat.constants[value - flat.graph.inputCount]
      let hash = String(tensor.withBytes { xxh64($0) }, radix: 16)
      return ConstantEntry(
        value: value, name: conversion.optimized[flat.ids[value]].name, type: "\(tensor.element.name)", shape: tensor.shape.dims,
        xxh64: String(repeating: "0", count: 16 - hash.count) + hash)
    }
  }

  private static func step(_ index: Int, _ step: Plan.Step, _ model: Model) -> StepEntry {
    let what: String, slot: Int
    var weights = ""
    switch step {
    case .convert(_, let to):
      what = "layout"
      slot = to
    case .node(let node, let inputs, let outputs):
      let op = model.graph.nodes[node].op
      what = "\(op.name) \(op.summary)"
      slot = outputs[0]
      let stored = inputs.compactMap { $0.map { model.plan.slots[$0] } }.first { $0.packing.isWeights }
      weights = stored.map { "\($0.precision.name)" } ?? ""
    }
    let place = model.plan.slots[slot]
    let value = model.graph.values[place.value]
    var offset: Int?
    if case .arena(let start) = place.place { offset = start }
    return StepEntry(
      index: index, what: what, output: "\(value.element.name) \(value.shape.dims)",
      layout: place.layout == .plain ? "plain" : "channels last",
      offset: offset, bytes: value.byteCount, weights: weights)
  }
}
