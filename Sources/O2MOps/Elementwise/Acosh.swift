import CO2MPlatform
import O2MTensor

/// Inverse hyperbolic cosine: `y[i] = arcosh(x[i])`; NaN below 1.
///
/// - Spec: ONNX Acosh-22. -9 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Acosh: PlainFloatFunction {
  public static let name: StaticString = "Acosh"
  public static let code = OpCode.acosh
  public static let versions = [9, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_acosh(x) }
}
