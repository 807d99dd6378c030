import O2MTensor

/// A graph inside of an operator: what a branch or a turn of a loop computes. It reads nothing but its inputs and its own constants.
public struct Body: Sendable {
  public var graph: FlatGraph
  /// In the order of `graph.constants`; none where the bundle that the body was read from keeps them in its weights.
  public var constants: [Tensor]

  public init(_ graph: FlatGraph, constants: [Tensor] = []) {
    self.graph = graph
    self.constants = constants
  }

  /// The most graphs that are inside one another.
  public static let mostNested = 64
  /// Bytes of any value: those who run a body have a closer limit.
  private static let mostBytes = Int.max / 16

  /// What each node gives, in order, by `evaluate`.
  ///
  /// - Errors: `.unsupported(.bodies)` where the constants are not here.
  func outputs(
    _ inputs: [Tensor], _ evaluate: (Op, [Tensor?]) throws(OpFault) -> [Tensor]
  ) throws(OpFault) -> [Tensor] {
    guard constants.count == graph.constantCount, inputs.count == graph.inputCount else { throw .unsupported(.bodies) }
    var values: [Tensor?] = []
    values.reserveCapacity(graph.values.count)
    for tensor in inputs { values.append(tensor) }
    for tensor in constants { values.append(tensor) }
    var lastReads = [Int](repeating: -1, count: graph.values.count)
    for (index, node) in graph.nodes.enumerated() { for case let input? in node.inputs { lastReads[input] = index } }
    for output in graph.outputs { lastReads[output] = graph.nodes.count }
    for (index, node) in graph.nodes.enumerated() {
      var operands: [Tensor?] = []
      for input in node.inputs { operands.append(input.flatMap { values[$0] }) }
      let results = try evaluate(node.op, operands)
      for place in 0..<node.outputs.count { values.append(results[place]) }
      for case let input? in node.inputs where lastReads[input] == index { values[input] = nil }
    }
    var outputs: [Tensor] = []
    for output in graph.outputs {
      guard let tensor = values[output] else { throw .unsupported(.bodies) }
      outputs.append(tensor)
    }
    return outputs
  }

  /// The types of the inputs that `operands` must have.
  func require(_ operands: [InputFact?], from first: Int, input: Int) throws(OpFault) {
    for index in operands.indices.dropFirst(first) {
      let place = input + index - first
      guard place < graph.inputCount else { throw .inputCount(expected: 0...first + graph.inputCount - input, found: operands.count) }
      let wanted = graph.values[place]
      let shape = try operands.shape(index), element = try operands.require(index).type.element
      try requireEqual(TypedShape(element, shape), wanted, input: index)
    }
    guard operands.count - first == graph.inputCount - input else {
      let count = graph.inputCount - input + first
      throw .inputCount(expected: count...count, found: operands.count)
    }
  }

  /// The type of an output.
  func type(_ output: Int) -> TypedShape { graph.values[graph.outputs[output]] }

  /// Multiply-accumulates of one run.
  var macs: Int {
    graph.nodes.reduce(0) { sum, node in
      guard let output = node.outputs.first else { return sum }
      return sum.clampedPlus(node.op.macs(node.inputs.map { $0.map { graph.values[$0].shape } }, output: graph.values[output].shape))
    }
  }

  func encode(to record: inout RecordWriter) {
    let bytes = graph.encoded()
    record.put(bytes.count)
    record.put(raw: bytes)
  }

  init(from record: inout RecordReader) throws(FormatFault) {
    let start = record.offset
    guard record.depth < Self.mostNested else { throw .value(offset: start, found: record.depth + 1, limit: Self.mostNested) }
    let length = try record.length(), place = record.offset
    _ = try record.raw(length)
    var inner = record.inside(place, length)
    inner.depth = record.depth + 1
    graph = try FlatGraph(from: &inner, limit: Self.mostBytes, constantLimit: Self.mostBytes)
    constants = []
  }
}

/// Two types that must be one; `input` is the operand that has the first.
func requireEqual(_ found: TypedShape, _ wanted: TypedShape, input: Int) throws(OpFault) {
  guard found.element == wanted.element else { throw .elementTypes(input: input, found: found.element, expected: wanted.element) }
  guard found.shape.rank == wanted.shape.rank else {
    throw .rank(input: input, expected: wanted.shape.rank...wanted.shape.rank, found: found.shape.rank)
  }
  for axis in found.shape.dims.indices where found.shape[axis] != wanted.shape[axis] {
    throw .extent(input: input, axis: axis, expected: wanted.shape[axis], found: found.shape[axis])
  }
}

extension Op {
  /// The graphs inside of the operator; none in most.
  public var bodies: [Body] {
    get {
      switch self {
      case .branch(let op): [op.then, op.otherwise]
      case .boundedLoop(let op): [op.body]
      default: []
      }
    }
    set {
      switch self {
      case .branch: self = .branch(Branch(then: newValue[0], otherwise: newValue[1]))
      case .boundedLoop(var op):
        op.body = newValue[0]
        self = .boundedLoop(op)
      default: break
      }
    }
  }
}
