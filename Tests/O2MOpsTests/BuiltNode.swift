import O2MOps
import O2MTensor
import Testing

/// A node whose attributes are written down in the test.
struct BuiltNode: NodeSource {
  enum Value { case int(Int), ints([Int]), float(Float), string(String), tensor(Tensor) }

  var opset = 21
  var inputCount = 1
  var outputCount = 1
  var attributes: [(name: AttributeName, value: Value)] = []

  init(_ inputs: Int = 1, outputs: Int = 1, opset: Int = 21, _ attributes: [(AttributeName, Value)] = []) {
    self.opset = opset
    inputCount = inputs
    outputCount = outputs
    self.attributes = attributes.map { (name: $0.0, value: $0.1) }
  }

  /// One input, one output.
  init(_ attributes: [(AttributeName, Value)]) { self.init(1, attributes) }

  func hasInput(_ index: Int) -> Bool { index < inputCount }

  private func value(_ name: AttributeName) -> Value? { attributes.first { $0.name == name }?.value }

  func float(_ name: AttributeName) throws(OpFault) -> Float? {
    guard let value = value(name) else { return nil }
    guard case .float(let result) = value else { throw .attribute(name, .wrongType) }
    return result
  }
  func int(_ name: AttributeName) throws(OpFault) -> Int? {
    guard let value = value(name) else { return nil }
    guard case .int(let result) = value else { throw .attribute(name, .wrongType) }
    return result
  }
  func string(_ name: AttributeName) throws(OpFault) -> String? {
    guard let value = value(name) else { return nil }
    guard case .string(let result) = value else { throw .attribute(name, .wrongType) }
    return result
  }
  func ints(_ name: AttributeName) throws(OpFault) -> [Int]? {
    guard let value = value(name) else { return nil }
    guard case .ints(let result) = value else { throw .attribute(name, .wrongType) }
    return result
  }
  func floats(_ name: AttributeName) throws(OpFault) -> [Float]? { nil }
  func strings(_ name: AttributeName) throws(OpFault) -> [String]? { nil }
  func tensor(_ name: AttributeName) throws(OpFault) -> Tensor? {
    guard let value = value(name) else { return nil }
    guard case .tensor(let result) = value else { throw .attribute(name, .wrongType) }
    return result
  }
}

/// 0, 1, 2, ... in a shape.
func counted(_ shape: Shape, as element: ElementType = .float32) -> Tensor {
  Tensor(element, shape, wrapping: Array(0..<shape.count))
}

/// The outputs of the reference of the operator that a node stands for. On the way: what the shape rule says is what comes out, and the
/// operator read back from its record gives the same.
func outputs(_ code: OpCode, _ node: BuiltNode, _ inputs: [Tensor?]) throws -> [Tensor] { try outputs(Op(code, node), inputs) }

func outputs(_ op: Op, _ inputs: [Tensor?]) throws -> [Tensor] {
  let results = try op.reference(inputs)
  #expect(try op.infer(inputs.facts) == results.map(\.type))
  var writer = RecordWriter()
  op.encode(to: &writer)
  let again = try writer.bytes.withUnsafeBytes { bytes in
    var reader = RecordReader(bytes, range: 0..<bytes.count)
    let op = try Op(op.code, from: &reader)
    #expect(reader.isAtEnd)
    return op
  }
  var second = RecordWriter()
  again.encode(to: &second)
  #expect(second.bytes == writer.bytes)
  #expect(try again.reference(inputs).map { $0.doubles() } == results.map { $0.doubles() })
  return results
}

/// The types that the shape rule gives, and the fault where it refuses.
func fault(_ code: OpCode, _ node: BuiltNode, _ inputs: [InputFact?]) -> OpFault? {
  fault(inputs) { () throws(OpFault) in try Op(code, node) }
}

func fault(_ inputs: [InputFact?], of op: () throws(OpFault) -> Op) -> OpFault? {
  do throws(OpFault) {
    _ = try op().infer(inputs)
    return nil
  } catch {
    return error
  }
}
