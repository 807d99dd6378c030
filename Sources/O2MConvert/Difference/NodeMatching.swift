import O2MGraph
import O2MOps

/// Which nodes of two graphs are one, whatever they are called and wherever they stand.
///
/// First come the nodes that compute the same of the same weights, then those with the same weights, then those that give a tensor of one
/// name; from each pair the way goes on to what both read and what reads both. Last come nodes alike in operator and types where both
/// graphs have equally many. Every step goes by the order of the nodes, so that equal graphs are matched alike everywhere.
public struct NodeMatching: Sendable {
  /// For each node of the first graph its place among those of the second, and the other way round; nil where it has none.
  public private(set) var forward: [Int?]
  public private(set) var backward: [Int?]
  private let first: MatchingKeys
  private let second: MatchingKeys
  /// Pairs whose neighbours were not looked at yet.
  private var fresh: [(Int, Int)] = []

  init(_ first: MatchingKeys, _ second: MatchingKeys) {
    (self.first, self.second) = (first, second)
    forward = [Int?](repeating: nil, count: first.nodes.count)
    backward = [Int?](repeating: nil, count: second.nodes.count)
    pair(first.whole, second.whole, onlyEqualCounts: false)
    pair(first.weighted, second.weighted, onlyEqualCounts: true)
    pairByName { [first, second] in first.nodes[$0].op.code == second.nodes[$1].op.code }
    spread()
    pair(first.kinds, second.kinds, onlyEqualCounts: true)
    spread()
    pairByName { _, _ in true }
    spread()
  }

  private mutating func join(_ a: Int, _ b: Int) {
    guard forward[a] == nil, backward[b] == nil else { return }
    (forward[a], backward[b]) = (b, a)
    fresh.append((a, b))
  }

  /// Pairs the nodes of equal keys in their order; nil is no key.
  private mutating func pair(_ a: [UInt64?], _ b: [UInt64?], onlyEqualCounts: Bool) {
    var left: [UInt64: [Int]] = [:], right: [UInt64: [Int]] = [:]
    for (index, key) in a.enumerated() where forward[index] == nil { if let key { left[key, default: []].append(index) } }
    for (index, key) in b.enumerated() where backward[index] == nil { if let key { right[key, default: []].append(index) } }
    for (index, key) in a.enumerated() {
      guard let key, let own = left[key], own[0] == index, let others = right[key] else { continue }
      guard !onlyEqualCounts || own.count == others.count else { continue }
      for (x, y) in zip(own, others) { join(x, y) }
    }
  }

  private mutating func pairByName(where suits: (Int, Int) -> Bool) {
    var known: [String: Int] = [:]
    for (index, names) in second.names.enumerated() where backward[index] == nil {
      for name in names { known[name] = known[name] ?? index }
    }
    for (index, names) in first.names.enumerated() where forward[index] == nil {
      if let other = names.lazy.compactMap({ known[$0] }).first(where: { suits(index, $0) }) { join(index, other) }
    }
  }

  /// From each pair on to what both read in the same place, and to what alone reads both in the same way.
  private mutating func spread() {
    while let (a, b) = fresh.popLast() {
      for (x, y) in zip(first.sources[a], second.sources[b]) where x >= 0 && y >= 0 {
        if first.nodes[x].op.code == second.nodes[y].op.code { join(x, y) }
      }
      let left = first.readers[a].filter { forward[$0.node] == nil }, right = second.readers[b].filter { backward[$0.node] == nil }
      for reader in left {
        func alike(_ other: MatchingKeys.Reader, in keys: MatchingKeys) -> Bool {
          keys.nodes[other.node].op.code == first.nodes[reader.node].op.code && other.input == reader.input
        }
        let own = left.filter { alike($0, in: first) }, others = right.filter { alike($0, in: second) }
        if own.count == 1, others.count == 1 { join(reader.node, others[0].node) }
      }
    }
  }
}

/// What nodes are matched by.
struct MatchingKeys: Sendable {
  struct Reader: Sendable {
    var node: Int
    var input: Int
  }

  let nodes: [Node]
  /// The tensors of the original model that each node gives.
  let names: [[String]]
  /// The node that computes each input, -1 for what no node computes.
  let sources: [[Int]]
  let readers: [[Reader]]
  /// Operator, attributes, weights, and the same of all that is read.
  private(set) var whole: [UInt64?] = []
  /// Operator, attributes and weights, where there are any.
  private(set) var weighted: [UInt64?] = []
  /// Operator, attributes and types.
  private(set) var kinds: [UInt64?] = []

  /// - Parameter hashes: of every constant, by value.
  init(_ graph: Graph, _ hashes: [UInt64?]) {
    nodes = graph.nodes
    var producer = [Int](repeating: -1, count: graph.valueCount), readers = [[Reader]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() { for output in node.outputs { producer[output.index] = index } }
    sources = nodes.map { $0.inputs.map { $0.map { producer[$0.index] } ?? -1 } }
    for (index, sources) in sources.enumerated() {
      for (input, source) in sources.enumerated() where source >= 0 { readers[source].append(Reader(node: index, input: input)) }
    }
    self.readers = readers
    names = nodes.map { $0.outputs.flatMap { graph[$0].origins } }
    for node in nodes {
      var own = RecordWriter(), hasWeights = false
      own.put(UInt32(node.op.code.rawValue))
      node.op.encode(to: &own)
      var all = own, kind = own
      for (place, input) in node.inputs.enumerated() {
        let hash = input.flatMap { hashes[$0.index] }
        hasWeights = hasWeights || hash != nil
        own.put(hash ?? 0)
        let source = sources[whole.count][place]
        all.put(hash ?? (source >= 0 ? whole[source] ?? 0 : input.map { Self.hash(of: $0, graph) } ?? 1))
        // Which output of its source it is.
        all.put(UInt32(source >= 0 ? nodes[source].outputs.firstIndex { $0 == input } ?? 0 : 0))
        kind.put(input.map { Self.hash(ofTypeOf: $0, graph) } ?? 1)
      }
      for output in node.outputs { kind.put(Self.hash(ofTypeOf: output, graph)) }
      whole.append(all.hash)
      weighted.append(hasWeights ? own.hash : nil)
      kinds.append(kind.hash)
    }
  }

  /// Of an input of the graph.
  private static func hash(of id: ValueID, _ graph: Graph) -> UInt64 {
    var record = RecordWriter()
    record.put(UInt64(graph.inputs.firstIndex(of: id) ?? graph.inputs.count))
    record.put(hash(ofTypeOf: id, graph))
    return record.hash
  }

  private static func hash(ofTypeOf id: ValueID, _ graph: Graph) -> UInt64 {
    var record = RecordWriter()
    record.put(graph[id].type.element.rawValue)
    for dim in graph[id].type.dims { record.put(dim.value ?? -1) }
    return record.hash
  }
}
