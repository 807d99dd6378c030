import O2MTensor

/// The graph of a bundle, or of a body in it, as a flat list: first the inputs, then the constants, then what the nodes compute, in order.
///
/// - Spec: Schemas/bundle.md, "Section graph". A node's outputs take the next free indices, so an index can only point backwards.
public struct FlatGraph: Sendable {
  public struct Node: Sendable {
    public var op: Op
    /// That of `op`, as the file has it.
    public var code: OpCode
    /// Value indices; nil where an optional input is absent.
    public var inputs: [Int?]
    public var outputs: Range<Int>
    /// Where the node stands in the file, for faults.
    public var offset = 0

    public init(_ op: Op, inputs: [Int?], outputs: Range<Int>) {
      self.op = op
      code = op.code
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  public var values: [TypedShape]
  public var inputCount: Int
  public var constantCount: Int
  public var nodes: [Node]
  public var outputs: [Int]

  public init(values: [TypedShape], inputCount: Int, constantCount: Int, nodes: [Node], outputs: [Int]) {
    self.values = values
    self.inputCount = inputCount
    self.constantCount = constantCount
    self.nodes = nodes
    self.outputs = outputs
  }

  public var constants: Range<Int> { inputCount..<inputCount + constantCount }
  public func isConstant(_ value: Int) -> Bool { constants.contains(value) }

  /// What an operator is told of its inputs when it names the layouts of constants.
  public func facts(_ node: Node) -> [OperandFact?] {
    node.inputs.map { $0.map { OperandFact(values[$0], layout: .plain, isConstant: isConstant($0)) } }
  }
}

extension FlatGraph {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(values.count))
    record.put(UInt32(inputCount))
    record.put(UInt32(constantCount))
    record.put(UInt32(nodes.count))
    record.put(UInt32(outputs.count))
    for value in values { record.put(value) }
    for node in nodes {
      var attributes = RecordWriter()
      node.op.encode(to: &attributes)
      record.put(node.code.rawValue)
      record.put(UInt16(node.inputs.count))
      record.put(UInt16(node.outputs.count))
      record.put(UInt16(0))
      record.put(UInt32(attributes.bytes.count))
      for input in node.inputs { record.put(input.map { UInt32($0) } ?? UInt32.max) }
      record.put(raw: attributes.bytes)
    }
    for output in outputs { record.put(UInt32(output)) }
    return record.bytes
  }

  /// Reads the section; no computed value may take more than `limit` bytes, and no constant more than `constantLimit`.
  public init(from record: inout RecordReader, limit: Int, constantLimit: Int) throws(FormatFault) {
    let valueCount = try record.count(of: 4)
    inputCount = try record.index(below: valueCount + 1)
    constantCount = try record.index(below: valueCount - inputCount + 1)
    let nodeCount = try record.count(of: 12)
    let outputCount = try record.count(of: 4)
    values = []
    values.reserveCapacity(valueCount)
    for index in 0..<valueCount {
      let isConstant = index >= inputCount && index < inputCount + constantCount
      values.append(try record.typedShape(limit: isConstant ? constantLimit : limit))
    }
    nodes = []
    nodes.reserveCapacity(nodeCount)
    var next = inputCount + constantCount
    for _ in 0..<nodeCount { nodes.append(try Node(from: &record, next: &next, valueCount: valueCount)) }
    guard next == valueCount else { throw .value(offset: record.offset, found: next, limit: valueCount) }
    outputs = []
    for _ in 0..<outputCount { outputs.append(try record.index(below: valueCount)) }
    guard record.isAtEnd else { throw .value(offset: record.offset, found: record.offset, limit: record.offset) }
  }
}

extension RecordReader {
  /// The number of an operator that this build has.
  package mutating func operatorCode() throws(FormatFault) -> OpCode {
    let start = offset, number = try uint16()
    guard let code = OpCode(rawValue: number), Included.has(code) else { throw .unknownOperator(code: Int(number), offset: start) }
    return code
  }
}

extension FlatGraph.Node {
  fileprivate init(from record: inout RecordReader, next: inout Int, valueCount: Int) throws(FormatFault) {
    let start = record.offset
    let code = try record.operatorCode()
    let inputCount = Int(try record.uint16()), outputCount = Int(try record.uint16())
    _ = try record.uint16()
    let length = try record.count(of: 1)
    inputs = []
    inputs.reserveCapacity(inputCount)
    for _ in 0..<inputCount { inputs.append(try record.optionalIndex(below: next)) }
    guard outputCount <= valueCount - next else { throw .value(offset: start + 4, found: outputCount, limit: valueCount - next) }
    outputs = next..<next + outputCount
    next += outputCount
    let attributes = record.offset
    let body = try record.raw(length)
    var reader = record.inside(attributes, body.count)
    self.code = code
    op = try Op(code, from: &reader)
    guard reader.isAtEnd else { throw .value(offset: reader.offset, found: length, limit: reader.offset - attributes) }
    offset = start
  }
}
