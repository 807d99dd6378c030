import O2MOps
import O2MTensor

/// The same graph at several input shapes, to be rewritten in step: what holds for the first one only is no rule of the model.
///
/// Extents and what follows from them differ; operators, weights, names and the connections between them are the same, and stay so. Values
/// that are made have the same ids in all graphs.
public struct SizedGraphs: Sendable {
  /// The graph at the typical shapes, and at others.
  public var typical: Graph
  public var others: [Graph]
  /// For each of `others` the graph of the same input shapes in which lengths that depend on data are as long as they can be: 0 is the
  /// typical graph, and n the one before n in `others`, which is itself where they are that.
  public let longest: [Int]
  /// The constants that differ, because they were computed from extents, and the value of the imported graph that each of them is.
  public private(set) var derived: [ValueID: ValueID] = [:]
  /// For what rewrites made the value whose place it took first.
  private var replaced: [ValueID: ValueID] = [:]
  /// How many values the imported graph has.
  public let importedCount: Int
  /// What is known in these graphs, but follows from lengths that depend on data: it stays computed, while what follows from the extents of
  /// inputs alone may become constants that differ.
  private var counted: Set<ValueID> = []

  /// - Parameter longest: see there; without it no length depends on data.
  /// - Returns: nil where the graphs are not built alike, or differ in a constant.
  public init?(_ typical: Graph, _ others: [Graph], longest: [Int]? = nil) {
    guard others.allSatisfy({ typical.isBuiltEqually($0) }) else { return nil }
    self.typical = typical
    self.others = others
    self.longest = longest ?? others.indices.map { $0 + 1 }
    importedCount = typical.valueCount
    // One copy of each weight.
    for index in 0..<importedCount {
      let id = ValueID(index)
      if let constant = typical[id].constant { for other in others.indices { self.others[other][id].constant = constant } }
    }
    forgetPartlyKnown(from: 0)
    findCounted()
  }

  /// A graph whose shapes are fixed.
  init(only graph: Graph) {
    typical = graph
    others = []
    longest = []
    importedCount = graph.valueCount
  }

  /// What is known at some shapes only is left to be computed.
  private mutating func forgetPartlyKnown(from first: Int) {
    guard !others.isEmpty else { return }
    for index in first..<typical.valueCount {
      let id = ValueID(index)
      guard typical[id].known != nil || others.contains(where: { $0[id].known != nil }) else { continue }
      // What a rewrite made has no value of the imported graph to follow from.
      let isNew = first > 0, isSame = others.allSatisfy { Self.isSame($0[id].known, typical[id].known) }
      guard isSame || !isNew && typical[id].known != nil && others.allSatisfy({ $0[id].known != nil }) else {
        typical[id].known = nil
        for other in others.indices { others[other][id].known = nil }
        continue
      }
    }
  }

  /// Finds what follows from lengths that depend on data: what differs with them at the same input shapes, and what is computed from that
  /// or from values whose extents do.
  private mutating func findCounted() {
    let all = [typical] + others, trials = others.indices.filter { longest[$0] != $0 + 1 }
    guard !trials.isEmpty else { return }
    func differs(_ isSame: (Graph, Graph) -> Bool) -> Bool { trials.contains { !isSame(others[$0], all[longest[$0]]) } }
    for node in typical.nodes {
      let open = node.outputs.filter { typical[$0].known != nil && !isFixed($0) }
      guard !open.isEmpty else { continue }
      let follows = node.inputs.contains { input in
        input.map { input in counted.contains(input) || differs { $0[input].type == $1[input].type } } ?? false
      }
      for output in open where follows || differs({ Self.isSame($0[output].known, $1[output].known) }) { counted.insert(output) }
    }
  }

  /// The value of the imported graph that a value is, or in whose place it is; nil where a rewrite made it beside them.
  public func imported(_ id: ValueID) -> ValueID? { id.index < importedCount ? id : replaced[id] }

