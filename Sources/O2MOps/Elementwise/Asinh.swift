import CO2MPlatform
import O2MTensor

/// Inverse hyperbolic sine: `y[i] = arsinh(x[i])`.
///
/// - Spec: ONNX Asinh-22. -9 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Asinh: PlainFloatFunction {
  public static let name: StaticString = "Asinh"
  public static let code = OpCode.asinh
  public static let versions = [9, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_asinh(x) }
}
