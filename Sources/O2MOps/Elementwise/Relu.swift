import O2MTensor

/// Rectifier: `y[i] = max(0, x[i])`. NaN passes through.
///
/// - Spec: ONNX Relu-14. Earlier versions allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Relu: PlainFloatFunction {
  public static let name: StaticString = "Relu"
  public static let versions = [1, 6, 13, 14]
  public init() {}
  public func apply(_ x: Double) -> Double { x < 0 ? 0 : x }
}
