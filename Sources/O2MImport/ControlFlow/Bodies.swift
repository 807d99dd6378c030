import O2MGraph
import O2MOps
import O2MTensor

// Branches and loops that a run decides: their graphs become bodies of one operator.

extension Importer {
  /// A branch of which a run takes one side; nil where both are so small that a choice between what they give costs less, and where they
  /// give different types.
  ///
  /// - Errors: `.dataDependent` where what is in it has extents that depend on data.
  mutating func branch(_ node: SourceNode, _ condition: ValueID) throws(OpFault) -> [OnnxValue<ValueID>]? {
    let first = graph.valueCount
    var trial = self
    let chosen = try trial.inline(subgraph(node, .then_branch), [], prefix: "\(path)\(node.name)/then/").map(\.tensor)
    let other = try trial.inline(subgraph(node, .else_branch), [], prefix: "\(path)\(node.name)/else/").map(\.tensor)
    let sides = [chosen.compactMap { $0 }, other.compactMap { $0 }]
    guard trial.refusal.nodes.count == refusal.nodes.count, chosen.count == other.count,
      sides.allSatisfy({ $0.count == chosen.count })
    else { return nil }
    let captures = trial.graph.captures(of: sides[0] + sides[1], before: first, given: [])
    let bodies = try sides.map { outputs throws(OpFault) in try Body(trial.graph, inputs: captures, outputs: outputs) }
    let types = sides.map { side in side.map { trial.graph[$0].type } }
    guard bodies.reduce(0, { $0 + $1.graph.nodes.count }) > Self.mostChosen, types[0] == types[1] else { return nil }
    let op = Branch(then: bodies[0], otherwise: bodies[1])
    adopt(trial, before: first)
    return try add(.branch(op), [condition] + captures, outputs: chosen.count, node).map { .tensor($0) }
  }

  /// A constant count above it stands for none, as exporters write it for a loop that its condition ends.
  private static var mostTurns: Int { 1 << 20 }

  /// So many nodes cost less than a step that decides between them.
  private static var mostChosen: Int { 4 }

  /// A loop whose turns a run counts.
  ///
  /// - Errors: `.extent`, `.rank` and `.elementTypes` where a carried value is another after a turn; `.dataDependent` where what a turn
  ///   gives has extents that depend on data; `.unsupported(.sequence)`.
  mutating func boundedLoop(_ node: SourceNode) throws(OpFault) -> [OnnxValue<ValueID>] {
    let subgraph = try subgraph(node, .body), first = graph.valueCount
    var operands: [ValueID?] = []
    for index in node.inputs.indices {
      guard index > 1 || has(node, index) else {
        operands.append(nil)
        continue
      }
      guard let id = try operand(node, index).tensor else { throw .unsupported(.sequence) }
      operands.append(id)
    }
    while operands.count < 2 { operands.append(nil) }
    let carried = operands.dropFirst(2).compactMap { $0 }, known = operands[0].flatMap { graph[$0].fact.value?.ints().first }
    guard subgraph.outputs.count > carried.count else {
      throw .outputCount(expected: carried.count + 1...Int.max, found: subgraph.outputs.count)
    }
    var trial = self
    let prefix = "\(path)\(node.name)[]/"
    var arguments = [
      trial.graph.addInput(trial.fresh(prefix + "number"), TensorType(.int64, [] as Shape)),
      trial.graph.addInput(trial.fresh(prefix + "condition"), TensorType(.bool, [] as Shape)),
    ]
    for id in carried { arguments.append(trial.graph.addInput(trial.fresh(prefix + "carried"), graph[id].type)) }
    let results = try trial.inline(subgraph, arguments.map { .tensor($0) }, prefix: prefix)
    let outputs = results.compactMap(\.tensor)
    guard trial.refusal.nodes.count == refusal.nodes.count, !results.contains(where: \.isUnknown) else {
      adopt(trial, before: first)
      return [OnnxValue<ValueID>](repeating: .unknown, count: max(node.outputs.count, results.count - 1))
    }
    guard outputs.count == results.count else { throw .unsupported(.sequence) }
    let captures = trial.graph.captures(of: outputs, before: first, given: Set(arguments))
    let body = try Body(trial.graph, inputs: arguments + captures, outputs: outputs)
    let limit = known.flatMap { $0 <= Self.mostTurns ? max(0, $0) : nil } ?? min(graph.limits[.iterations], Int(Int32.max))
    let op = BoundedLoop(carried: carried.count, limit: limit, body: body)
    adopt(trial, before: first)
    var values = try add(.boundedLoop(op), Array(operands[..<2]) + carried + captures, outputs: outputs.count, node)
    let turns = values.removeLast()
    // A loop that cannot end early has as many rows as turns.
    let endsEarly = operands[1] != nil && trial.graph[outputs[0]].fact.value?.ints().first != 1
    if known == nil || endsEarly {
      for item in values.indices.dropFirst(carried.count) {
        values[item] = try emit(.shorten(Shorten()), [values[item], turns], after: node)
      }
    }
    return values.map { .tensor($0) }
  }

  /// Takes over what a trial noted, but for its values.
  private mutating func adopt(_ trial: Importer, before first: Int) {
    let own = (graph, scopes, path, current)
    self = trial
    (graph, scopes, path, current) = own
    decisions.removeAll { $0.index >= first }
  }

  /// A node with bodies.
  private mutating func add(_ op: Op, _ inputs: [ValueID?], outputs count: Int, _ node: SourceNode) throws(OpFault) -> [ValueID] {
    let names = (0..<count).map { index in
      let own = index < node.outputs.count ? node.outputs[index] : ""
      return own.isEmpty || scopes.depth > 0 ? fresh("\(path)\(node.name):\(index)") : fresh("\(own)'")
    }
    do throws(GraphError) { return try graph.addNode(op, inputs, name: path + node.name, outputs: names) } catch {
      guard case .operands(_, let fault) = error else { preconditionFailure("the names are fresh: \(error)") }
      throw fault
    }
  }
}
