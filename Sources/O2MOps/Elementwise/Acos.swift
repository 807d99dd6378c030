import CO2MPlatform
import O2MTensor

/// Arc cosine in radians: `y[i] = acos(x[i])`; NaN outside [-1, 1].
///
/// - Spec: ONNX Acos-22. -7 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Acos: PlainFloatFunction {
  public static let name: StaticString = "Acos"
  public static let code = OpCode.acos
  public static let versions = [7, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_acos(x) }
}
