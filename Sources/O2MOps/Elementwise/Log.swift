import CO2MPlatform
import O2MTensor

/// Natural logarithm: `y[i] = log(x[i])`. Zero gives −infinity, negative numbers NaN.
///
/// - Spec: ONNX Log-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Log: PlainFloatFunction {
  public static let name: StaticString = "Log"
  public static let code = OpCode.log
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_log(x) }
}
