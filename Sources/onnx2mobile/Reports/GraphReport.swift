import HostSystem
import O2MGraph
import O2MOps
import O2MTensor

/// What `dump` says of a graph, in a form that JSON and text are made from.
struct GraphReport: Encodable {
  struct ValueEntry: Encodable {
    var name: String
    var type: String
    var shape: [Int?]
  }

  struct NodeEntry: Encodable {
    var index: Int
    var name: String
    var op: String
    var attributes: String
    var inputs: [String?]
    var outputs: [ValueEntry]
    var parameters: Int
    var macs: Int
    /// The tensors of the imported model that the outputs equal.
    var equals: [String]
  }

  struct WeightEntry: Encodable {
    var name: String
    var type: String
    var shape: [Int?]
    var minimum: Double
    var maximum: Double
    var mean: Double
    var rms: Double
    var zeros: Int
    var notFinite: Int

    enum CodingKeys: String, CodingKey { case name, type, shape, minimum, maximum, mean, rms, zeros, notFinite = "not_finite" }

    init(_ name: String, type: String, _ tensor: Tensor) {
      (self.name, self.type, shape) = (name, type, tensor.shape.dims)
      let summary = WeightSummary(tensor)
      (minimum, maximum, mean, rms) = (summary.minimum, summary.maximum, summary.mean, summary.rms)
      (zeros, notFinite) = (summary.zeros, summary.notFinite)
    }

    static func table(_ weights: [WeightEntry]) -> String {
      var list = Table([.left, .left, .right, .right, .right, .right], indent: "  ", width: GraphReport.columns)
      list.add("weight", "type", "min", "max", "mean", "rms")
      for weight in weights {
        list.add(
          [weight.name, GraphReport.brief(ValueEntry(name: "", type: weight.type, shape: weight.shape))]
            + [weight.minimum, weight.maximum, weight.mean, weight.rms].map(Format.scientific))
      }
      return "\n" + list.text
    }
  }

  /// Of its tables. They keep to a terminal's usual width where nobody says another: whoever wants all of a name takes JSON.
  static var columns: Int { Terminal.columns ?? 80 }

  var file: String
  var stage: String
  var graph: String
  var inputs: [ValueEntry]
  var outputs: [ValueEntry]
  var nodes: [NodeEntry]
  var nodeCount: Int
  var parameters: Int
  var macs: Int
  /// Whether a node gives something of open extents, so that nobody knows what it costs.
  private var isOpen = false
  var weights: [WeightEntry]?

  enum CodingKeys: String, CodingKey {
    case file, stage, graph, inputs, outputs, nodes, nodeCount = "node_count", parameters, macs, weights
  }

  init(_ graph: Graph, file: String, stage: String, only glob: String?, weights includeWeights: Bool) {
    self.file = file
    self.stage = stage
    self.graph = graph.name
    func entry(_ id: ValueID) -> ValueEntry {
      ValueEntry(name: graph[id].name, type: "\(graph[id].type.element.name)", shape: graph[id].type.dims.map(\.value))
    }
    inputs = graph.inputs.map(entry)
    outputs = graph.outputs.map(entry)
    let total = graph.totalCost
    parameters = total.parameters
    macs = total.macs
    isOpen = graph.nodes.contains { $0.outputs.contains { graph[$0].type.shape == nil } }
    nodeCount = graph.nodeCount
    nodes = []
    var shown: [ValueID] = []
    for (index, node) in graph.nodes.enumerated()
    where glob.map({ Glob.matches($0, node.name) || Glob.matches($0, "\(node.op.name)") }) ?? true {
      let cost = graph.cost(of: node)
      nodes.append(
        NodeEntry(
          index: index, name: node.name, op: "\(node.op.name)", attributes: node.op.summary,
          inputs: node.inputs.map { $0.map { graph[$0].name } }, outputs: node.outputs.map(entry), parameters: cost.parameters,
          macs: cost.macs, equals: node.outputs.flatMap { graph[$0].origins }))
      shown += node.inputs.compactMap { $0 }.filter { graph.constant($0) != nil && !shown.contains($0) }
    }
    guard includeWeights else { return }
    weights = (glob == nil ? graph.constants.map(\.id) : shown).compactMap { id in
      graph.constant(id).map { WeightEntry(graph[id].name, type: "\($0.element.name)", $0) }
    }
  }
}

