import O2MTensor

/// Shrinkage: `y[i] = x[i] < -lambd ? x[i] + bias : x[i] > lambd ? x[i] - bias : 0`.
///
/// - Spec: ONNX Shrink-9.
/// - Shapes: `x` number `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value; integers truncate and wrap.
public struct Shrink: OnnxOperator, ElementwiseOperator {
  public static let name: StaticString = "Shrink"
  public static let code = OpCode.shrink
  public static let versions = [9]
  public static let elements = ElementClass.numbers

  public var bias: Float
  public var lambd: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    bias = try node.float(.bias, default: 0)
    lambd = try node.float(.lambd, default: 0.5)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { [try inputs.require(0, elements: Self.elements).type] }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let limit = Double(lambd), shift = Double(bias)
    return [try inputs.tensor(0).mapFloats { $0 < -limit ? $0 + shift : $0 > limit ? $0 - shift : 0 }]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(bias)
    record.put(lambd)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    bias = try record.float()
    lambd = try record.float()
  }
}
