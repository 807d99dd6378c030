import CO2MPlatform
import O2MTensor

/// Square root: `y[i] = sqrt(x[i])`. Negative numbers give NaN.
///
/// - Spec: ONNX Sqrt-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Sqrt: PlainFloatFunction {
  public static let name: StaticString = "Sqrt"
  public static let code = OpCode.sqrt
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_sqrt(x) }
}