extension GraphReport {
  /// The text form.
  var text: String {
    var text =
      "\(file) (\(stage)): \(Format.count(nodeCount, "node")), \(Format.count(parameters, "parameter"))"
      + (isOpen ? "" : ", \(Format.scaled(macs)) MACs") + "\n\n"
    // Names of inputs are typed in: they stay whole.
    var ends = Table([.left, .left, .left], indent: "  ", width: .max)
    for input in inputs { ends.add("input", input.name, Self.describe(input)) }
    for output in outputs { ends.add("output", output.name, Self.describe(output)) }
    text += ends.text + "\n"
    var table = Table([.right, .left, .left, .left, .right, .right], indent: "  ", width: Self.columns)
    table.add("#", "node", "operator", "output", "params", "MACs")
    for node in nodes {
      table.add(
        "\(node.index)", node.name, Self.brief(node.op, node.attributes), node.outputs.first.map { Self.brief($0) } ?? "",
        node.parameters == 0 ? "" : Format.scaled(node.parameters),
        node.macs == 0 ? "" : Format.scaled(node.macs))
    }
    text += table.text
    if nodes.count < nodeCount {
      text += "\n  \(nodes.count) of \(Format.count(nodeCount, "node")) \(nodes.count == 1 ? "matches" : "match")\n"
    }
    if nodes.count == 1, let node = nodes.first { text += "\n" + operands(of: node) }
    return text + (weights.map(WeightEntry.table) ?? "")
  }

  /// All operands of a single node, in full.
  private func operands(of node: NodeEntry) -> String {
    var table = Table([.left, .left], indent: "  ")
    table.add("operator", node.op + (node.attributes.isEmpty ? "" : " " + node.attributes))
    for (index, input) in node.inputs.enumerated() { table.add("input \(index)", input ?? "(absent)") }
    for (index, output) in node.outputs.enumerated() { table.add("output \(index)", output.name + "  " + Self.describe(output)) }
    table.add("equals", node.equals.joined(separator: ", "))
    return table.text
  }

  static func describe(_ value: ValueEntry) -> String {
    value.type + " [" + value.shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
  }

  /// An operator on one line of a table; what is the usual value is left out.
  static func brief(_ op: String, _ attributes: String) -> String {
    var text = " " + attributes + " "
    for (long, short) in [
      (" then ", " + "), ("clip(0.0, 6.0)", "relu6"), (" alpha 1.0 ", " "), (" beta 1.0 ", " "), (" epsilon 1e-05 ", " "), (".0 ", " "),
    ] { text = text.replacing(long, with: short) }
    while text.last == " " { text.removeLast() }
    return op + text
  }

  /// `f32 [1, 64, 55, 55]`.
  static func brief(_ value: ValueEntry) -> String { brief(type: describe(value)) }

  static func brief(type text: String) -> String {
    for (long, short) in [("float", "f"), ("uint", "u"), ("int", "i")] where text.hasPrefix(long) {
      return short + text.dropFirst(long.count)
    }
    return text
  }

  /// Graphviz: one box per node, one arrow per tensor.
  var dot: String {
    var dot = DotGraph(named: graph.isEmpty ? file : graph), producers: [String: String] = [:]
    for (index, input) in inputs.enumerated() {
      producers[input.name] = "in\(index)"
      dot.addPort("in\(index)", input.name, Self.describe(input))
    }
    for node in nodes {
      for output in node.outputs { producers[output.name] = "n\(node.index)" }
      dot.addNode("n\(node.index)", node.op, node.attributes, node.name)
    }
    for node in nodes { for case let input? in node.inputs { dot.addEdge(producers[input], "n\(node.index)") } }
    for (index, output) in outputs.enumerated() {
      dot.addPort("out\(index)", output.name, Self.describe(output))
      dot.addEdge(producers[output.name], "out\(index)")
    }
    return dot.text
  }
}
