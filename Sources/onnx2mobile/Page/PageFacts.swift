import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MRuntime

extension PageData {
  /// The plan that a conversion made, with the names of its nodes and what rounding their weights leaves.
  mutating func add(_ opened: OpenedBundle, _ conversion: Conversion) {
    // Tables of codes are nodes that the optimized graph lacks: then names are those of tensors.
    let flat = (try? FlatModel(conversion.optimized)).flatMap { $0.graph.nodes.count == opened.model.graph.nodes.count ? $0 : nil }
    add(opened, names: flat.map { flat in (flat.nodeNames, flat.ids.map { conversion.optimized[$0].name }) })
    guard let flat, let choice = conversion.choice else { return }
    var noise: [Int: Double] = [:]
    for candidate in choice.candidates where choice.precisions[candidate.id] != .float32 {
      // What stays in the wider type has far less than was measured for the narrow one.
      guard choice.precisions[candidate.id] == choice.narrow, let value = flat.index(of: candidate.id) else { continue }
      noise[value] = candidate.sqnr
    }
    let plan = opened.model.plan, last = stages.count - 1
    for (index, step) in plan.steps.enumerated() {
      guard let node = step.node else { continue }
      stages[last].nodes[index].sqnr = flat.graph.nodes[node].inputs.compactMap { $0.flatMap { noise[$0] } }.min()
    }
  }

  mutating func addFacts(of imported: ImportedModel, _ graph: Graph) {
    let total = graph.totalCost
    facts += [
      ["size", "\(Format.scaled(imported.fileBytes + imported.external.byteCount))B"], ["opset", "\(imported.opset)"],
      ["nodes", Format.grouped(graph.nodeCount)], ["parameters", Format.scaled(total.parameters)],
    ]
    if total.macs > 0 { facts.append(["MACs", Format.scaled(total.macs)]) }
    if !imported.producer.isEmpty { facts.append(["producer", imported.producer]) }
  }

  mutating func addFacts(of opened: OpenedBundle) {
    let manifest = opened.model.manifest
    facts += [
      ["size", "\(Format.scaled(opened.fileBytes))B"], ["form", opened.isInstalled ? "installed" : "download"],
      ["precision", manifest.precision], ["steps", Format.grouped(opened.model.plan.steps.count)],
      ["arena", "\(Format.scaled(manifest.arenaBytes))B"], ["weights", "\(Format.scaled(manifest.weightBytes))B"],
    ]
    if !manifest.tool.isEmpty { facts.append(["written by", manifest.tool]) }
  }
}
