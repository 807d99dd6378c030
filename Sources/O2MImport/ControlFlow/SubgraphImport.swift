import O2MGraph
import O2MOps

/// Subgraphs are written out where they stand.
extension Importer {
  /// The attribute that is a graph.
  func subgraph(_ node: SourceNode, _ name: AttributeName) throws(OpFault) -> Subgraph {
    guard let value = node.attribute(name.rawValue) else { throw .attribute(name, .missing) }
    guard case .graph(let subgraph) = value else { throw .attribute(name, .wrongType) }
    return subgraph
  }

  /// Writes out `subgraph` once: its inputs are `arguments`, the names of its nodes get `prefix`. The outputs, in order.
  mutating func inline(
    _ subgraph: Subgraph, _ arguments: [OnnxValue<ValueID>], prefix: String, closed: Bool = false
  ) throws(OpFault) -> [OnnxValue<ValueID>] {
    guard arguments.count == subgraph.inputs.count else {
      throw .inputCount(expected: subgraph.inputs.count...subgraph.inputs.count, found: arguments.count)
    }
    // A subgraph in a subgraph in a subgraph, or a function that calls itself.
    try graph.limits.check(.nesting, scopes.depth + 1)
    // A body may be empty and run as often as its loop says.
    try spend(1)
    let outer = (path, current)
    path = prefix
    current = subgraph
    scopes.open(closed: closed)
    defer {
      scopes.close()
      (path, current) = outer
    }
    for (input, argument) in zip(subgraph.inputs, arguments) { scopes.bind(input.name, argument) }
    for (name, value) in subgraph.initializers { scopes.bind(name, bind(constant: value, named: name)) }
    let sources = subgraph.inputs.map(\.name) + subgraph.initializers.map(\.name) + subgraph.captures
    let ordering = Ordering(subgraph.nodes, sources: sources, outputs: subgraph.outputs.map(\.name))
    guard ordering.violations.isEmpty else {
      for violation in ordering.violations where !refusal.graph.contains(violation) { refusal.graph.append(violation) }
      return [OnnxValue<ValueID>](repeating: .unknown, count: subgraph.outputs.count)
    }
    for index in ordering.order { add(subgraph.nodes[index], isLive: subgraph.isLive[index]) }
    var results: [OnnxValue<ValueID>] = []
    for output in subgraph.outputs { results.append(scopes[output.name] ?? .unknown) }
    return results
  }
}
