import COnnxProto
import O2MTensor

/// A graph of the file in a form that can be imported any number of times: the model's own, a branch, what a loop or a function repeats.
final class Subgraph: Sendable {
  let name: String
  let inputs: [(name: String, note: TypeNote)]
  let outputs: [(name: String, note: TypeNote)]
  /// Inputs that stay inputs although the file stores what they are where nobody gives them, and that.
  let defaults: [(name: String, value: OnnxValue<Tensor>)]
  /// Tensors and strings.
  let initializers: [(name: String, value: OnnxValue<Tensor>)]
  let nodes: [SourceNode]
  /// What the file notes of values in between.
  let notes: [(name: String, note: TypeNote)]
  /// The names that are read here and made outside, in the order in which they are met.
  let captures: [String]
  /// For each node whether an output needs it.
  let isLive: [Bool]
  private let inputPlaces: [String: Int]
  private let outputNames: Set<String>

  /// - Parameter kept: the inputs that stay inputs where a tensor is stored for them.
  init(_ proto: Onnx__GraphProto, in file: ModelFile, opsets: OpsetTable, kept: Set<String> = []) throws(ImportError) {
    name = string(proto.name)
    var initializers: [(name: String, value: OnnxValue<Tensor>)] = []
    initializers.reserveCapacity(proto.n_initializer)
    for tensor in CArray(proto.initializer, proto.n_initializer) {
      let name = string(tensor.pointee.name)
      initializers.append((name, try file.decode(tensor.pointee, named: name)))
    }
    for tensor in CArray(proto.sparse_initializer, proto.n_sparse_initializer) {
      let name = string(tensor.pointee.values?.pointee.name)
      initializers.append((name, .tensor(try file.decode(tensor.pointee, named: name))))
    }
    let listed = try Self.typeNotes(proto.input, proto.n_input), names = kept.intersection(listed.map(\.name))
    defaults = initializers.filter { names.contains($0.name) }
    initializers.removeAll { names.contains($0.name) }
    self.initializers = initializers
    // Old exporters list the weights as inputs too.
    let constants = Set(initializers.map(\.name))
    inputs = listed.filter { !constants.contains($0.name) }
    outputs = try Self.typeNotes(proto.output, proto.n_output)
    notes = try Self.typeNotes(proto.value_info, proto.n_value_info)
    nodes = try SourceNode.all(proto.node, proto.n_node, in: file, opsets: opsets)
    captures = Self.captures(nodes, made: inputs.map(\.name) + initializers.map(\.name), outputs: outputs.map(\.name))
    isLive = Self.live(nodes, outputs: outputs.map(\.name))
    inputPlaces = Self.places(inputs.map(\.name))
    outputNames = Set(outputs.map(\.name))
  }

  /// That of a function: nodes only.
  init(name: String, inputs: [String], outputs: [String], nodes: [SourceNode]) {
    self.name = name
    self.inputs = inputs.map { ($0, TypeNote()) }
    self.outputs = outputs.map { ($0, TypeNote()) }
    defaults = []
    initializers = []
    self.nodes = nodes
    notes = []
    captures = Self.captures(nodes, made: inputs, outputs: outputs)
    isLive = Self.live(nodes, outputs: outputs)
    inputPlaces = Self.places(inputs)
    outputNames = Set(outputs)
  }

  private init(_ subgraph: Subgraph, nodes: [SourceNode]) {
    name = subgraph.name
    inputs = subgraph.inputs
    outputs = subgraph.outputs
    defaults = subgraph.defaults
    initializers = subgraph.initializers
    self.nodes = nodes
    notes = subgraph.notes
    captures = subgraph.captures
    isLive = subgraph.isLive
    inputPlaces = subgraph.inputPlaces
    outputNames = subgraph.outputNames
  }

  /// The same graph with the attributes of a function's call in the place of references to them.
  func resolving(_ attributes: [(name: String, value: AttributeValue)]) -> Subgraph {
    Subgraph(self, nodes: nodes.map { $0.resolving(attributes) })
  }

