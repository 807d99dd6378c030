import O2MGraph
import O2MOps
import O2MTensor

/// Operators that only move elements serve strings as well: they are run over numbers that stand for the strings.
extension Importer {
  /// What `node` does with its inputs, where it takes elements of any type; nil for others.
  private func dataflow(of node: SourceNode) -> Dataflow? {
    switch catalogue[node] {
    case .op(let code): code.dataflow.moves(0) && code.elements != .any ? nil : code.dataflow
    case .decomposition(let type): type == Compress.self ? .moves([0]) : nil
    case .controlFlow, .localFunction, .constantEvaluation, .string, nil: nil
    }
  }

  func movesStrings(_ node: SourceNode) -> Bool {
    guard readsStrings(node) else { return false }
    return switch dataflow(of: node) {
    case .moves, .movesAll, .measures: true
    case .computes, .elementwise, nil: false
    }
  }

  mutating func moveStrings(_ node: SourceNode) throws(OpFault) {
    // Number 0 is what Pad fills with.
    var strings = [""]
    let numbers = try overNumbers(node, &strings), measures = dataflow(of: node) == .measures
    var results: [OnnxValue<ValueID>] = []
    for (name, tensor) in zip(node.outputs, numbers) {
      let value =
        measures ? OnnxValue<Tensor>.tensor(tensor) : .strings(StringTensor(tensor.shape, tensor.ints().map { strings[$0] }))
      results.append(bind(constant: value, named: name))
    }
    try bind(node, results)
  }

  /// The node's outputs where strings are read as the numbers that they have in `strings`. The graph stays as it is.
  private mutating func overNumbers(_ node: SourceNode, _ strings: inout [String]) throws(OpFault) -> [Tensor] {
    let before = graph
    graph.evaluatesAll = true
    scopes.open()
    defer {
      scopes.close()
      graph = before
    }
    for name in node.inputs {
      guard case .strings(let given)? = scopes[name] else { continue }
      let numbers = Tensor(given.shape, given.values.indices.map { Int64(strings.count + $0) })
      strings += given.values
      scopes.bind(name, .tensor(graph.addConstant(fresh(name), numbers)))
    }
    try importNode(node)
    var results: [Tensor] = []
    for name in node.outputs {
      guard let value = fact(name)?.value else {
        throw .dataDependent(input: node.inputs.firstIndex { fact($0).map { $0.value == nil } ?? false } ?? 0)
      }
      results.append(value)
    }
    return results
  }
}
