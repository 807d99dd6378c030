import O2MTensor

/// Comparison with broadcasting: `c[i] = a[i] < b[i]`.
///
/// - Spec: ONNX Less-13. The `axis` attribute of -6 is rewritten by the importer.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c` bool.
/// - Parity: exact. A comparison with NaN is false.
public struct Less: ComparisonFunction {
  public static let name: StaticString = "Less"
  public static let code = OpCode.less
  public static let versions = [1, 7, 9, 13]
  public static let elements = ElementClass.numbers
  public init() {}
  public static func holds(_ a: Double, _ b: Double) -> Bool { a < b }
  public static func holds(_ a: Int, _ b: Int) -> Bool { a < b }
}
