import O2MTensor

/// Equality with broadcasting: `c[i] = a[i] == b[i]`.
///
/// - Spec: ONNX Equal-19, without strings. The `axis` attribute of -6 is rewritten by the importer.
/// - Shapes: `a`, `b` number or bool, one element type, broadcast together → `c` bool.
/// - Parity: exact. A comparison with NaN is false.
public struct Equal: ComparisonFunction {
  public static let name: StaticString = "Equal"
  public static let code = OpCode.equal
  public static let versions = [1, 7, 11, 13, 19]
  public static let elements = ElementClass.comparable
  public init() {}
  public static func holds(_ a: Double, _ b: Double) -> Bool { a == b }
  public static func holds(_ a: Int, _ b: Int) -> Bool { a == b }
}
