import O2MTensor

/// Arithmetic mean of all inputs, with broadcasting.
///
/// - Spec: ONNX Mean-13. Before -8 there is no broadcasting.
/// - Shapes: one or more floats of one element type, broadcast together → `y`.
/// - Parity: one rounding of the float64 mean.
public struct Mean: VariadicArithmetic {
  public static let name: StaticString = "Mean"
  public static let code = OpCode.mean
  public static let versions = [1, 6, 8, 13]
  public static let elements = ElementClass.floats
  public init() {}
  public static func combine(_ a: Double, _ b: Double) -> Double { a + b }
  public static func combine(_ a: Int, _ b: Int) -> Int { a &+ b }
  public static func finish(_ value: Double, count: Int) -> Double { value / Double(count) }
}
