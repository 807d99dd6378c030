import CO2MPlatform
import O2MTensor

/// Tangent of radians: `y[i] = tan(x[i])`.
///
/// - Spec: ONNX Tan-22. -7 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Tan: PlainFloatFunction {
  public static let name: StaticString = "Tan"
  public static let code = OpCode.tan
  public static let versions = [7, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_tan(x) }
}
