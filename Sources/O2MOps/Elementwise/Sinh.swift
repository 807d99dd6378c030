import CO2MPlatform
import O2MTensor

/// Hyperbolic sine: `y[i] = sinh(x[i])`.
///
/// - Spec: ONNX Sinh-22. -9 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Sinh: PlainFloatFunction {
  public static let name: StaticString = "Sinh"
  public static let code = OpCode.sinh
  public static let versions = [9, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_sinh(x) }
}
