import CO2MPlatform
import O2MTensor

/// Inverse hyperbolic tangent: `y[i] = artanh(x[i])`; NaN outside [-1, 1].
///
/// - Spec: ONNX Atanh-22. -9 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Atanh: PlainFloatFunction {
  public static let name: StaticString = "Atanh"
  public static let code = OpCode.atanh
  public static let versions = [9, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_atanh(x) }
}
