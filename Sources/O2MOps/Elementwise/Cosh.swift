import CO2MPlatform
import O2MTensor

/// Hyperbolic cosine: `y[i] = cosh(x[i])`.
///
/// - Spec: ONNX Cosh-22. -9 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Cosh: PlainFloatFunction {
  public static let name: StaticString = "Cosh"
  public static let code = OpCode.cosh
  public static let versions = [9, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_cosh(x) }
}
