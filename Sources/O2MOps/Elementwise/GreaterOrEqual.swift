import O2MTensor

/// Comparison with broadcasting: `c[i] = a[i] >= b[i]`.
///
/// - Spec: ONNX GreaterOrEqual-16. -12 allows fewer types.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c` bool.
/// - Parity: exact. A comparison with NaN is false.
public struct GreaterOrEqual: ComparisonFunction {
  public static let name: StaticString = "GreaterOrEqual"
  public static let code = OpCode.greaterOrEqual
  public static let versions = [12, 16]
  public static let elements = ElementClass.numbers
  public init() {}
  public static func holds(_ a: Double, _ b: Double) -> Bool { a >= b }
  public static func holds(_ a: Int, _ b: Int) -> Bool { a >= b }
}
