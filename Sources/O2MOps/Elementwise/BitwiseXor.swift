import O2MTensor

/// Bitwise exclusive or with broadcasting: `c[i] = a[i] ^ b[i]`.
///
/// - Spec: ONNX BitwiseXor-18.
/// - Shapes: `a`, `b` integer of 8 bits or more, one element type, broadcast together → `c`.
/// - Parity: exact.
public struct BitwiseXor: PlainIntegerFunction {
  public static let name: StaticString = "BitwiseXor"
  public static let code = OpCode.bitwiseXor
  public static let versions = [18]
  public init() {}
  public func apply(_ a: Int, _ b: Int, _ element: ElementType) -> Int { a ^ b }
}