  /// Whether a node here, or in a graph inside of one, is of `domain`.
  func uses(domain: String) -> Bool { nodes.contains { $0.domain == domain || $0.subgraphs.contains { $0.uses(domain: domain) } } }

  private static func typeNotes(
    _ infos: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__ValueInfoProto>?>?, _ count: Int
  ) throws(ImportError) -> [(name: String, note: TypeNote)] {
    var result: [(name: String, note: TypeNote)] = []
    for info in CArray(infos, count) { result.append((string(info.pointee.name), try TypeNote(info.pointee))) }
    return result
  }

  /// Which input has this name; nil where none has.
  func input(named name: String) -> Int? { inputPlaces[name] }
  func isOutput(_ name: String) -> Bool { outputNames.contains(name) }

  private static func places(_ names: [String]) -> [String: Int] {
    Dictionary(names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the value `name` is an output or read by a node that one needs.
  func needs(_ name: String) -> Bool {
    isOutput(name) || zip(nodes, isLive).contains { $1 && ($0.inputs.contains(name) || $0.captures.contains(name)) }
  }

  private static func live(_ nodes: [SourceNode], outputs: [String]) -> [Bool] {
    var maker: [String: Int] = [:]
    for (index, node) in nodes.enumerated() { for output in node.outputs where !output.isEmpty { maker[output] = index } }
    var isLive = [Bool](repeating: false, count: nodes.count)
    var open = outputs.compactMap { maker[$0] }
    while let index = open.popLast() {
      guard !isLive[index] else { continue }
      isLive[index] = true
      open += (nodes[index].inputs + nodes[index].captures).compactMap { maker[$0] }
    }
    return isLive
  }

  private static func captures(_ nodes: [SourceNode], made: [String], outputs: [String]) -> [String] {
    let made = Set(made + nodes.flatMap(\.outputs))
    var seen: Set<String> = []
    return (nodes.flatMap { $0.inputs + $0.captures } + outputs).filter { !$0.isEmpty && !made.contains($0) && seen.insert($0).inserted }
  }
}

/// A function that the model defines: an operator of its own, made of others.
struct LocalFunction {
  let subgraph: Subgraph
  /// The attributes that have a default.
  let defaults: [(name: String, value: AttributeValue)]

  init(_ proto: Onnx__FunctionProto, in file: ModelFile) throws(ImportError) {
    var opsets = OpsetTable()
    for entry in CArray(proto.opset_import, proto.n_opset_import) {
      opsets.versions[canonicalDomain(string(entry.pointee.domain))] = Int(entry.pointee.version)
    }
    subgraph = Subgraph(
      name: string(proto.name), inputs: CArray(proto.input, proto.n_input).map { string($0) },
      outputs: CArray(proto.output, proto.n_output).map { string($0) },
      nodes: try SourceNode.all(proto.node, proto.n_node, in: file, opsets: opsets))
    var defaults: [(name: String, value: AttributeValue)] = []
    for attribute in CArray(proto.attribute_proto, proto.n_attribute_proto) {
      let name = string(attribute.pointee.name)
      defaults.append((name, try SourceNode.value(attribute.pointee, named: name, in: file, opsets: opsets)))
    }
    self.defaults = defaults
  }

  /// The domain and name by which nodes call the function.
  static func key(_ proto: Onnx__FunctionProto) -> String { key(canonicalDomain(string(proto.domain)), string(proto.name)) }
  static func key(_ domain: String, _ name: String) -> String { domain + ":" + name }
}

/// The opset version of every domain that nodes may use.
struct OpsetTable: Sendable {
  var versions: [String: Int] = [:]
  subscript(domain: String) -> Int { versions[domain] ?? 0 }
}

extension Subgraph {
  /// The tensors among `defaults`, by name.
  var storedState: [String: Tensor] {
    Dictionary(defaults.compactMap { entry in entry.value.tensor.map { (entry.name, $0) } }) { first, _ in first }
  }
}