  /// Whether a value is the same constant, or known to be the same, at all shapes.
  public func isFixed(_ id: ValueID) -> Bool {
    guard let value = typical[id].fact.value else { return false }
    return others.allSatisfy { Self.isSame($0[id].fact.value, value) }
  }

  /// Whether a value has the same type at all shapes.
  public func hasFixedType(_ id: ValueID) -> Bool { others.allSatisfy { $0[id].type == typical[id].type } }

  /// Whether all inputs of a node are constants that are the same at all shapes.
  func sharesConstants(_ node: Node) -> Bool {
    !node.inputs.isEmpty
      && node.inputs.allSatisfy { input in
        guard let input else { return true }
        guard let own = typical[input].constant else { return false }
        return others.allSatisfy { $0[input].constant?.storage === own.storage }
      }
  }

  static func isSame(_ a: Tensor?, _ b: Tensor?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    guard a.type == b.type else { return false }
    return a.storage === b.storage || a.withBytes { a in b.withBytes { b in a.elementsEqual(b) } }
  }

  /// The typical graph with nothing known that follows from lengths that depend on data: that is computed in the run.
  public var computed: Graph {
    var graph = typical
    for id in counted { graph.values[id.index].known = nil }
    return graph
  }

  /// The patch for each graph where all of them ask for it, the typical one first; nil where it is none that holds at all shapes.
  func agreement(_ patch: Patch, _ verdicts: [Verdict]) -> [Patch]? {
    var patches = [patch]
    for verdict in verdicts {
      guard case .apply(let other) = verdict, patch.isBuiltEqually(other) else { return nil }
      patches.append(other)
    }
    // A constant that differs is a value of the imported graph that is known before the model runs, or the target of a Reshape that says
    // the same without numbers. What is larger than that, such as rows of a table of positions, is left to the run: a resize takes no time
    // for it.
    let unexplained = Self.differing(patches).filter { id in
      !patch.replacements.contains {
        $0.new == id && $0.old.index < importedCount && typical[$0.old].known != nil && !counted.contains($0.old)
      }
    }
    return unexplained.isEmpty ? patches : withOpenTargets(patches, unexplained)
  }

  /// The new constants that are not the same in all patches.
  private static func differing(_ patches: [Patch]) -> [ValueID] {
    patches[0].constants.filter { id in patches.contains { !isSame($0.constant(id), patches[0].constant(id)) } }
  }

  /// The patches with targets of Reshapes that hold at all shapes: 0 for an extent that stays, -1 for one that takes what is left.
  private func withOpenTargets(_ patches: [Patch], _ targets: [ValueID]) -> [Patch]? {
    var patches = patches, graphs = [typical] + others
    for index in graphs.indices where (try? graphs[index].apply(patches[index])) == nil { return nil }
    for id in targets {
      let readers = patches[0].readers(of: id)
      guard readers.count == 1, readers[0].input == 1, case .reshape(let reshape) = readers[0].node.op, !reshape.allowsZero,
        let source = readers[0].node.inputs[0]
      else { return nil }
      let wanted = patches.map { $0.constant(id)?.ints() ?? [] }, sources = graphs.map { $0.shape(source)?.dims ?? [] }
      guard wanted.allSatisfy({ $0.count == wanted[0].count && !$0.contains { $0 < 1 } }) else { return nil }
      var target: [Int] = []
      for axis in wanted[0].indices {
        if wanted.allSatisfy({ $0[axis] == wanted[0][axis] }) {
          target.append(wanted[0][axis])
        } else if zip(wanted, sources).allSatisfy({ axis < $1.count && $0[axis] == $1[axis] }) {
          target.append(0)
        } else if !target.contains(-1) {
          target.append(-1)
        } else {
          return nil
        }
      }
      for index in patches.indices { patches[index].setConstant(id, .indices(target)) }
    }
    return patches
  }

