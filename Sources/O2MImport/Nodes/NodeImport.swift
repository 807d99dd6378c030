import O2MGraph
import O2MOps
import O2MTensor

/// Writes nodes into the graph.
extension Importer {
  /// Adds what `source` stands for. A fault is noted, what the node gives is unknown from then on, and the import goes on to find the rest.
  ///
  /// - Parameter isLive: whether an output needs the node; what asks for something that is not built is left out where none does.
  mutating func add(_ source: SourceNode, isLive: Bool) {
    do throws(OpFault) { try spend(1) } catch {
      exhaust(source, error)
      for name in source.outputs where !name.isEmpty { scopes.bind(name, .unknown) }
      return
    }
    let isSupported = catalogue.refusal(source) == nil
    if !isSupported {
      if isLive { meetsUnsupported = true } else { notes.append(.leftOut(reference(source))) }
    }
    let strangers = catalogue.isOperator(source) ? source.attributesOutOfVersion : []
    for (name, why) in strangers { refuse(name, of: source, why) }
    let reads = source.inputs + source.captures
    if isSupported, strangers.isEmpty, !reads.contains(where: { scopes[$0]?.isUnknown == true }) {
      do throws(OpFault) {
        try importNode(source)
        for name in source.outputs { if let binding = scopes[name] { check(name, binding) } }
        return
      } catch {
        if case .limit(let limit, _, _) = error, limit == .nodes || limit == .seconds {
          exhaust(source, error)
        } else if isLive || !error.isUnsupported {
          note(source, error)
          want(source, error)
        } else {
          notes.append(.leftOut(reference(source)))
        }
      }
    }
    for name in source.outputs where !name.isEmpty { scopes.bind(name, .unknown) }
  }

  /// Notes once that nothing more is written out.
  private mutating func exhaust(_ source: SourceNode, _ fault: OpFault) {
    if !isExhausted { refusal.nodes.append(RefusedNode(node: reference(source), fault: fault)) }
    isExhausted = true
  }

  /// Counts work that leaves nodes, or takes as long as nodes do.
  mutating func spend(_ nodes: Int) throws(OpFault) {
    written = written.clampedPlus(nodes)
    try graph.limits.check(.nodes, written)
    if written & 63 == 0 { try graph.limits.checkTime() }
  }

  /// Notes a fault; the turns of a loop have one in common.
  private mutating func note(_ source: SourceNode, _ fault: OpFault) {
    let node = reference(source)
    let isKnown =
      !path.isEmpty
      && refusal.nodes.contains { $0.fault == fault && $0.node.type == node.type && $0.node.name.hasSuffix("/" + source.name) }
    let sides = differingSides
    differingSides = nil
    if !isKnown { refusal.nodes.append(RefusedNode(node: node, fault: fault, decision: decision(source, fault), sides: sides)) }
  }

  /// The node as a message names it.
  func reference(_ source: SourceNode) -> NodeReference {
    NodeReference(name: path + source.name, type: source.type, domain: source.domain, opset: source.opset)
  }

  /// What the fault of a node hangs on: the condition of the branch that it stands in, or the operand that its form depends on.
  private func decider(_ source: SourceNode, _ fault: OpFault) -> ValueID? {
    if let (_, condition) = undecided.first { return condition }
    guard case .dataDependent(let input) = fault, source.inputs.indices.contains(input) else { return nil }
    return scopes[source.inputs[input]]?.tensor
  }

  private func decision(_ source: SourceNode, _ fault: OpFault) -> Decision? {
    decision(undecided.first?.node ?? reference(source), behind: decider(source, fault))
  }

  /// Notes the inputs whose value would have helped.
  private mutating func want(_ source: SourceNode, _ fault: OpFault) {
    guard options.knowledge == .pinned, let id = decider(source, fault), let settings = settings(behind: id),
      settings.allSatisfy({ given($0) != nil })
    else { return }
    wanted.formUnion(settings)
  }

