import O2MOps
import O2MTensor

// Graphs inside of operators: how they are taken out of a graph, and made one again to be rewritten.

extension Body {
  /// What `outputs` are computed from: `inputs`, and constants. A value that is known is a constant, and what computes it is left out.
  ///
  /// - Errors: `.dataDependent` where extents are not known; `.unsupported(.elementType)` where no bundle holds the elements.
  public init(_ graph: Graph, inputs: [ValueID], outputs: [ValueID]) throws(OpFault) {
    let given = Set(inputs)
    let nodes = graph.needed(for: outputs, given: given)
    var values: [TypedShape] = [], constants: [Tensor] = [], index: [ValueID: Int] = [:]
    func typed(_ id: ValueID) throws(OpFault) -> TypedShape {
      let type = graph[id].type
      guard let shape = type.shape, shape.checkedCount != nil else { throw .dataDependent(input: 0) }
      guard shape.rank <= RecordReader.maximumRank else { throw .rank(input: 0, expected: 0...RecordReader.maximumRank, found: shape.rank) }
      guard type.element.isHeld else { throw .unsupported(.elementType) }
      return TypedShape(type.element, shape)
    }
    for id in inputs {
      index[id] = values.count
      values.append(try typed(id))
    }
    for case let id? in nodes.flatMap(\.inputs) + outputs.map({ Optional($0) }) where index[id] == nil {
      guard let tensor = graph[id].fact.value else { continue }
      index[id] = values.count
      values.append(try typed(id))
      constants.append(tensor)
    }
    var flat: [FlatGraph.Node] = []
    for node in nodes {
      let operands = node.inputs.map { $0.map { index[$0] ?? -1 } }, first = values.count
      guard !operands.contains(-1) else { throw .dataDependent(input: 0) }
      for id in node.outputs {
        index[id] = values.count
        values.append(try typed(id))
      }
      flat.append(FlatGraph.Node(node.op, inputs: operands, outputs: first..<values.count))
    }
    let results = outputs.compactMap { index[$0] }
    guard results.count == outputs.count else { throw .dataDependent(input: 0) }
    self.init(
      FlatGraph(values: values, inputCount: inputs.count, constantCount: constants.count, nodes: flat, outputs: results),
      constants: constants)
  }

  /// Whether both have the same constants, those of bodies inside of them as well.
  func hasConstants(of other: Body) -> Bool {
    guard constants.count == other.constants.count, graph.nodes.count == other.graph.nodes.count else { return false }
    return zip(constants, other.constants).allSatisfy { SizedGraphs.isSame($0, $1) }
      && zip(graph.nodes, other.graph.nodes).allSatisfy { own, its in
        zip(own.op.bodies, its.op.bodies).allSatisfy { $0.hasConstants(of: $1) }
      }
  }
}

extension Graph {
  /// A body as a graph of its own.
  ///
  /// - Errors: `.operands` where an operator refuses its operands.
  public init(_ body: Body, name: String, limits: ResourceLimits = ResourceLimits()) throws(GraphError) {
    self.init(name: name)
    self.limits = limits
    var ids: [ValueID] = []
    for index in 0..<body.graph.inputCount { ids.append(addInput("\(name).in\(index)", TensorType(body.graph.values[index]))) }
    for (index, tensor) in body.constants.enumerated() { ids.append(addConstant("\(name).constant\(index)", tensor)) }
    for (index, node) in body.graph.nodes.enumerated() {
      let place = "\(name).\(index)"
      ids += try addNode(
        node.op, node.inputs.map { $0.map { ids[$0] } }, name: place,
        outputs: node.outputs.map { "\(place).\($0 - node.outputs.lowerBound)" })
    }
    for output in body.graph.outputs { addOutput(ids[output]) }
  }

  /// The values from before `first` that `outputs` are computed from, in their order; those of `given` are none.
  public func captures(of outputs: [ValueID], before first: Int, given: Set<ValueID>) -> [ValueID] {
    var found: Set<ValueID> = []
    let reads = needed(for: outputs, given: given, from: first).flatMap(\.inputs) + outputs.map { Optional($0) }
    for case let id? in reads where id.index < first && !given.contains(id) && self[id].fact.value == nil { found.insert(id) }
    return found.sorted()
  }

  /// The nodes that compute `outputs`, in order, back to what is given or known, or is a value from before `first`.
  fileprivate func needed(for outputs: [ValueID], given: Set<ValueID>, from first: Int = 0) -> [Node] {
    var open = outputs, found: Set<NodeID> = []
    while let id = open.popLast() {
      guard id.index >= first, !given.contains(id), self[id].fact.value == nil, let node = producer(of: id),
        found.insert(node.id).inserted
      else { continue }
      open += node.inputs.compactMap { $0 }
    }
    return order.filter { found.contains($0) }.map { self[$0] }
  }
}

extension Driver {
  /// Rewrites what is inside of operators as graphs of their own.
  ///
  /// - Returns: how often each pass rewrote.
  func rewriteBodies(_ graphs: inout SizedGraphs) throws(PassError) -> [Int] {
    var counts = [Int](repeating: 0, count: passes.count)
    for id in Array(graphs.typical.order) {
      guard let node = graphs.typical.node(id), !node.op.bodies.isEmpty else { continue }
      var bodies = node.op.bodies, changes = false
      for index in bodies.indices {
        var inner: Graph
        do throws(GraphError) { inner = try Graph(bodies[index], name: node.name, limits: graphs.typical.limits) } catch {
          guard case .operands(let name, let fault) = error else { preconditionFailure("the names are fresh: \(error)") }
          throw Self.error(name, fault)
        }
        let reports = try Driver(passes).run(&inner)
        for (pass, report) in reports.enumerated() { counts[pass] += report.rewrites }
        guard reports.contains(where: { $0.rewrites > 0 }) else { continue }
        changes = true
        do throws(OpFault) { bodies[index] = try Body(inner, inputs: inner.inputs, outputs: inner.outputs) } catch {
          throw Self.error(node.name, error)
        }
      }
      if changes { graphs.setBodies(bodies, of: id) }
    }
    return counts
  }

  private static func error(_ node: String, _ fault: OpFault) -> PassError {
    .patch(pass: "bodies", node: node, number: 0, .operands(node: node, fault))
  }
}

extension SizedGraphs {
  /// Bodies that give the same types as those before.
  fileprivate mutating func setBodies(_ bodies: [Body], of node: NodeID) {
    typical.setBodies(bodies, of: node)
    for index in others.indices { others[index].setBodies(bodies, of: node) }
  }
}

extension Graph {
  fileprivate mutating func setBodies(_ bodies: [Body], of node: NodeID) { nodesByID[node.index]?.op.bodies = bodies }
}
