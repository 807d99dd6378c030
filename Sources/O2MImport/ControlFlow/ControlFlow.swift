import O2MGraph
import O2MOps
import O2MTensor

/// Control flow, sequences and optional values: operators that shape the graph itself and of which nothing is left in it.
///
/// A branch or a loop whose conditions are known is written out; a sequence is the values that it holds.
enum ControlFlow: String, CaseIterable {
  case constant = "Constant"
  case `if` = "If"
  case loop = "Loop"
  case scan = "Scan"
  case sequenceConstruct = "SequenceConstruct"
  case sequenceEmpty = "SequenceEmpty"
  case sequenceInsert = "SequenceInsert"
  case sequenceErase = "SequenceErase"
  case sequenceAt = "SequenceAt"
  case sequenceLength = "SequenceLength"
  case sequenceMap = "SequenceMap"
  case splitToSequence = "SplitToSequence"
  case concatFromSequence = "ConcatFromSequence"
  case optional = "Optional"
  case optionalHasElement = "OptionalHasElement"
  case optionalGetElement = "OptionalGetElement"
  case gradient = "Gradient"

  var domain: String { self == .gradient ? "ai.onnx.preview.training" : "" }

  var firstVersion: Int {
    switch self {
    case .constant, .if, .loop, .gradient: 1
    case .scan: 8
    case .sequenceConstruct, .sequenceEmpty, .sequenceInsert, .sequenceErase, .sequenceAt, .sequenceLength, .splitToSequence,
      .concatFromSequence:
      11
    case .optional, .optionalHasElement, .optionalGetElement: 15
    case .sequenceMap: 17
    }
  }
}

extension Importer {
  mutating func importNode(_ type: ControlFlow, _ node: SourceNode) throws(OpFault) {
    switch type {
    case .constant: try importConstant(node)
    case .if: try importIf(node)
    case .loop: try importLoop(node)
    case .scan: try importScan(node)
    case .sequenceConstruct: try bind(node, [.sequence(try operands(node))])
    case .sequenceEmpty: try bind(node, [.sequence([])])
    case .sequenceInsert: try importSequenceInsert(node)
    case .sequenceErase: try importSequenceErase(node)
    case .sequenceAt: try importSequenceAt(node)
    case .sequenceLength: try bind(node, [.tensor(addConstant(node, .scalar(Int64(try items(node, 0).count))))])
    case .sequenceMap: try importSequenceMap(node)
    case .splitToSequence: try importSplitToSequence(node)
    case .concatFromSequence: try importConcatFromSequence(node)
    case .optional: try bind(node, [node.inputs.isEmpty ? .none : try operand(node, 0)])
    case .optionalHasElement: try importOptionalHasElement(node)
    case .optionalGetElement: try importOptionalGetElement(node)
    case .gradient: try importGradient(node)
    }
  }

  private mutating func importConstant(_ node: SourceNode) throws(OpFault) {
    guard node.outputs.count == 1, node.inputs.isEmpty else { throw .outputCount(expected: 1...1, found: node.outputs.count) }
    try bind(node, [bind(constant: try constantValue(node), named: node.outputs[0])])
  }

  /// - Spec: ONNX Constant-13: exactly one of the value attributes.
  private func constantValue(_ node: SourceNode) throws(OpFault) -> OnnxValue<Tensor> {
    guard node.attributes.count == 1, let (name, value) = node.attributes.first else { throw .attribute(.value, .missing) }
    switch (name, value) {
    case ("value", .tensor(let tensor)), ("sparse_value", .tensor(let tensor)): return .tensor(tensor)
    case ("value", .stringTensor(let strings)): return .strings(strings)
    case ("value_float", .float(let value)): return .tensor(.scalar(value))
    case ("value_int", .int(let value)): return .tensor(.scalar(Int64(value)))
    case ("value_floats", .floats(let values)): return .tensor(Tensor([values.count], values))
    case ("value_ints", .ints(let values)): return .tensor(.indices(values))
    case ("value_string", .string(let value)): return .strings(StringTensor(value))
    case ("value_strings", .strings(let values)): return .strings(StringTensor([values.count], values))
    default: throw .attribute(.value, .wrongType)
    }
  }

  /// A constant under the name of the node's first output.
  mutating func addConstant(_ node: SourceNode, _ tensor: Tensor) -> ValueID {
    graph.addConstant(display(node.outputs.first ?? node.name), tensor)
  }

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
  func knownInt(_ id: ValueID?, input: Int) throws(OpFault) -> Int {
    guard let id, let value = graph[id].fact.value, let first = value.ints().first, value.count == 1 else {
      throw .dataDependent(input: input)
    }
    return first
  }

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
    guard scopes.depth < 64 else { throw .unsupported(.recursion) }
    guard graph.valueCount < Self.largestGraph else { throw .unsupported(.iterations) }
    let outer = path
    path = prefix
    scopes.open(closed: closed)
    defer {
      scopes.close()
      path = outer
    }
    for (input, argument) in zip(subgraph.inputs, arguments) { scopes.bind(input.name, argument) }
    for (name, value) in subgraph.initializers { scopes.bind(name, bind(constant: value, named: name)) }
    let sources = subgraph.inputs.map(\.name) + subgraph.initializers.map(\.name) + subgraph.captures
    let ordering = Ordering(subgraph.nodes, sources: sources, outputs: subgraph.outputs.map(\.name))
    guard ordering.violations.isEmpty else {
      for violation in ordering.violations where !refusal.graph.contains(violation) { refusal.graph.append(violation) }
      return [OnnxValue<ValueID>](repeating: .unknown, count: subgraph.outputs.count)
    }
    for index in ordering.order { add(subgraph.nodes[index]) }
    var results: [OnnxValue<ValueID>] = []
    for output in subgraph.outputs { results.append(scopes[output.name] ?? .unknown) }
    return results
  }

  /// A loop that is written out this far is no model any more.
  static var largestGraph: Int { 1 << 18 }

  /// Appends a node of ours after the nodes of `source`; its only output.
  mutating func emit(_ op: Op, _ inputs: [ValueID?], after source: SourceNode) throws(OpFault) -> ValueID {
    let name = fresh("\(path)\(source.name).\(op.name)")
    do throws(GraphError) { return try graph.addNode(op, inputs, name: name, outputs: [name])[0] } catch {
      guard case .operands(_, let fault) = error else { preconditionFailure("the name is fresh: \(error)") }
      throw fault
    }
  }

  /// A new constant vector of integers.
  mutating func indices(_ values: [Int], after source: SourceNode) -> ValueID {
    graph.addConstant(fresh("\(path)\(source.name).ints"), .indices(values))
  }
}
