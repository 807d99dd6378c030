import O2MBundle
import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// In what two models differ: nodes, attributes, weights, inputs and outputs.
///
/// Names and order are told, and make no difference; those of inputs and outputs do.
public struct ModelDifference: Sendable {
  /// What a node is on the other side.
  public struct Change: Sendable {
    public enum Kind: String, Sendable, CaseIterable { case renamed, moved, `operator`, attributes, connected, type, weights }

    /// Places among the nodes of both graphs.
    public var first: Int
    public var second: Int
    public var kinds: [Kind]
  }

  /// A node that only one side has, and the matched node of the other that it went into, where its readers lead to one.
  public struct Unmatched: Sendable {
    public var node: Int
    public var into: Int?
  }

  /// A weight of a matched node; nil where one side lacks it.
  public struct Weight: Sendable {
    public var node: Int
    public var first: ValueID?
    public var second: ValueID?
    /// Frobenius norms; that of the difference is nil where the shapes differ.
    public var norms: (first: Double, second: Double, difference: Double?)
    public var largest: Double?
    /// Of the second against the first.
    public var sqnr: Double?
  }

  /// An input or an output whose name or type differs; nil where one side has fewer.
  public struct Port: Sendable {
    public var isInput: Bool
    public var first: ValueID?
    public var second: ValueID?
  }

  public let first: Graph
  public let second: Graph
  public let matching: NodeMatching
  public private(set) var changes: [Change] = []
  public private(set) var onlyFirst: [Unmatched] = []
  public private(set) var onlySecond: [Unmatched] = []
  public private(set) var weights: [Weight] = []
  public private(set) var ports: [Port] = []

  /// Whether both compute the same of inputs and outputs of the same names.
  public var isSame: Bool {
    onlyFirst.isEmpty && onlySecond.isEmpty && ports.isEmpty
      && changes.allSatisfy { $0.kinds.allSatisfy { $0 == .renamed || $0 == .moved } }
  }

  public init(_ first: Graph, _ second: Graph) {
    (self.first, self.second) = (first, second)
    let hashes = (Self.hashes(first), Self.hashes(second))
    let keys = (MatchingKeys(first, hashes.0), MatchingKeys(second, hashes.1))
    matching = NodeMatching(keys.0, keys.1)
    comparePorts()
    let moved = movedNodes
    var seen: Set<[Int]> = []
    for (index, other) in matching.forward.enumerated() {
      guard let other else { continue }
      let a = keys.0.nodes[index], b = keys.1.nodes[other]
      var kinds: [Change.Kind] = []
      if keys.0.names[index].isEmpty || Set(keys.0.names[index]).isDisjoint(with: keys.1.names[other]) { kinds.append(.renamed) }
      if moved.contains(index) { kinds.append(.moved) }
      if a.op.code != b.op.code { kinds.append(.operator) } else if !Self.isSame(a.op, b.op) { kinds.append(.attributes) }
      if isConnectedOtherwise(keys, index, other) { kinds.append(.connected) }
      if zip(a.outputs, b.outputs).contains(where: { first[$0].type != second[$1].type }) || a.outputs.count != b.outputs.count {
        kinds.append(.type)
      }
      let found = changedWeights(index, a, b, hashes)
      if !found.isEmpty { kinds.append(.weights) }
      for weight in found where seen.insert([weight.first?.index ?? -1, weight.second?.index ?? -1]).inserted { weights.append(weight) }
      if !kinds.isEmpty { changes.append(Change(first: index, second: other, kinds: kinds)) }
    }
    onlyFirst = Self.unmatched(matching.forward, keys.0)
    onlySecond = Self.unmatched(matching.backward, keys.1)
  }

  private static func hashes(_ graph: Graph) -> [UInt64?] {
    (0..<graph.valueCount).map { index in
      guard let tensor = graph[ValueID(index)].fact.value, tensor.element != .string else { return nil }
      var record = RecordWriter()
      record.put(tensor.element.rawValue)
      for extent in tensor.shape.dims { record.put(extent) }
      record.put(tensor.withBytes { xxh64($0) })
      return record.hash
    }
  }

