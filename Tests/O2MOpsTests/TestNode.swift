import O2MOps
import O2MTensor

/// A node built in a test.
struct TestNode: NodeSource {
  enum Value {
    case float(Float), int(Int), string(String), ints([Int]), floats([Float]), strings([String])
  }

  var opset = 22
  var inputCount = 1
  var outputCount = 1
  var attributes: [(AttributeName, Value)] = []

  init(_ inputs: Int = 1, outputs: Int = 1, opset: Int = 22, _ attributes: (AttributeName, Value)...) {
    self.opset = opset
    inputCount = inputs
    outputCount = outputs
    self.attributes = attributes
  }

  func hasInput(_ index: Int) -> Bool { index < inputCount }

  private func find(_ name: AttributeName) -> Value? { attributes.first { $0.0 == name }?.1 }

  func float(_ name: AttributeName) throws(OpFault) -> Float? {
    guard let value = find(name) else { return nil }
    guard case .float(let float) = value else { throw .attribute(name, .wrongType) }
    return float
  }

  func int(_ name: AttributeName) throws(OpFault) -> Int? {
    guard let value = find(name) else { return nil }
    guard case .int(let int) = value else { throw .attribute(name, .wrongType) }
    return int
  }

  func string(_ name: AttributeName) throws(OpFault) -> String? {
    guard let value = find(name) else { return nil }
    guard case .string(let string) = value else { throw .attribute(name, .wrongType) }
    return string
  }

  func ints(_ name: AttributeName) throws(OpFault) -> [Int]? {
    guard let value = find(name) else { return nil }
    guard case .ints(let ints) = value else { throw .attribute(name, .wrongType) }
    return ints
  }

  func floats(_ name: AttributeName) throws(OpFault) -> [Float]? {
    guard let value = find(name) else { return nil }
    guard case .floats(let floats) = value else { throw .attribute(name, .wrongType) }
    return floats
  }

  func strings(_ name: AttributeName) throws(OpFault) -> [String]? {
    guard let value = find(name) else { return nil }
    guard case .strings(let strings) = value else { throw .attribute(name, .wrongType) }
    return strings
  }

  func tensor(_ name: AttributeName) throws(OpFault) -> Tensor? { nil }
}

/// A float32 tensor.
func f32(_ shape: Shape, _ values: [Float]) -> Tensor { Tensor(shape, values) }

/// A float32 tensor that counts from `start`.
func counting(_ shape: Shape, from start: Float = 0) -> Tensor {
  Tensor(shape, (0..<shape.count).map { start + Float($0) })
}

extension Tensor {
  /// The elements as float32.
  var floats: [Float] { doubles().map { Float($0) } }
}

/// Facts of float32 tensors of these shapes.
func facts(_ shapes: Shape...) -> [InputFact?] { shapes.map { InputFact(TensorType(.float32, $0)) } }
