import O2MTensor

/// Piecewise logistic function: `y[i] = max(0, min(1, alpha * x[i] + beta))`.
///
/// - Spec: ONNX HardSigmoid-22. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(_, .outOfRange)` when alpha or beta is NaN or infinite.
public struct HardSigmoid: FloatFunction {
  public static let name: StaticString = "HardSigmoid"
  public static let code = OpCode.hardSigmoid
  public static let versions = [1, 6, 22]

  public var alpha: Float
  public var beta: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    alpha = try node.float(.alpha, default: 0.2)
    beta = try node.float(.beta, default: 0.5)
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
    guard beta.isFinite else { throw .attribute(.beta, .outOfRange) }
  }

  public init(alpha: Float = 0.2, beta: Float = 0.5) {
    self.alpha = alpha
    self.beta = beta
  }

  public func apply(_ x: Double) -> Double { Activation.unit(Double(alpha) * x + Double(beta)) }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.hardSigmoid(alpha: alpha, beta: beta)) }

  public func encode(to record: inout RecordWriter) {
    record.put(alpha)
    record.put(beta)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    alpha = try record.float()
    beta = try record.float()
  }
}
