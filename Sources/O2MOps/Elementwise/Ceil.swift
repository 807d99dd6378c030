import CO2MPlatform
import O2MTensor

/// Smallest integer not below: `y[i] = ceil(x[i])`.
///
/// - Spec: ONNX Ceil-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Ceil: PlainFloatFunction {
  public static let name: StaticString = "Ceil"
  public static let code = OpCode.ceil
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_ceil(x) }
}
