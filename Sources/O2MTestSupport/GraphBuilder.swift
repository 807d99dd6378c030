import O2MGraph
import O2MOps
import O2MTensor

/// Attributes written in code: what a model's node would say.
package struct Attributes: NodeSource {
  package enum Value: Sendable {
    case float(Float)
    case int(Int)
    case string(String)
    case floats([Float])
    case ints([Int])
    case strings([String])
    case tensor(Tensor)
  }

  package let opset: Int
  package let outputCount: Int
  private let present: [Bool]
  private let values: [AttributeName: Value]

  package init(_ values: [AttributeName: Value] = [:], inputs present: [Bool], outputs: Int = 1, opset: Int = 17) {
    self.values = values
    self.present = present
    self.opset = opset
    outputCount = outputs
  }

  package init(_ values: [AttributeName: Value] = [:], inputs: Int, outputs: Int = 1, opset: Int = 17) {
    self.init(values, inputs: [Bool](repeating: true, count: inputs), outputs: outputs, opset: opset)
  }

  package var inputCount: Int { present.count }
  package func hasInput(_ index: Int) -> Bool { present.indices.contains(index) && present[index] }

  package func float(_ name: AttributeName) throws(OpFault) -> Float? {
    guard let value = values[name] else { return nil }
    guard case .float(let float) = value else { throw .attribute(name, .wrongType) }
    return float
  }

  package func int(_ name: AttributeName) throws(OpFault) -> Int? {
    guard let value = values[name] else { return nil }
    guard case .int(let int) = value else { throw .attribute(name, .wrongType) }
    return int
  }

  package func string(_ name: AttributeName) throws(OpFault) -> String? {
    guard let value = values[name] else { return nil }
    guard case .string(let string) = value else { throw .attribute(name, .wrongType) }
    return string
  }

  package func floats(_ name: AttributeName) throws(OpFault) -> [Float]? {
    guard let value = values[name] else { return nil }
    guard case .floats(let floats) = value else { throw .attribute(name, .wrongType) }
    return floats
  }

  package func ints(_ name: AttributeName) throws(OpFault) -> [Int]? {
    guard let value = values[name] else { return nil }
    guard case .ints(let ints) = value else { throw .attribute(name, .wrongType) }
    return ints
  }

  package func strings(_ name: AttributeName) throws(OpFault) -> [String]? {
    guard let value = values[name] else { return nil }
    guard case .strings(let strings) = value else { throw .attribute(name, .wrongType) }
    return strings
  }

  package func tensor(_ name: AttributeName) throws(OpFault) -> Tensor? {
    guard let value = values[name] else { return nil }
    guard case .tensor(let tensor) = value else { throw .attribute(name, .wrongType) }
    return tensor
  }
}

/// Builds a graph in code, for tests of passes.
///
///     var g = GraphBuilder()
///     let x = g.input("x", [1, 3, 8, 8])
///     let w = g.weight("w", [4, 3, 3, 3])
///     let c = try g.node(Conv.self, [x, w], "c", [.pads: .ints([1, 1, 1, 1])])
///     g.output(try g.node(Relu.self, [c], "y"))
///     let before = g.graph
package struct GraphBuilder {
  package private(set) var graph: Graph
  /// An axis on which inputs of rank 2 and more are given no elements, to see what a pass makes of that.
  package var emptyAxis: Int?
  private var random: Seeded

  /// - Parameter seed: of the weights.
  package init(_ name: String = "test", seed: UInt64 = 1) {
    graph = Graph(name: name)
    random = Seeded(seed)
  }

  package mutating func input(_ name: String, _ shape: Shape, _ element: ElementType = .float32) -> ValueID {
    var shape = shape
    if let emptyAxis, shape.rank > max(1, emptyAxis) { shape[emptyAxis] = 0 }
    return graph.addInput(name, TensorType(element, shape))
  }

  /// An input that may have open extents.
  package mutating func input(_ name: String, type: TensorType) -> ValueID { graph.addInput(name, type) }

  /// A constant of seeded numbers, uniform in `range`.
  package mutating func weight(_ name: String, _ shape: Shape, in range: ClosedRange<Float> = -1...1) -> ValueID {
    graph.addConstant(name, random.tensor(shape, in: range))
  }

  package mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID { graph.addConstant(name, tensor) }

  /// The scale, bias, mean and variance of a BatchNormalization over `channels`.
  package mutating func statistics(_ name: String, _ channels: Int) -> [ValueID] {
    [
      weight(name + ".scale", [channels], in: 0.5...1.5), weight(name + ".bias", [channels]),
      weight(name + ".mean", [channels]), weight(name + ".var", [channels], in: 0.2...2),
    ]
  }

  /// A node with one output, which has the node's name.
  package mutating func node(_ op: Op, _ inputs: [ValueID?], _ name: String) throws(GraphError) -> ValueID {
    try graph.addNode(op, inputs, name: name, outputs: [name])[0]
  }

  /// A node with several outputs.
  package mutating func node(_ op: Op, _ inputs: [ValueID?], _ name: String, outputs: [String]) throws(GraphError) -> [ValueID] {
    try graph.addNode(op, inputs, name: name, outputs: outputs)
  }

  /// A node of operator `type`, made from `attributes` as the importer would make it.
  package mutating func node<O: Operator>(
    _ type: O.Type, _ inputs: [ValueID?], _ name: String, _ attributes: [AttributeName: Attributes.Value] = [:], opset: Int = 17
  ) throws(GraphError) -> ValueID {
    try node(op(type, inputs, name, attributes, outputs: 1, opset: opset), inputs, name)
  }

  /// A node of operator `type` with several outputs.
  package mutating func node<O: Operator>(
    _ type: O.Type, _ inputs: [ValueID?], _ name: String, outputs: [String], _ attributes: [AttributeName: Attributes.Value] = [:],
    opset: Int = 17
  ) throws(GraphError) -> [ValueID] {
    try node(op(type, inputs, name, attributes, outputs: outputs.count, opset: opset), inputs, name, outputs: outputs)
  }

  private func op<O: Operator>(
    _ type: O.Type, _ inputs: [ValueID?], _ name: String, _ attributes: [AttributeName: Attributes.Value], outputs: Int, opset: Int
  ) throws(GraphError) -> Op {
    guard let code = OpCode.allCases.first(where: { $0.name.description == O.name.description }) else {
      preconditionFailure("\(O.name) is in no table")
    }
    do throws(OpFault) {
      return try Op(code, Attributes(attributes, inputs: inputs.map { $0 != nil }, outputs: outputs, opset: opset))
    } catch { throw .operands(node: name, error) }
  }

  package mutating func output(_ id: ValueID) { graph.addOutput(id) }
}
