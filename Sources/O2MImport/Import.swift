import COnnxProto
import O2MGraph
import O2MOps
import O2MTensor

/// A model as a typed graph, and what is worth telling about it.
public struct ImportedModel: Sendable {
  public var graph: Graph
  public var notes: [ImportNote]
  public var irVersion: Int
  /// Of the default domain.
  public var opset: Int
  public var producer: String
  public var fileBytes: Int
}

/// Imports the ONNX model at `path`.
///
/// Constants are used where they lie in the decoded file, which stays in memory until the last of them is dropped.
///
/// - Parameter inputShapes: extents by input name; they pin what the file leaves open.
/// - Spec: ONNX 1.23: IR 3 to 14, opsets 6 to 28. Bodies and model-local functions are refused by name.
/// - Errors: `ImportError`; graph faults and unsupported operators are collected before anything is thrown.
public func importModel(path: String, inputShapes: [String: [Int]] = [:]) throws(ImportError) -> ImportedModel {
  let file = try ModelFile(path: path)
  guard let graph = file.message.pointee.graph?.pointee else { throw .noGraph }
  var importer = Importer(file: file, proto: graph, pins: inputShapes)
  try importer.run()
  let message = file.message.pointee
  return ImportedModel(
    graph: importer.graph, notes: importer.notes, irVersion: Int(message.ir_version), opset: file.opset,
    producer: [string(message.producer_name), string(message.producer_version)].filter { !$0.isEmpty }.joined(separator: " "),
    fileBytes: file.byteCount)
}

/// One import under way.
struct Importer: LegacyContext {
  let file: ModelFile
  let proto: Onnx__GraphProto
  let pins: [String: [Int]]
  var graph: Graph
  var notes: [ImportNote] = []
  private var ids: [String: ValueID] = [:]
  /// Every value name in use.
  private var names: Set<String> = []
  private var typeNotes: [String: TypeNote] = [:]
  private var faults: [GraphFault] = []
  private let codes: [String: OpCode]

  init(file: ModelFile, proto: Onnx__GraphProto, pins: [String: [Int]]) {
    self.file = file
    self.proto = proto
    self.pins = pins
    graph = Graph(name: string(proto.name))
    var codes: [String: OpCode] = [:]
    for code in OpCode.allCases where !code.isInternal { codes[code.name.description] = code }
    self.codes = codes
  }

  mutating func run() throws(ImportError) {
    noteIgnoredParts()
    let initializers = try decodeInitializers()
    let inputs = try inputNotes(except: initializers.map(\.name))
    let outputs = CArray(proto.output, proto.n_output).map { string($0.pointee.name) }
    var nodes: [SourceNode] = []
    for node in CArray(proto.node, proto.n_node) {
      let domain = canonicalDomain(string(node.pointee.domain))
      nodes.append(try SourceNode(node.pointee, opset: Int(file.opset(ofDomain: domain) ?? 0), in: file))
    }
    try refuseHollow(nodes, outputs: outputs)
    try refuseUnsupported(nodes)
    let ordering = Ordering(nodes, sources: inputs.map(\.name) + initializers.map(\.name), outputs: outputs)
    guard ordering.faults.isEmpty else { throw .graph(ordering.faults) }
    names = Set(inputs.map(\.name) + initializers.map(\.name) + nodes.flatMap(\.outputs))

    let shapes = try InputShapes(inputs, pins: pins)
    notes += shapes.notes
    for ((name, note), shape) in zip(inputs, shapes.shapes) {
      guard let element = note.element else { throw .unknownElementType(input: name) }
      ids[name] = graph.addInput(name, TensorType(element, shape))
    }
    for (name, tensor) in initializers { ids[name] = graph.addConstant(name, tensor) }
    try readTypeNotes()
    for index in ordering.order { try add(nodes[index]) }
    for name in outputs {
      if let id = ids[name] { graph.addOutput(id) }
    }
    guard faults.isEmpty else { throw .graph(faults) }
  }

  private mutating func noteIgnoredParts() {
    if file.message.pointee.n_training_info > 0 { notes.append(.ignoredTraining) }
    let count = proto.n_quantization_annotation
    if count > 0 { notes.append(.ignoredQuantizationNotes(count: count)) }
  }

  private func decodeInitializers() throws(ImportError) -> [(name: String, tensor: Tensor)] {
    if let sparse = CArray(proto.sparse_initializer, proto.n_sparse_initializer).first {
      throw .sparseInitializer(name: string(sparse.pointee.values?.pointee.name))
    }
    var result: [(name: String, tensor: Tensor)] = []
    result.reserveCapacity(proto.n_initializer)
    for tensor in CArray(proto.initializer, proto.n_initializer) {
      let name = string(tensor.pointee.name)
      result.append((name, try file.decode(tensor.pointee, named: name)))
    }
    return result
  }

  /// The inputs that have no value of their own: old exporters list the weights as well.
  private func inputNotes(except constants: [String]) throws(ImportError) -> [(name: String, note: TypeNote)] {
    let constants = Set(constants)
    var result: [(name: String, note: TypeNote)] = []
    for info in CArray(proto.input, proto.n_input) where !constants.contains(string(info.pointee.name)) {
      result.append((string(info.pointee.name), try TypeNote(info.pointee)))
    }
    return result
  }

  private mutating func readTypeNotes() throws(ImportError) {
    let infos = Array(CArray(proto.value_info, proto.n_value_info)) + Array(CArray(proto.output, proto.n_output))
    for info in infos { typeNotes[string(info.pointee.name)] = try TypeNote(info.pointee) }
    for info in infos {
      // Inputs and constants that are noted once more.
      if let id = ids[string(info.pointee.name)] { check(id) }
    }
  }

