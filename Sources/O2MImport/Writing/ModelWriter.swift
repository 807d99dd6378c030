import O2MTensor

/// Writes small ONNX models field by field, including ones that no exporter would write.
package struct ModelWriter: Sendable {
  package enum Attribute: Sendable {
    case float(Float)
    case int(Int)
    case string(String)
    case tensor(Tensor)
    case floats([Float])
    case ints([Int])
    case strings([String])
    case stringTensor(StringTensor)
    case sparse(Sparse)
    /// In a function: the attribute of that name of the call.
    case reference(String)
    /// A body, as If and Loop have.
    case graph(ModelWriter)
  }

  /// A sparse tensor as a file lists it, right or wrong.
  package struct Sparse: Sendable {
    let values: Tensor
    let indices: Tensor
    let dims: [Int]

    package init(_ values: Tensor, at indices: Tensor, dims: [Int]) {
      self.values = values
      self.indices = indices
      self.dims = dims
    }

    fileprivate func bytes(named name: String) -> [UInt8] {
      var writer = WireWriter()
      writer.put(1, bytes: TensorFile(name: name, tensor: values).bytes)
      writer.put(2, bytes: TensorFile(name: "", tensor: indices).bytes)
      for dim in dims { writer.put(3, varint: UInt64(bitPattern: Int64(dim))) }
      return writer.bytes
    }
  }

  /// An extent of an input or output: a number, a symbol, or nothing at all.
  package enum Extent: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    case fixed(Int)
    case symbol(String)
    case open

    package init(integerLiteral value: Int) { self = .fixed(value) }
    package init(stringLiteral value: String) { self = .symbol(value) }
  }

  package var irVersion = 8
  /// Opset by domain.
  package var opsets: [(domain: String, version: Int)]
  private var graph = WireWriter()
  private var nodes: [[UInt8]] = []
  private var functions: [[UInt8]] = []

  package init(opset: Int = 17) { opsets = [("", opset)] }

  package mutating func input(_ name: String, _ element: ElementType = .float32, _ dims: [Extent]?) {
    graph.put(11, bytes: Self.valueInfo(name, element, dims))
  }

  package mutating func output(_ name: String, _ element: ElementType = .float32, _ dims: [Extent]? = nil) {
    graph.put(12, bytes: Self.valueInfo(name, element, dims))
  }

  package mutating func note(_ name: String, _ element: ElementType = .float32, _ dims: [Extent]?) {
    graph.put(13, bytes: Self.valueInfo(name, element, dims))
  }

  package mutating func initializer(_ name: String, _ tensor: Tensor) {
    graph.put(5, bytes: TensorFile(name: name, tensor: tensor).bytes)
  }

  package mutating func initializer(_ name: String, _ strings: StringTensor) { graph.put(5, bytes: Self.tensor(name, strings)) }
  package mutating func initializer(_ name: String, _ sparse: Sparse) { graph.put(15, bytes: sparse.bytes(named: name)) }

  /// An input that is a list of tensors.
  package mutating func listInput(_ name: String, _ element: ElementType = .float32) {
    var tensor = WireWriter(), sequence = WireWriter(), type = WireWriter(), info = WireWriter(), inner = WireWriter()
    tensor.put(1, varint: UInt64(element.rawValue))
    inner.put(1, bytes: tensor.bytes)
    sequence.put(1, bytes: inner.bytes)
    type.put(4, bytes: sequence.bytes)
    info.put(1, bytes: Array(name.utf8))
    info.put(2, bytes: type.bytes)
    graph.put(11, bytes: info.bytes)
  }

  /// An initializer whose bytes the caller made.
  package mutating func initializer(raw: [UInt8]) { graph.put(5, bytes: raw) }

  package mutating func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
    _ attributes: [(String, Attribute)] = []
  ) {
    var node = WireWriter()
    for input in inputs { node.put(1, bytes: Array(input.utf8)) }
    for output in outputs { node.put(2, bytes: Array(output.utf8)) }
    if !name.isEmpty { node.put(3, bytes: Array(name.utf8)) }
    node.put(4, bytes: Array(type.utf8))
    for (name, value) in attributes { node.put(5, bytes: Self.attribute(name, value)) }
    if !domain.isEmpty { node.put(7, bytes: Array(domain.utf8)) }
    graph.put(1, bytes: node.bytes)
    nodes.append(node.bytes)
  }

  /// Defines a function of the model, made of the nodes and opsets of `body`.
  package mutating func function(
    domain: String, _ name: String, _ inputs: [String], _ outputs: [String], defaults: [(String, Attribute)] = [], body: ModelWriter
  ) {
    var function = WireWriter()
    function.put(1, bytes: Array(name.utf8))
    for input in inputs { function.put(4, bytes: Array(input.utf8)) }
    for output in outputs { function.put(5, bytes: Array(output.utf8)) }
    for node in body.nodes { function.put(7, bytes: node) }
    for opset in body.opsetEntries { function.put(9, bytes: opset) }
    function.put(10, bytes: Array(domain.utf8))
    for (name, value) in defaults { function.put(11, bytes: Self.attribute(name, value)) }
    functions.append(function.bytes)
  }

  private var opsetEntries: [[UInt8]] {
    opsets.map { domain, version in
      var entry = WireWriter()
      if !domain.isEmpty { entry.put(1, bytes: Array(domain.utf8)) }
      entry.put(2, varint: UInt64(version))
      return entry.bytes
    }
  }

  /// The serialized `ModelProto`.
  package var bytes: [UInt8] {
    var model = WireWriter()
    model.put(1, varint: UInt64(irVersion))
    model.put(7, bytes: graph.bytes)
    for entry in opsetEntries { model.put(8, bytes: entry) }
    for function in functions { model.put(25, bytes: function) }
    return model.bytes
  }

  private static func valueInfo(_ name: String, _ element: ElementType, _ dims: [Extent]?) -> [UInt8] {
    var tensor = WireWriter()
    tensor.put(1, varint: UInt64(element.rawValue))
    if let dims {
      var shape = WireWriter()
      for dim in dims {
        var entry = WireWriter()
        switch dim {
        case .fixed(let size): entry.put(1, varint: UInt64(bitPattern: Int64(size)))
        case .symbol(let name): entry.put(2, bytes: Array(name.utf8))
        case .open: break
        }
        shape.put(1, bytes: entry.bytes)
      }
      tensor.put(2, bytes: shape.bytes)
    }
    var type = WireWriter()
    type.put(1, bytes: tensor.bytes)
    var info = WireWriter()
    info.put(1, bytes: Array(name.utf8))
    info.put(2, bytes: type.bytes)
    return info.bytes
  }

  private static func attribute(_ name: String, _ value: Attribute) -> [UInt8] {
    var writer = WireWriter()
    writer.put(1, bytes: Array(name.utf8))
    switch value {
    case .float(let value):
      writer.put(2, float: value)
      writer.put(20, varint: 1)
    case .int(let value):
      writer.put(3, varint: UInt64(bitPattern: Int64(value)))
      writer.put(20, varint: 2)
    case .string(let value):
      writer.put(4, bytes: Array(value.utf8))
      writer.put(20, varint: 3)
    case .tensor(let value):
      writer.put(5, bytes: TensorFile(name: "", tensor: value).bytes)
      writer.put(20, varint: 4)
    case .graph(let value):
      writer.put(6, bytes: value.graph.bytes)
      writer.put(20, varint: 5)
    case .floats(let values):
      for value in values { writer.put(7, float: value) }
      writer.put(20, varint: 6)
    case .ints(let values):
      for value in values { writer.put(8, varint: UInt64(bitPattern: Int64(value))) }
      writer.put(20, varint: 7)
    case .strings(let values):
      for value in values { writer.put(9, bytes: Array(value.utf8)) }
      writer.put(20, varint: 8)
    case .stringTensor(let strings):
      writer.put(5, bytes: tensor("", strings))
      writer.put(20, varint: 4)
    case .sparse(let sparse):
      writer.put(22, bytes: sparse.bytes(named: ""))
      writer.put(20, varint: 11)
    case .reference(let name):
      writer.put(21, bytes: Array(name.utf8))
      writer.put(20, varint: 1)
    }
    return writer.bytes
  }

  private static func tensor(_ name: String, _ strings: StringTensor) -> [UInt8] {
    var writer = WireWriter()
    for dim in strings.shape.dims { writer.put(1, varint: UInt64(dim)) }
    writer.put(2, varint: UInt64(ElementType.string.rawValue))
    for value in strings.values { writer.put(6, bytes: Array(value.utf8)) }
    if !name.isEmpty { writer.put(8, bytes: Array(name.utf8)) }
    return writer.bytes
  }
}
