import CO2MPlatform
import O2MTensor

/// Scaled exponential linear unit: `y[i] = gamma * (x[i] > 0 ? x[i] : alpha * (exp(x[i]) - 1))`.
///
/// - Spec: ONNX Selu-22. -6 and -1 allow fewer types; -1 has rounder defaults.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(_, .outOfRange)` when alpha or gamma is NaN or infinite.
public struct Selu: FloatFunction {
  public static let name: StaticString = "Selu"
  public static let code = OpCode.selu
  public static let versions = [1, 6, 22]

  public var alpha: Float
  public var gamma: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    alpha = try node.float(.alpha, default: 1.67326319217681884765625)
    gamma = try node.float(.gamma, default: 1.05070102214813232421875)
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
    guard gamma.isFinite else { throw .attribute(.gamma, .outOfRange) }
  }

  public init(alpha: Float = 1.67326319217681884765625, gamma: Float = 1.05070102214813232421875) {
    self.alpha = alpha
    self.gamma = gamma
  }

  public func apply(_ x: Double) -> Double { Double(gamma) * (x > 0 ? x : Double(alpha) * o2m_expm1(x)) }

  public func encode(to record: inout RecordWriter) {
    record.put(alpha)
    record.put(gamma)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    alpha = try record.float()
    gamma = try record.float()
  }
}