  /// Writes what `source` stands for into the graph and binds the names of its outputs.
  mutating func importNode(_ source: SourceNode) throws(OpFault) {
    if movesStrings(source) { return try moveStrings(source) }
    if let form = catalogue.stringForm(of: source), form.givesStrings(source) || readsStrings(source) { return try evaluate(form, source) }
    guard let entry = catalogue[source] else { throw .unsupported(.unknownOperator) }
    switch entry {
    case .controlFlow(let type): try importNode(type, source)
    case .localFunction(let function): try call(function, source)
    case .decomposition(let type): try expand(type, source)
    case .constantEvaluation(let type): try evaluate(type, source)
    case .string(let type): try evaluate(type, source)
    case .op:
      guard try !passThrough(source) else { return }
      for node in try inNewestForm(source) { try append(node) }
    }
  }

  /// Identity also stands for sequences and absent values, of which there are none in the graph.
  private mutating func passThrough(_ node: SourceNode) throws(OpFault) -> Bool {
    guard node.type == "Identity", let input = node.inputs.first, let binding = scopes[input], binding.tensor == nil else { return false }
    try bind(node, [binding])
    return true
  }

  private mutating func append(_ node: SourceNode) throws(OpFault) {
    guard case .op(let code)? = catalogue[node] else { return try importNode(node) }
    let view = ProtoNode(node)
    let op = try Op(code, view)
    var inputs: [ValueID?] = []
    for (index, name) in node.inputs.enumerated() { inputs.append(name.isEmpty ? nil : try tensor(name, input: index)) }
    var names: [String] = []
    for (index, name) in node.outputs.enumerated() { names.append(name.isEmpty ? display("\(node.name):\(index)") : display(name)) }
    let outputs: [ValueID]
    do throws(GraphError) {
      outputs = try graph.addNode(op, inputs, name: path + node.name, outputs: names, noted: noted(node))
    } catch {
      guard case .operands(_, let fault) = error else { preconditionFailure("the names were checked before: \(error)") }
      throw fault
    }
    noteIgnored(node, view)
    guard outputs.count >= node.outputs.count else { throw .outputCount(expected: 0...outputs.count, found: node.outputs.count) }
    for (id, name) in zip(outputs, node.outputs) {
      if name.isEmpty { graph[id].origins = [] } else { scopes.bind(name, .tensor(id)) }
    }
  }

  /// Notes an attribute that cannot be; the turns of a loop have it in common.
  private mutating func refuse(_ attribute: String, of source: SourceNode, _ refusal: AttributeRefusal) {
    let refused = RefusedAttribute(node: reference(source), name: attribute, refusal: refusal)
    let isKnown =
      !path.isEmpty
      && self.refusal.attributes.contains { known in
        known.name == attribute && known.node.type == source.type && known.node.name.hasSuffix("/" + source.name)
      }
    if !isKnown { self.refusal.attributes.append(refused) }
  }

  /// Notes the attributes that nobody asked for, and refuses those of operators that ONNX does not specify.
  mutating func noteIgnored(_ node: SourceNode, _ view: ProtoNode, except asked: Set<String> = []) {
    for attribute in view.ignored where !asked.contains(attribute) {
      if node.isOfONNX || attribute.hasPrefix("__") {
        notes.append(.ignoredAttribute(reference(node), attribute: attribute))
      } else {
        refuse(attribute, of: node, .notSupported)
      }
    }
  }

  /// The tensor that `name` stands for.
  func tensor(_ name: String, input: Int) throws(OpFault) -> ValueID {
    guard let binding = scopes[name] else { throw .missingInput(input) }
    switch binding {
    case .tensor(let id): return id
    case .strings: throw .elementType(input: input, found: .string)
    default: throw .unsupported(.sequence)
    }
  }

  /// Binds what a node gives. A value that is new takes the name that the node gives it.
  mutating func bind(_ node: SourceNode, _ results: [OnnxValue<ValueID>], newSince mark: Int = .max) throws(OpFault) {
    guard results.count >= node.outputs.count else { throw .outputCount(expected: 0...results.count, found: node.outputs.count) }
    for (name, result) in zip(node.outputs, results) where !name.isEmpty {
      if let id = result.tensor, id.index >= mark, scopes.depth == 0 {
        graph[id].name = name
        graph[id].origins = [name]
      }
      scopes.bind(name, result)
    }
  }
}

