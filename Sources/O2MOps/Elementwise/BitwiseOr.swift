import O2MTensor

/// Bitwise or with broadcasting: `c[i] = a[i] | b[i]`.
///
/// - Spec: ONNX BitwiseOr-18.
/// - Shapes: `a`, `b` integer of 8 bits or more, one element type, broadcast together → `c`.
/// - Parity: exact.
public struct BitwiseOr: PlainIntegerFunction {
  public static let name: StaticString = "BitwiseOr"
  public static let code = OpCode.bitwiseOr
  public static let versions = [18]
  public init() {}
  public func apply(_ a: Int, _ b: Int, _ element: ElementType) -> Int { a | b }
}
