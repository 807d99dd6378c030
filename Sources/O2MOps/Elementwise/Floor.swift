import CO2MPlatform
import O2MTensor

/// Largest integer not above: `y[i] = floor(x[i])`.
///
/// - Spec: ONNX Floor-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Floor: PlainFloatFunction {
  public static let name: StaticString = "Floor"
  public static let code = OpCode.floor
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_floor(x) }
}
