import CO2MPlatform
import O2MTensor

/// Error function: `y[i] = 2/sqrt(pi) ∫₀^x[i] exp(-t²) dt`.
///
/// - Spec: ONNX Erf-13; its integer types are not taken.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Erf: PlainFloatFunction {
  public static let name: StaticString = "Erf"
  public static let code = OpCode.erf
  public static let versions = [9, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_erf(x) }
}
