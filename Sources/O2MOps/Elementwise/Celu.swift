import CO2MPlatform
import O2MTensor

/// Continuous exponential unit: `y[i] = max(0, x[i]) + min(0, alpha * (exp(x[i] / alpha) - 1))`.
///
/// - Spec: ONNX Celu-12.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(_, .outOfRange)` when alpha is NaN or infinite.
public struct Celu: FloatFunction {
  public static let name: StaticString = "Celu"
  public static let code = OpCode.celu
  public static let versions = [12]

  public var alpha: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    alpha = try node.float(.alpha, default: 1)
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
  }

  public init(alpha: Float = 1) {
    self.alpha = alpha
  }

  public func apply(_ x: Double) -> Double { x > 0 ? x : Double(alpha) * o2m_expm1(x / Double(alpha)) }

  public func encode(to record: inout RecordWriter) {
    record.put(alpha)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    alpha = try record.float()
  }
}
