import CO2MPlatform
import O2MTensor

/// Smooth rectifier: `y[i] = log(1 + exp(x[i]))`.
///
/// - Spec: ONNX Softplus-22. -1 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Softplus: PlainFloatFunction {
  public static let name: StaticString = "Softplus"
  public static let code = OpCode.softplus
  public static let versions = [1, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { (x > 0 ? x : 0) + o2m_log1p(o2m_exp(-x.magnitude)) }
}
