import CO2MPlatform
import O2MTensor

/// Hyperbolic tangent: `y[i] = tanh(x[i])`.
///
/// - Spec: ONNX Tanh-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Tanh: PlainFloatFunction {
  public static let name: StaticString = "Tanh"
  public static let code = OpCode.tanh
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_tanh(x) }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.tanh) }
}