  private mutating func check(_ id: ValueID) {
    let value = graph[id]
    guard let note = typeNotes[value.name], note.contradicts(value.type) else { return }
    let fault = GraphFault.contradiction(value: value.name, noted: note.type, notedElement: note.element, inferred: value.type)
    if !faults.contains(fault) { faults.append(fault) }
  }
}

extension Importer {
  func fact(_ name: String) -> InputFact? { ids[name].map { graph[$0].fact } }

  mutating func fresh(_ name: String) -> String {
    var candidate = name
    while !names.insert(candidate).inserted { candidate += "'" }
    return candidate
  }

  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    let unique = fresh(name)
    ids[unique] = graph.addConstant(unique, tensor)
    return unique
  }

  /// Damage that leaves a graph without operators or outputs.
  private func refuseHollow(_ nodes: [SourceNode], outputs: [String]) throws(ImportError) {
    var faults: [GraphFault] = []
    let nameless = nodes.filter { $0.type.isEmpty }
    if let first = nameless.first { faults.append(.noOperator(firstNode: first.name, count: nameless.count)) }
    if outputs.isEmpty { faults.append(.noOutputs) }
    guard faults.isEmpty else { throw .graph(faults) }
  }

  /// Lists every operator that cannot be imported, with the first node of each.
  private func refuseUnsupported(_ nodes: [SourceNode]) throws(ImportError) {
    let functions = Set(
      CArray(file.message.pointee.functions, file.message.pointee.n_functions).map {
        canonicalDomain(string($0.pointee.domain)) + ":" + string($0.pointee.name)
      })
    var found: [UnsupportedOperator] = []
    for node in nodes {
      guard let reason = refusal(node, functions: functions) else { continue }
      if let index = found.firstIndex(where: { $0.domain == node.domain && $0.type == node.type }) {
        found[index].count += 1
      } else {
        found.append(
          UnsupportedOperator(
            domain: node.domain, type: node.type, opset: node.opset, count: 1, firstNode: node.name, reason: reason))
      }
    }
    guard found.isEmpty else { throw .unsupported(found) }
  }

  private func refusal(_ node: SourceNode, functions: Set<String>) -> UnsupportedOperator.Reason? {
    if functions.contains(node.domain + ":" + node.type) { return .modelFunction }
    if node.hasBody { return .body }
    guard node.domain.isEmpty else { return .unknown }
    if node.type == "Constant" { return nil }
    guard let code = codes[SourceNode.modernName(node.type)] else { return .unknown }
    guard let first = code.versions.first, first > node.opset, node.type == code.name.description else { return nil }
    return .notBefore(opset: first)
  }

  private mutating func add(_ source: SourceNode) throws(ImportError) {
    let reference = NodeReference(name: source.name, type: source.type, domain: source.domain, opset: source.opset)
    if source.type == "Constant" {
      do throws(OpFault) {
        guard let output = source.outputs.first, source.inputs.isEmpty, source.outputs.count == 1 else {
          throw .outputCount(expected: 1...1, found: source.outputs.count)
        }
        ids[output] = graph.addConstant(output, try source.constantValue())
      } catch { throw .node(reference, error) }
      if let id = source.outputs.first.flatMap({ ids[$0] }) { check(id) }
      return
    }
    let nodes: [SourceNode]
    do throws(OpFault) { nodes = try source.modernized(&self) } catch { throw .node(reference, error) }
    for node in nodes { try append(node, reference) }
  }

  private mutating func append(_ node: SourceNode, _ reference: NodeReference) throws(ImportError) {
    guard let code = codes[node.type] else {
      throw .unsupported([
        UnsupportedOperator(
          domain: node.domain, type: node.type, opset: node.opset, count: 1, firstNode: reference.name, reason: .unknown)
      ])
    }
    let view = ProtoNode(node)
    let op: Op
    do throws(OpFault) { op = try Op(code, view) } catch { throw .node(reference, error) }
    let names = node.outputs.enumerated().map { $1.isEmpty ? "\(node.name):\($0)" : $1 }
    let outputs: [ValueID]
    do throws(GraphError) {
      outputs = try graph.addNode(op, node.inputs.map { ids[$0] }, name: node.name, outputs: names)
    } catch {
      guard case .operands(_, let fault) = error else { preconditionFailure("the names were checked before: \(error)") }
      throw .node(reference, fault)
    }
    for attribute in view.ignored { notes.append(.ignoredAttribute(reference, attribute: attribute)) }
    guard outputs.count >= node.outputs.count else {
      throw .node(reference, .outputCount(expected: 0...outputs.count, found: node.outputs.count))
    }
    for (id, name) in zip(outputs, node.outputs) {
      if name.isEmpty {
        graph[id].origins = []
      } else {
        ids[name] = id
        check(id)
      }
    }
  }
}

extension SourceNode {
  /// What `modernized` turns an operator into, where the name changes.
  static func modernName(_ type: String) -> String {
    switch type {
    case "Upsample": "Resize"
    case "Scatter": "ScatterElements"
    default: type
    }
  }

  /// The value of a Constant node.
  ///
  /// - Spec: ONNX Constant-13: exactly one of the value attributes.
  func constantValue() throws(OpFault) -> Tensor {
    guard attributes.count == 1, let (name, value) = attributes.first else { throw .attribute(.value, .missing) }
    switch (name, value) {
    case ("value", .tensor(let tensor)): return tensor
    case ("value_float", .float(let value)): return .scalar(value)
    case ("value_int", .int(let value)): return .scalar(Int64(value))
    case ("value_floats", .floats(let values)): return Tensor([values.count], values)
    case ("value_ints", .ints(let values)): return .indices(values)
    case ("value_string", _), ("value_strings", _), ("sparse_value", _): throw .unsupported(.elementType)
    default: throw .attribute(.value, .wrongType)
    }
  }
}
