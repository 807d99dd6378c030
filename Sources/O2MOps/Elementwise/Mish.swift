import CO2MPlatform
import O2MTensor

/// Mish: `y[i] = x[i] * tanh(log(1 + exp(x[i])))`.
///
/// - Spec: ONNX Mish-22. -18 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Mish: PlainFloatFunction {
  public static let name: StaticString = "Mish"
  public static let code = OpCode.mish
  public static let versions = [18, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { x * o2m_tanh(Softplus().apply(x)) }
}
