import CO2MPlatform
import O2MTensor

/// Exponential: `y[i] = exp(x[i])`.
///
/// - Spec: ONNX Exp-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Exp: PlainFloatFunction {
  public static let name: StaticString = "Exp"
  public static let code = OpCode.exp
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_exp(x) }
}
