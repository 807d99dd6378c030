import O2MGraph
import O2MOps
import O2MTensor

/// An operator that reads or gives strings. It is evaluated at import; where an operand is not known before the model runs, the node is
/// refused by name.
///
/// A new one is a file with its type, and a line in `stringOperators`. An operator that also serves numbers (Cast, Equal) has this form
/// beside its other one.
protocol StringOperator: ImportedOperator {
  /// Whether the node gives strings although it may read none.
  static func givesStrings(_ node: SourceNode) -> Bool
  /// Reads attributes and checks how many operands there are.
  init(_ node: ProtoNode) throws(OpFault)
  /// The outputs, each a tensor or strings. An absent input is nil.
  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>]
}

extension StringOperator {
  static func givesStrings(_ node: SourceNode) -> Bool { false }
}

/// Every operator over strings.
let stringOperators: [any StringOperator.Type] = [
  StringCast.self, StringCastLike.self, StringEqual.self, StringLabelEncoder.self, RegexFullMatch.self, StringConcat.self,
  StringNormalizer.self,
  StringSplit.self,
]

extension [OnnxValue<Tensor>?] {
  /// The strings at `index`.
  func strings(_ index: Int) throws(OpFault) -> StringTensor {
    switch indices.contains(index) ? self[index] : nil {
    case .strings(let strings): return strings
    case .tensor(let tensor): throw .elementType(input: index, found: tensor.element)
    case nil: throw .missingInput(index)
    default: throw .unsupported(.sequence)
    }
  }

  /// The tensor at `index`.
  func tensor(_ index: Int) throws(OpFault) -> Tensor {
    switch indices.contains(index) ? self[index] : nil {
    case .tensor(let tensor): return tensor
    case .strings: throw .elementType(input: index, found: .string)
    case nil: throw .missingInput(index)
    default: throw .unsupported(.sequence)
    }
  }
}

extension Importer {
  /// Whether an input of `node` holds strings.
  func readsStrings(_ node: SourceNode) -> Bool {
    node.inputs.contains { if case .strings? = scopes[$0] { true } else { false } }
  }

  mutating func evaluate(_ type: any StringOperator.Type, _ node: SourceNode) throws(OpFault) {
    let view = ProtoNode(node)
    let op = try type.init(view)
    var inputs: [OnnxValue<Tensor>?] = []
    for index in node.inputs.indices { inputs.append(has(node, index) ? try known(operand(node, index), input: index) : nil) }
    noteIgnored(node, view)
    let results = try op.evaluate(inputs)
    try bind(
      node,
      results.enumerated().map { index, value in
        let name = node.outputs.indices.contains(index) ? node.outputs[index] : ""
        return bind(constant: value, named: name.isEmpty ? "\(node.name):\(index)" : name)
      })
  }

  /// What `binding` holds, which must be known before the model runs.
  private func known(_ binding: OnnxValue<ValueID>, input: Int) throws(OpFault) -> OnnxValue<Tensor> {
    switch binding {
    case .strings(let strings): return .strings(strings)
    case .tensor(let id):
      guard let value = graph[id].fact.value else { throw .dataDependent(input: input) }
      return .tensor(value)
    default: throw .unsupported(.sequence)
    }
  }
}
