import O2MTensor

/// The nodes of a model's graph as its file has them, for those who write some of them into another file.
package struct ModelOutline: Sendable {
  package struct Node: Sendable {
    package var type: String
    /// "" for ONNX's own operators.
    package var domain: String
    /// "" where an optional operand is absent.
    package var inputs: [String]
    package var outputs: [String]
    /// nil where they are more than settings: they hold bodies, texts or trained numbers, or the model defines the operator itself.
    package var attributes: [(name: String, value: ModelWriter.Attribute)]?
  }

  package let irVersion: Int
  package let opsets: [(domain: String, version: Int)]
  /// Each after those that it reads.
  package let nodes: [Node]

  package init(_ file: ModelFile) throws(ImportError) {
    guard let graph = file.message.pointee.graph?.pointee else { throw .noGraph }
    let main = try Subgraph(graph, in: file, opsets: file.opsets), message = file.message.pointee
    irVersion = Int(message.ir_version)
    opsets = file.opsets.versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let own = Set(CArray(message.functions, message.n_functions).map { LocalFunction.key($0.pointee) })
    let sources = main.inputs.map(\.name) + main.initializers.map(\.name)
    nodes = Ordering(main.nodes, sources: sources, outputs: main.outputs.map(\.name)).order.map { index in
      let node = main.nodes[index], isOwn = own.contains(LocalFunction.key(node.domain, node.type))
      return Node(
        type: node.type, domain: node.domain, inputs: node.inputs, outputs: node.outputs, attributes: isOwn ? nil : node.settings)
    }
  }
}

extension SourceNode {
  /// The attributes as they are written; nil where one is no setting.
  fileprivate var settings: [(name: String, value: ModelWriter.Attribute)]? {
    var settings: [(name: String, value: ModelWriter.Attribute)] = []
    for (name, value) in attributes {
      guard let setting = value.setting else { return nil }
      settings.append((name, setting))
    }
    return settings
  }
}

extension AttributeValue {
  /// More numbers than these have been trained.
  private static var mostNumbers: Int { 16 }

  fileprivate var setting: ModelWriter.Attribute? {
    switch self {
    case .float(let value): .float(value)
    case .int(let value): .int(value)
    case .string(let value): .string(value)
    case .tensor(let value): value.count <= Self.mostNumbers ? .tensor(value) : nil
    case .floats(let values): values.count <= Self.mostNumbers ? .floats(values) : nil
    case .ints(let values): values.count <= Self.mostNumbers ? .ints(values) : nil
    case .strings(let values): values.count <= Self.mostNumbers ? .strings(values) : nil
    case .stringTensor, .graph, .reference, .other: nil
    }
  }
}
