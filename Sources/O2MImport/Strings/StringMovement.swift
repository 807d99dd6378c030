import O2MGraph
import O2MOps
import O2MTensor

/// Operators that only move elements serve strings as well: they are run over numbers that stand for the strings.
extension Importer {
  /// They give elements of their inputs and nothing else.
  private static let movers: Set = [
    "Compress", "Concat", "DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "OneHot", "Pad", "Reshape",
    "ReverseSequence",
    "Scatter", "ScatterElements", "ScatterND", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze", "Where",
  ]

  /// They tell of the extents of their input.
  private static let measures: Set = ["Shape", "Size"]

  func movesText(_ node: SourceNode) -> Bool {
    node.domain.isEmpty && (Self.movers.contains(node.type) || Self.measures.contains(node.type)) && readsText(node)
  }

  mutating func moveText(_ node: SourceNode) throws(OpFault) {
    // Number 0 is what Pad fills with.
    var strings = [""]
    let numbers = try overNumbers(node, &strings)
    var results: [Binding] = []
    for (name, tensor) in zip(node.outputs, numbers) {
      let value =
        Self.measures.contains(node.type) ? ModelValue.tensor(tensor) : .text(TextTensor(tensor.shape, tensor.ints().map { strings[$0] }))
      results.append(bind(constant: value, named: name))
    }
    try bind(node, results)
  }

  /// The node's outputs where each text is read as numbers of `strings`. The graph stays as it is.
  private mutating func overNumbers(_ node: SourceNode, _ strings: inout [String]) throws(OpFault) -> [Tensor] {
    let before = graph
    graph.evaluatesAll = true
    scopes.open()
    defer {
      scopes.close()
      graph = before
    }
    for name in node.inputs {
      guard case .text(let text)? = scopes[name] else { continue }
      let numbers = Tensor(text.shape, text.values.indices.map { Int64(strings.count + $0) })
      strings += text.values
      scopes.bind(name, .tensor(graph.addConstant(fresh(name), numbers)))
    }
    try place(node)
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
