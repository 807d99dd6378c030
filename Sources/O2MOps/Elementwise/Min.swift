import O2MTensor

/// Smallest of all inputs, with broadcasting. NaN wins.
///
/// - Spec: ONNX Min-13. Before -8 there is no broadcasting; earlier versions allow fewer types.
/// - Shapes: one or more numbers of one element type, broadcast together → `y`.
/// - Parity: exact.
public struct Min: VariadicArithmetic {
  public static let name: StaticString = "Min"
  public static let code = OpCode.min
  public static let versions = [1, 6, 8, 12, 13]
  public static let elements = ElementClass.numbers
  public init() {}
  public static func combine(_ a: Double, _ b: Double) -> Double { a.isNaN ? a : b.isNaN || b < a ? b : a }
  public static func combine(_ a: Int, _ b: Int) -> Int { min(a, b) }
}
