import O2MGraph
import O2MOps
import O2MTensor

/// An operator that is evaluated at import and leaves constants: it only makes constants, or reads strings of numbers.
///
/// Where an operand is not known before the model runs, the node is refused by name. A new one is a file with its type, and a line in
/// `constantEvaluations`.
protocol ConstantEvaluation: ImportedOperator {
  /// Reads attributes and checks how many operands there are.
  init(_ node: some NodeSource) throws(OpFault)
  /// How many elements all of the results have, where that follows from more than the inputs' own counts; else 0.
  func elementCount(_ inputs: [Tensor?]) throws(OpFault) -> Int
  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor]
}

extension ConstantEvaluation {
  func elementCount(_ inputs: [Tensor?]) throws(OpFault) -> Int { 0 }
}

/// Every operator that is evaluated at import.
let constantEvaluations: [any ConstantEvaluation.Type] = [
  BlackmanWindow.self,
  HammingWindow.self,
  HannWindow.self,
  MelWeightMatrix.self,
  TfIdfVectorizer.self,
]

extension Importer {
  mutating func evaluate(_ type: any ConstantEvaluation.Type, _ node: SourceNode) throws(OpFault) {
    let view = ProtoNode(node)
    let op = try type.init(view)
    var inputs: [Tensor?] = []
    for index in node.inputs.indices {
      guard has(node, index), let id = try operand(node, index).tensor else {
        inputs.append(nil)
        continue
      }
      guard let value = graph[id].fact.value else { throw .dataDependent(input: index) }
      inputs.append(value)
    }
    noteIgnored(node, view)
    try graph.limits.check(.foldedBytes, try op.elementCount(inputs).clampedTimes(8))
    let results = try op.evaluate(inputs)
    guard results.count >= node.outputs.count else { throw .outputCount(expected: 0...results.count, found: node.outputs.count) }
    for (name, tensor) in zip(node.outputs, results) where !name.isEmpty {
      scopes.bind(name, .tensor(graph.addConstant(display(name), tensor)))
    }
  }
}
