import O2MTensor

/// Bitwise and with broadcasting: `c[i] = a[i] & b[i]`.
///
/// - Spec: ONNX BitwiseAnd-18.
/// - Shapes: `a`, `b` integer of 8 bits or more, one element type, broadcast together → `c`.
/// - Parity: exact.
public struct BitwiseAnd: PlainIntegerFunction {
  public static let name: StaticString = "BitwiseAnd"
  public static let code = OpCode.bitwiseAnd
  public static let versions = [18]
  public init() {}
  public func apply(_ a: Int, _ b: Int, _ element: ElementType) -> Int { a & b }
}
