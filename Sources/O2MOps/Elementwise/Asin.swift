import CO2MPlatform
import O2MTensor

/// Arc sine in radians: `y[i] = asin(x[i])`; NaN outside [-1, 1].
///
/// - Spec: ONNX Asin-22. -7 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Asin: PlainFloatFunction {
  public static let name: StaticString = "Asin"
  public static let code = OpCode.asin
  public static let versions = [7, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_asin(x) }
}
