import COnnxProto
import O2MOps
import O2MTensor

/// An attribute's value, by the field that holds it.
enum AttributeValue: Sendable {
  case float(Float)
  case int(Int)
  case string(String)
  case tensor(Tensor)
  /// A tensor of strings.
  case stringTensor(StringTensor)
  case floats([Float])
  case ints([Int])
  case strings([String])
  case graph(Subgraph)
  /// In a function: the attribute of that name of the call.
  case reference(String)
  /// Types, lists of tensors or graphs.
  case other
}

/// A node as the file has it, in a form that can be rewritten.
struct SourceNode {
  var type: String
  /// "" for ONNX's own operators.
  var domain: String
  var name: String
  /// "" where an optional operand is absent.
  var inputs: [String]
  var outputs: [String]
  var attributes: [(name: String, value: AttributeValue)]
  /// The opset whose form of the operator this is.
  var opset: Int

  init(_ proto: Onnx__NodeProto, in file: ModelFile, opsets: OpsetTable) throws(ImportError) {
    type = O2MImport.string(proto.op_type)
    domain = canonicalDomain(O2MImport.string(proto.domain))
    inputs = Self.operands(proto.input, proto.n_input)
    outputs = Self.operands(proto.output, proto.n_output)
    let given = O2MImport.string(proto.name)
    name = given.isEmpty ? "\(type)_\(outputs.first { !$0.isEmpty } ?? "")" : given
    opset = opsets[domain]
    attributes = []
    for attribute in CArray(proto.attribute, proto.n_attribute) {
      let attributeName = O2MImport.string(attribute.pointee.name)
      attributes.append((attributeName, try Self.value(attribute.pointee, named: "\(name).\(attributeName)", in: file, opsets: opsets)))
    }
  }

  static func all(
    _ nodes: UnsafeMutablePointer<UnsafeMutablePointer<Onnx__NodeProto>?>?, _ count: Int, in file: ModelFile, opsets: OpsetTable
  ) throws(ImportError) -> [SourceNode] {
    var result: [SourceNode] = []
    result.reserveCapacity(count)
    for node in CArray(nodes, count) { result.append(try SourceNode(node.pointee, in: file, opsets: opsets)) }
    return result
  }

  /// A node of ours, made while rewriting another.
  init(_ type: String, name: String, inputs: [String], outputs: [String], opset: Int) {
    self.type = type
    domain = ""
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    attributes = []
    self.opset = opset
  }

  /// Names, without those at the end that are empty: an operand left out is one that is not there.
  private static func operands(_ names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int) -> [String] {
    var result = CArray(names, count).map { O2MImport.string($0) }
    while result.last == "" { result.removeLast() }
    return result
  }

  static func value(
    _ proto: Onnx__AttributeProto, named name: String, in file: ModelFile, opsets: OpsetTable
  ) throws(ImportError) -> AttributeValue {
    let referenced = O2MImport.string(proto.ref_attr_name)
    guard referenced.isEmpty else { return .reference(referenced) }
    switch kind(proto) {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH:
      guard let graph = proto.g else { return .other }
      return .graph(try Subgraph(graph.pointee, in: file, opsets: opsets))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT: return .float(proto.f)
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT: return .int(Int(proto.i))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING: return .string(O2MImport.string(proto.s))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR:
      guard let tensor = proto.t else { return .other }
      switch try file.decode(tensor.pointee, named: name) {
      case .strings(let strings): return .stringTensor(strings)
      case .tensor(let tensor): return .tensor(tensor)
      default: return .other
      }
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSOR:
      guard let tensor = proto.sparse_tensor else { return .other }
      return .tensor(try file.decode(tensor.pointee, named: name))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS:
      return .floats(Array(UnsafeBufferPointer(start: proto.floats, count: proto.n_floats)))
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS:
      return .ints(UnsafeBufferPointer(start: proto.ints, count: proto.n_ints).map { Int($0) })
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS:
      return .strings(UnsafeBufferPointer(start: proto.strings, count: proto.n_strings).map { O2MImport.string($0) })
    default: return .other
    }
  }

  /// The declared type; writers of the first format version left it out, so the field in use decides then.
  private static func kind(_ proto: Onnx__AttributeProto) -> Onnx__AttributeProto__AttributeType {
    if proto.type != ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED { return proto.type }
    if proto.has_f != 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT }
    if proto.has_i != 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT }
    if proto.has_s != 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING }
    if proto.t != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR }
    if proto.g != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH }
    if proto.sparse_tensor != nil { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__SPARSE_TENSOR }
    if proto.n_floats > 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS }
    if proto.n_ints > 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS }
    if proto.n_strings > 0 { return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS }
    return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED
  }
}

extension SourceNode {
  /// The graphs among the attributes.
  var subgraphs: [Subgraph] { attributes.compactMap { if case .graph(let subgraph) = $0.value { subgraph } else { nil } } }

