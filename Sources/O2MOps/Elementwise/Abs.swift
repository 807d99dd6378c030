import O2MTensor

/// Magnitude: `y[i] = |x[i]|`.
///
/// - Spec: ONNX Abs-13. -6 and -1 allow fewer types.
/// - Shapes: `x` number `[*]` → `y`, same type and shape.
/// - Parity: exact; integers wrap.
public struct Abs: NumberFunction {
  public static let name: StaticString = "Abs"
  public static let code = OpCode.abs
  public static let versions = [1, 6, 13]
  public init() {}
  public static func apply(_ x: Double) -> Double { x.magnitude }
  public static func apply(_ x: Int) -> Int { x < 0 ? 0 &- x : x }
}
