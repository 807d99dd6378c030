import O2MTensor

/// Quotient with broadcasting: `c[i] = a[i] / b[i]`; integers truncate toward zero.
///
/// - Spec: ONNX Div-14. The `axis` attribute of -6 is rewritten by the importer.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c`.
/// - Parity: exact; integers wrap, and an integer divided by zero, which ONNX leaves open, is 0.
public struct Div: BinaryArithmetic {
  public static let name: StaticString = "Div"
  public static let code = OpCode.div
  public static let versions = [1, 6, 7, 13, 14]
  public static let arithmetic = Arithmetic.divide
  public init() {}
  public static func apply(_ a: Double, _ b: Double) -> Double { a / b }
  public static func apply(_ a: Int, _ b: Int) -> Int { b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue }
  public static func apply(_ a: UInt, _ b: UInt) -> UInt { b == 0 ? 0 : a / b }
}