/// What nodes read.
extension Importer {
  /// What the node's input at `index` stands for.
  func operand(_ node: SourceNode, _ index: Int) throws(OpFault) -> OnnxValue<ValueID> {
    guard node.inputs.indices.contains(index), let binding = scopes[node.inputs[index]] else { throw .missingInput(index) }
    return binding
  }

  func operands(_ node: SourceNode) throws(OpFault) -> [OnnxValue<ValueID>] {
    var result: [OnnxValue<ValueID>] = []
    for index in node.inputs.indices { result.append(try operand(node, index)) }
    return result
  }

  /// Whether the node has the input at `index`.
  func has(_ node: SourceNode, _ index: Int) -> Bool { node.inputs.indices.contains(index) && !node.inputs[index].isEmpty }

  /// The integer or truth value that `id` holds, where it is known before the model runs.
  mutating func knownInt(_ id: ValueID?, input: Int) throws(OpFault) -> Int {
    guard let id, let value = graph[id].fact.value, let first = value.ints().first, value.count == 1 else {
      throw .dataDependent(input: input)
    }
    decisions.append(id)
    return [InputFact?].bounded(first)
  }
}

/// Nodes and constants of ours.
extension Importer {
  /// `value` as constants of the graph; `name` is the one that a subgraph gives it.
  mutating func bind(constant value: OnnxValue<Tensor>, named name: String) -> OnnxValue<ValueID> {
    value.map(named: name) { tensor, name in graph.addConstant(display(name), tensor) }
  }

  /// A constant under the name of the node's first output.
  mutating func addConstant(_ node: SourceNode, _ tensor: Tensor) -> ValueID {
    graph.addConstant(display(node.outputs.first ?? node.name), tensor)
  }

  /// Appends a node of ours after the nodes of `source`; its only output.
  mutating func emit(_ op: Op, _ inputs: [ValueID?], after source: SourceNode) throws(OpFault) -> ValueID {
    let name = fresh("\(path)\(source.name).\(op.name)")
    do throws(GraphError) { return try graph.addNode(op, inputs, name: name, outputs: [name])[0] } catch {
      guard case .operands(_, let fault) = error else { preconditionFailure("the name is fresh: \(error)") }
      throw fault
    }
  }

  /// The same for several outputs, which equal no tensor of the model. Where all inputs are known the results are constants, however large.
  mutating func emit(_ op: Op, _ inputs: [ValueID?], outputs count: Int, after source: SourceNode) throws(OpFault) -> [ValueID] {
    var names: [String] = []
    for _ in 0..<count { names.append(fresh("\(path)\(source.name).\(op.name)")) }
    let known = inputs.map { $0.flatMap { graph[$0].fact.value } }, isKnown = zip(inputs, known).allSatisfy { $0 == nil || $1 != nil }
    if isKnown, graph.counts == nil || !graph.hasCounts || inputs.allSatisfy({ $0.map { graph[$0].constant != nil } ?? true }) {
      let types = try op.infer(graph.facts(inputs))
      let elements = types.reduce(0) { $0.clampedPlus($1.shape?.count ?? 0) }
      try graph.limits.check(.foldedBytes, elements.clampedTimes(8))
      return zip(names, try op.reference(known)).map { graph.addConstant($0, $1) }
    }
    if graph.counts == nil {
      throw .dataDependent(input: zip(inputs, known).enumerated().first { $1.0 != nil && $1.1 == nil }?.offset ?? 0)
    }
    let outputs: [ValueID]
    do throws(GraphError) { outputs = try graph.addNode(op, inputs, name: names[0], outputs: names) } catch {
      guard case .operands(_, let fault) = error else { preconditionFailure("the name is fresh: \(error)") }
      throw fault
    }
    for id in outputs { graph[id].origins = [] }
    return outputs
  }

  /// A new constant vector of integers.
  mutating func indices(_ values: [Int], after source: SourceNode) -> ValueID {
    graph.addConstant(fresh("\(path)\(source.name).ints"), .indices(values))
  }
}
