import O2MTensor

/// Sum with broadcasting: `c[i] = a[i] + b[i]`.
///
/// - Spec: ONNX Add-14. The `axis` attribute of -6 is rewritten by the importer.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c`.
/// - Parity: exact; integers wrap.
public struct Add: BinaryArithmetic {
  public static let name: StaticString = "Add"
  public static let code = OpCode.add
  public static let versions = [1, 6, 7, 13, 14]
  public static let arithmetic = Arithmetic.add
  public init() {}
  public static func apply(_ a: Double, _ b: Double) -> Double { a + b }
  public static func apply(_ a: Int, _ b: Int) -> Int { a &+ b }
}
