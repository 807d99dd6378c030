import O2MTensor

/// Gaussian error linear unit: `y[i] = x[i] / 2 * (1 + erf(x[i] / sqrt(2)))`, or its approximation by tanh.
///
/// - Spec: ONNX Gelu-20. `approximate` is `none` or `tanh`.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(.approximate, .unknownValue)`.
public struct Gelu: FloatFunction {
  public static let name: StaticString = "Gelu"
  public static let code = OpCode.gelu
  public static let versions = [20]

  public var byTanh: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    switch try node.string(.approximate) {
    case nil, "none": byTanh = false
    case "tanh": byTanh = true
    default: throw .attribute(.approximate, .unknownValue)
    }
  }

  public init(byTanh: Bool = false) { self.byTanh = byTanh }

  public func apply(_ x: Double) -> Double { (byTanh ? Activation.geluTanh : .gelu).apply(x) }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(byTanh ? .geluTanh : .gelu) }

  public func encode(to record: inout RecordWriter) { record.put(byTanh) }
  public init(from record: inout RecordReader) throws(FormatFault) { byTanh = try record.flag() }
}
