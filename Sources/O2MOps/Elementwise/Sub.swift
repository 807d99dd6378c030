import O2MTensor

/// Difference with broadcasting: `c[i] = a[i] - b[i]`.
///
/// - Spec: ONNX Sub-14. The `axis` attribute of -6 is rewritten by the importer.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c`.
/// - Parity: exact; integers wrap.
public struct Sub: BinaryArithmetic {
  public static let name: StaticString = "Sub"
  public static let code = OpCode.sub
  public static let versions = [1, 6, 7, 13, 14]
  public static let arithmetic = Arithmetic.subtract
  public init() {}
  public static func apply(_ a: Double, _ b: Double) -> Double { a - b }
  public static func apply(_ a: Int, _ b: Int) -> Int { a &- b }
}