  /// The names that the node reads beside its inputs: its subgraphs from around it, and Gradient by attributes.
  var captures: [String] { subgraphs.flatMap(\.captures) + differentiated }

  private var differentiated: [String] {
    guard type == ControlFlow.gradient.rawValue, domain == ControlFlow.gradient.domain else { return [] }
    return ["xs", "zs", "y"].flatMap { name -> [String] in
      switch attribute(name) {
      case .string(let value)?: [value]
      case .strings(let values)?: values
      default: []
      }
    }
  }

  /// The node with a function's attributes in the place of references to them; a reference to an absent one is absent.
  func resolving(_ call: [(name: String, value: AttributeValue)]) -> SourceNode {
    var node = self
    node.attributes = attributes.compactMap { name, value in
      switch value {
      case .reference(let source): call.first { $0.name == source }.map { (name, $0.value) }
      case .graph(let subgraph): (name, .graph(subgraph.resolving(call)))
      default: (name, value)
      }
    }
    return node
  }

  func attribute(_ name: String) -> AttributeValue? { attributes.first { $0.name == name }?.value }

  /// Removes and returns an attribute.
  mutating func take(_ name: String) -> AttributeValue? {
    guard let index = attributes.firstIndex(where: { $0.name == name }) else { return nil }
    return attributes.remove(at: index).value
  }

  mutating func takeInts(_ name: String) -> [Int]? {
    if case .ints(let values)? = take(name) { values } else { nil }
  }

  mutating func set(_ name: String, _ value: AttributeValue) {
    _ = take(name)
    attributes.append((name, value))
  }

  /// Puts `value` at input `index`, with absent operands up to it.
  mutating func setInput(_ index: Int, _ value: String) {
    while inputs.count <= index { inputs.append("") }
    inputs[index] = value
  }
}

/// A node as its operator reads it. It remembers what was asked for, so that what nobody asked for can be reported.
final class ProtoNode: NodeSource {
  private let node: SourceNode
  private var asked: [Bool]

  init(_ node: SourceNode) {
    self.node = node
    asked = [Bool](repeating: false, count: node.attributes.count)
  }

  /// The attributes that the operator did not ask for.
  var ignored: [String] { zip(node.attributes, asked).filter { !$0.1 }.map(\.0.name) }

  var opset: Int { node.opset }
  var inputCount: Int { node.inputs.count }
  var outputCount: Int { node.outputs.count }
  func hasInput(_ index: Int) -> Bool { node.inputs.indices.contains(index) && !node.inputs[index].isEmpty }

  func float(_ name: AttributeName) throws(OpFault) -> Float? { try read(name) { if case .float(let value) = $0 { value } else { nil } } }
  func int(_ name: AttributeName) throws(OpFault) -> Int? {
    guard let value = try read(name, { if case .int(let value) = $0 { value } else { nil } }) else { return nil }
    return try name.bounded(value)
  }
  func string(_ name: AttributeName) throws(OpFault) -> String? {
    try read(name) { if case .string(let value) = $0 { value } else { nil } }
  }
  func ints(_ name: AttributeName) throws(OpFault) -> [Int]? {
    guard let values = try read(name, { if case .ints(let values) = $0 { values } else { nil } }) else { return nil }
    var result: [Int] = []
    result.reserveCapacity(values.count)
    for value in values { result.append(try name.bounded(value)) }
    return result
  }
  func floats(_ name: AttributeName) throws(OpFault) -> [Float]? {
    try read(name) { if case .floats(let value) = $0 { value } else { nil } }
  }
  func strings(_ name: AttributeName) throws(OpFault) -> [String]? {
    try read(name) { if case .strings(let value) = $0 { value } else { nil } }
  }
  func tensor(_ name: AttributeName) throws(OpFault) -> Tensor? {
    try read(name) { if case .tensor(let value) = $0 { value } else { nil } }
  }

  /// A tensor of numbers or strings.
  func value(_ name: AttributeName) throws(OpFault) -> OnnxValue<Tensor>? {
    try read(name) {
      switch $0 {
      case .tensor(let tensor): .tensor(tensor)
      case .stringTensor(let strings): .strings(strings)
      default: nil
      }
    }
  }

  /// The attribute as `unwrap` takes it; nil where it is absent.
  private func read<Value>(_ name: AttributeName, _ unwrap: (AttributeValue) -> Value?) throws(OpFault) -> Value? {
    guard let index = node.attributes.firstIndex(where: { $0.name == name.rawValue }) else { return nil }
    asked[index] = true
    guard let value = unwrap(node.attributes[index].value) else { throw .attribute(name, .wrongType) }
    return value
  }
}

extension ModelFile {
  /// The tensor or the strings in `proto`, whose raw data is used where it lies.
  func decode(_ proto: Onnx__TensorProto, named name: String) throws(ImportError) -> OnnxValue<Tensor> {
    try TensorDecoder(proto: proto, owner: self, external: external).value(named: name)
  }
}
