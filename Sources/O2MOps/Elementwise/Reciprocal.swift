import O2MTensor

/// Reciprocal: `y[i] = 1 / x[i]`.
///
/// - Spec: ONNX Reciprocal-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Reciprocal: PlainFloatFunction {
  public static let name: StaticString = "Reciprocal"
  public static let code = OpCode.reciprocal
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { 1 / x }
}
