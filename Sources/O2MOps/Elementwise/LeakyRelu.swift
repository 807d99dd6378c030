import O2MTensor

/// Leaky rectifier: `y[i] = x[i] < 0 ? alpha * x[i] : x[i]`.
///
/// - Spec: ONNX LeakyRelu-16. -6 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact. NaN and −0 pass through.
/// - Errors: `.attribute(.alpha, .outOfRange)` when alpha is NaN or infinite.
public struct LeakyRelu: FloatFunction {
  public static let name: StaticString = "LeakyRelu"
  public static let code = OpCode.leakyRelu
  public static let versions = [1, 6, 16]

  public var alpha: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    alpha = try node.float(.alpha, default: 0.01)
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
  }

  public init(alpha: Float = 0.01) { self.alpha = alpha }

  public func apply(_ x: Double) -> Double { x < 0 ? Double(alpha) * x : x }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.leakyRelu(alpha: alpha)) }

  public func encode(to record: inout RecordWriter) { record.put(alpha) }
  public init(from record: inout RecordReader) throws(FormatFault) { alpha = try record.float() }
}
