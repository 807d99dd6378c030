import CO2MPlatform
import O2MTensor

/// Arc tangent in radians: `y[i] = atan(x[i])`.
///
/// - Spec: ONNX Atan-22. -7 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Atan: PlainFloatFunction {
  public static let name: StaticString = "Atan"
  public static let code = OpCode.atan
  public static let versions = [7, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_atan(x) }
}