  private static func isSame(_ a: Op, _ b: Op) -> Bool {
    var left = RecordWriter(), right = RecordWriter()
    a.encode(to: &left)
    b.encode(to: &right)
    return left.bytes == right.bytes
  }

  private mutating func comparePorts() {
    for (isInput, own, other) in [(true, first.inputs, second.inputs), (false, first.outputs, second.outputs)] {
      for index in 0..<max(own.count, other.count) {
        let a = index < own.count ? own[index] : nil, b = index < other.count ? other[index] : nil
        if let a, let b, first[a].name == second[b].name, first[a].type == second[b].type { continue }
        ports.append(Port(isInput: isInput, first: a, second: b))
      }
    }
  }

  /// The nodes outside of the longest run of matched nodes that both graphs have in one order.
  private var movedNodes: Set<Int> {
    let pairs = matching.forward.enumerated().compactMap { index, other in other.map { (index, $0) } }
    // Patience sorting: the smallest last place of a run of each length.
    var ends: [Int] = [], before = [Int](repeating: -1, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      var low = 0, high = ends.count
      while low < high {
        let middle = (low + high) / 2
        if pairs[ends[middle]].1 < pair.1 { low = middle + 1 } else { high = middle }
      }
      before[index] = low > 0 ? ends[low - 1] : -1
      if low == ends.count { ends.append(index) } else { ends[low] = index }
    }
    var stays: Set<Int> = []
    var next = ends.last ?? -1
    while next >= 0 {
      stays.insert(pairs[next].0)
      next = before[next]
    }
    return Set(pairs.map(\.0)).subtracting(stays)
  }

  /// Whether a node reads what the other does not; a source that only one side has says nothing, it is told by itself.
  private func isConnectedOtherwise(_ keys: (MatchingKeys, MatchingKeys), _ index: Int, _ other: Int) -> Bool {
    let sources = keys.0.sources[index], others = keys.1.sources[other]
    return zip(sources, others).contains { source, other in
      guard source >= 0, other >= 0 else { return false }
      return matching.forward[source].map { $0 != other } ?? false
    }
  }

  private func changedWeights(_ node: Int, _ a: Node, _ b: Node, _ hashes: ([UInt64?], [UInt64?])) -> [Weight] {
    var found: [Weight] = []
    for place in 0..<max(a.inputs.count, b.inputs.count) {
      let own = place < a.inputs.count ? a.inputs[place] : nil, other = place < b.inputs.count ? b.inputs[place] : nil
      let left = own.flatMap { hashes.0[$0.index] }, right = other.flatMap { hashes.1[$0.index] }
      guard left != right else { continue }
      found.append(weight(node, left == nil ? nil : own, right == nil ? nil : other))
    }
    return found
  }

  private func weight(_ node: Int, _ a: ValueID?, _ b: ValueID?) -> Weight {
    let own = a.flatMap { first[$0].fact.value }, other = b.flatMap { second[$0].fact.value }
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let left = own?.doubles() ?? [], right = other?.doubles() ?? []
    var weight = Weight(node: node, first: a, second: b, norms: (norm(left), norm(right), nil))
    guard let own, let other, own.shape == other.shape else { return weight }
    let difference = zip(left, right).map { $1 - $0 }
    weight.norms.difference = norm(difference)
    weight.largest = difference.reduce(0) { max($0, $1.magnitude) }
    weight.sqnr = Decibels.shown(SignalToNoise(other, reference: own).sqnr)
    return weight
  }

  private static func unmatched(_ places: [Int?], _ keys: MatchingKeys) -> [Unmatched] {
    var into = places
    for index in places.indices.reversed() where into[index] == nil {
      into[index] = keys.readers[index].lazy.compactMap { into[$0.node] }.first
    }
    return places.indices.compactMap { places[$0] == nil ? Unmatched(node: $0, into: into[$0]) : nil }
  }
}

extension RecordWriter {
  var hash: UInt64 { bytes.withUnsafeBytes { xxh64($0) } }
}
