import O2MConvert
import O2MGraph
import O2MOps
import O2MParity
import O2MTensor

/// What `diff` says; the JSON keys are a contract.
struct DiffReport: Encodable {
  struct Side: Encodable {
    var file: String
    var kind: String
    var stage: String
    var bytes: Int
    var nodes: Int
    var parameters: Int
    var macs: Int
  }

  struct Port: Encodable {
    var port: String
    @OrNull var a: String?
    @OrNull var b: String?
  }

  struct NodeChange: Encodable {
    var a: String
    var b: String
    var op: String
    var changes: [String]
    /// What the node is set to on either side.
    var aText: String
    var bText: String

    enum CodingKeys: String, CodingKey { case a, b, op = "operator", changes, aText = "a_attributes", bText = "b_attributes" }
  }

  struct Lone: Encodable {
    var name: String
    var op: String
    /// The node of the other side that it went into, or came from.
    @OrNull var into: String?

    enum CodingKeys: String, CodingKey { case name, op = "operator", into }
  }

  struct Weight: Encodable {
    var node: String
    @OrNull var a: String?
    @OrNull var b: String?
    var aNorm: Double
    var bNorm: Double
    @OrNull var difference: Double?
    @OrNull var largest: Double?
    @OrNull var sqnr: Double?

    enum CodingKeys: String, CodingKey {
      case node, a, b, aNorm = "a_norm", bNorm = "b_norm", difference = "difference_norm", largest = "max_abs", sqnr = "sqnr_db"
    }
  }

  var same: Bool
  var a: Side
  var b: Side
  var matched: Int
  var renamed: Int
  var moved: Int
  var ports: [Port]
  var nodes: [NodeChange]
  var onlyA: [Lone]
  var onlyB: [Lone]
  var weights: [Weight]
  /// With `--run`: the second's numbers against the first's.
  var run: ParityReport?

  enum CodingKeys: String, CodingKey {
    case same, a, b, matched, renamed, moved, ports, nodes, onlyA = "only_a", onlyB = "only_b", weights, run
  }

  init(_ difference: ModelDifference, _ first: DiffSide, _ second: DiffSide) {
    same = difference.isSame
    (a, b) = (Side(first), Side(second))
    let names = (first.nodeNames, second.nodeNames), graphs = (first.graph, second.graph)
    let nodes = (graphs.0.nodes, graphs.1.nodes)
    matched = difference.matching.forward.count { $0 != nil }
    renamed = difference.changes.count { $0.kinds.contains(.renamed) }
    moved = difference.changes.count { $0.kinds.contains(.moved) }
    ports = difference.ports.map { port in
      Port(
        port: port.isInput ? "input" : "output", a: port.first.map { Self.text($0, first) },
        b: port.second.map { Self.text($0, second) })
    }
    self.nodes = difference.changes.map { change in
      let (own, other) = (nodes.0[change.first], nodes.1[change.second])
      return NodeChange(
        a: names.0[change.first], b: names.1[change.second],
        op: own.op.code == other.op.code ? "\(own.op.name)" : "\(own.op.name), \(other.op.name)", changes: change.kinds.map(\.rawValue),
        aText: own.op.summary, bText: other.op.summary)
    }
    onlyA = difference.onlyFirst.map { Lone(name: names.0[$0.node], op: "\(nodes.0[$0.node].op.name)", into: $0.into.map { names.1[$0] }) }
    onlyB = difference.onlySecond.map { Lone(name: names.1[$0.node], op: "\(nodes.1[$0.node].op.name)", into: $0.into.map { names.0[$0] }) }
    weights = difference.weights.map { weight in
      Weight(
        node: names.0[weight.node], a: weight.first.map { Self.text($0, first) }, b: weight.second.map { Self.text($0, second) },
        aNorm: weight.norms.first, bNorm: weight.norms.second, difference: weight.norms.difference, largest: weight.largest,
        sqnr: weight.sqnr)
    }
  }

  private static func text(_ id: ValueID, _ side: DiffSide) -> String {
    let value = side.graph[id], type = value.type, element = side.stored[id].map { "\($0.name)" } ?? "\(type.element.name)"
    return "\(value.name) \(element) [\(type.dims.map { $0.value.map(String.init) ?? "?" }.joined(separator: ", "))]"
  }
}

extension DiffReport.Side {
  fileprivate init(_ side: DiffSide) {
    let total = side.graph.totalCost
    self.init(
      file: side.path, kind: side.bundle == nil ? "model" : "bundle", stage: side.stage, bytes: side.bytes, nodes: side.graph.nodeCount,
      parameters: total.parameters, macs: total.macs)
  }
}
