/// The order in which nodes can run, and what stands against one.
struct Ordering {
  /// Indices into the nodes; the file's own order wherever that is possible.
  private(set) var order: [Int] = []
  private(set) var violations: [GraphViolation] = []

  /// - Parameter sources: the names that exist before any node runs: inputs and constants.
  init(_ nodes: [SourceNode], sources: [String], outputs: [String]) {
    var maker: [String: Int] = [:]  // the node that makes a value; -1 for a source
    for name in sources where maker.updateValue(-1, forKey: name) != nil { violations.append(.duplicateValue(name, node: nil)) }
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        if maker[output] != nil { violations.append(.duplicateValue(output, node: node.name)) } else { maker[output] = index }
      }
    }
    for node in nodes {
      for input in node.inputs + node.captures where !input.isEmpty && maker[input] == nil {
        violations.append(.danglingInput(node: node.name, value: input))
      }
    }
    for output in outputs where maker[output] == nil { violations.append(.danglingOutput(output)) }
    guard violations.isEmpty else { return }
    sort(nodes, maker)
  }

  /// Depth first with a stack of its own: a chain of a million nodes must not be a million calls.
  private mutating func sort(_ nodes: [SourceNode], _ maker: [String: Int]) {
    enum Mark { case new, open, done }
    var marks = [Mark](repeating: .new, count: nodes.count)
    var path: [(node: Int, next: Int)] = []
    let reads = nodes.map { $0.inputs + $0.captures }
    for root in nodes.indices where marks[root] == .new {
      path.append((root, 0))
      marks[root] = .open
      while let (node, next) = path.last {
        guard next < reads[node].count else {
          path.removeLast()
          marks[node] = .done
          order.append(node)
          continue
        }
        path[path.count - 1].next += 1
        guard let source = maker[reads[node][next]], source >= 0 else { continue }
        switch marks[source] {
        case .done: break
        case .new:
          marks[source] = .open
          path.append((source, 0))
        case .open:
          let start = path.firstIndex { $0.node == source } ?? 0
          violations.append(.cycle(path[start...].map { nodes[$0.node].name }))
          return
        }
      }
    }
  }
}
