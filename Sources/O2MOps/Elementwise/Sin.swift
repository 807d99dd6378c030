import CO2MPlatform
import O2MTensor

/// Sine of radians: `y[i] = sin(x[i])`.
///
/// - Spec: ONNX Sin-22. -7 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Sin: PlainFloatFunction {
  public static let name: StaticString = "Sin"
  public static let code = OpCode.sin
  public static let versions = [7, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_sin(x) }
}
