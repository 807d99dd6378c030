import O2MTensor

/// Product with broadcasting: `c[i] = a[i] * b[i]`.
///
/// - Spec: ONNX Mul-14. The `axis` attribute of -6 is rewritten by the importer.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c`.
/// - Parity: exact; integers wrap.
public struct Mul: BinaryArithmetic {
  public static let name: StaticString = "Mul"
  public static let code = OpCode.mul
  public static let versions = [1, 6, 7, 13, 14]
  public static let arithmetic = Arithmetic.multiply
  public init() {}
  public static func apply(_ a: Double, _ b: Double) -> Double { a * b }
  public static func apply(_ a: Int, _ b: Int) -> Int { a &* b }
}