  /// Applies what was agreed on.
  mutating func apply(_ patches: [Patch]) throws(PatchError) {
    let first = typical.valueCount, differing = Self.differing(patches)
    for id in differing { derived[id] = patches[0].replacements.first { $0.new == id }?.old }
    for (old, new) in patches[0].replacements where new.index >= importedCount && replaced[new] == nil { replaced[new] = imported(old) }
    try typical.apply(patches[0])
    for index in others.indices { try others[index].apply(patches[index + 1]) }
    for id in patches[0].constants where derived[id] == nil {
      for index in others.indices { others[index][id].constant = typical[id].constant }
    }
    forgetPartlyKnown(from: first)
  }
}

extension Patch {
  /// The new constants and where each is added.
  private var places: [(id: ValueID, place: Int)] {
    var next = firstValue, places: [(ValueID, Int)] = []
    for (place, addition) in additions.enumerated() {
      switch addition {
      case .constant:
        places.append((ValueID(next), place))
        next += 1
      case .node(let node): next = node.outputs.upperBound
      }
    }
    return places
  }

  var constants: [ValueID] { places.map(\.id) }

  func constant(_ id: ValueID) -> Tensor? {
    guard let place = places.first(where: { $0.id == id })?.place, case .constant(_, let tensor) = additions[place] else { return nil }
    return tensor
  }

  fileprivate mutating func setConstant(_ id: ValueID, _ tensor: Tensor) {
    guard let place = places.first(where: { $0.id == id })?.place, case .constant(let name, _) = additions[place] else { return }
    additions[place] = .constant(name: name, tensor)
  }

  /// The new nodes that read a value, and as which input.
  fileprivate func readers(of id: ValueID) -> [(node: NewNode, input: Int)] {
    additions.flatMap { addition -> [(node: NewNode, input: Int)] in
      guard case .node(let node) = addition else { return [] }
      return node.inputs.indices.filter { node.inputs[$0] == id }.map { (node, $0) }
    }
  }

  /// Whether both do the same, whatever their constants hold.
  func isBuiltEqually(_ other: Patch) -> Bool {
    guard firstValue == other.firstValue, nextValue == other.nextValue, additions.count == other.additions.count,
      removals == other.removals, replacements.count == other.replacements.count,
      zip(replacements, other.replacements).allSatisfy({ $0.old == $1.old && $0.new == $1.new })
    else { return false }
    return zip(additions, other.additions).allSatisfy { own, other in
      switch (own, other) {
      case (.constant(_, let a), .constant(_, let b)): a.element == b.element
      case (.node(let a), .node(let b)): a.inputs == b.inputs && a.outputs == b.outputs && a.op.isSame(as: b.op)
      default: false
      }
    }
  }
}

extension Op {
  /// Whether both are one operator with the same attributes.
  func isSame(as other: Op) -> Bool {
    guard code == other.code, zip(bodies, other.bodies).allSatisfy({ $0.hasConstants(of: $1) }) else { return false }
    var own = RecordWriter(), its = RecordWriter()
    encode(to: &own)
    other.encode(to: &its)
    return own.bytes == its.bytes
  }
}

extension Graph {
  /// Whether both have the same nodes with the same attributes, and the same constants.
  public func isBuiltEqually(_ other: Graph) -> Bool { firstDifference(from: other) == nil }

  /// Where the graphs are not built alike: a value that one of them has from another operator, or as another constant.
  public func firstDifference(from other: Graph) -> ValueID? {
    let nodes = nodes, others = other.nodes
    for (own, its) in zip(nodes, others) {
      guard own.inputs == its.inputs, own.outputs == its.outputs, own.op.isSame(as: its.op) else { return own.output }
    }
    guard nodes.count == others.count, valueCount == other.valueCount, inputs == other.inputs, outputs == other.outputs else {
      return nodes.count > others.count ? nodes[others.count].output : outputs.first ?? inputs.first
    }
    for index in 0..<valueCount {
      let id = ValueID(index)
      guard SizedGraphs.isSame(self[id].constant, other[id].constant) else { return id }
    }
    return nil
  }
}
