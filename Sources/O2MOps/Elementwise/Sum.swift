import O2MTensor

/// Sum of all inputs, with broadcasting.
///
/// - Spec: ONNX Sum-13. Before -8 there is no broadcasting.
/// - Shapes: one or more floats of one element type, broadcast together → `y`.
/// - Parity: one rounding of the float64 sum.
public struct Sum: VariadicArithmetic {
  public static let name: StaticString = "Sum"
  public static let code = OpCode.sum
  public static let versions = [1, 6, 8, 13]
  public static let elements = ElementClass.floats
  public init() {}
  public static func combine(_ a: Double, _ b: Double) -> Double { a + b }
  public static func combine(_ a: Int, _ b: Int) -> Int { a &+ b }
}
