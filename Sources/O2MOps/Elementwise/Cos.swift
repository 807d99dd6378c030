import CO2MPlatform
import O2MTensor

/// Cosine of radians: `y[i] = cos(x[i])`.
///
/// - Spec: ONNX Cos-22. -7 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Cos: PlainFloatFunction {
  public static let name: StaticString = "Cos"
  public static let code = OpCode.cos
  public static let versions = [7, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_cos(x) }
}
