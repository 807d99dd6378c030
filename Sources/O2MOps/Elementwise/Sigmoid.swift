import O2MTensor

/// Logistic function: `y[i] = 1 / (1 + exp(-x[i]))`.
///
/// - Spec: ONNX Sigmoid-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct Sigmoid: PlainFloatFunction {
  public static let name: StaticString = "Sigmoid"
  public static let code = OpCode.sigmoid
  public static let versions = [1, 6, 13]
  public init() {}
  public func apply(_ x: Double) -> Double { Activation.logistic(x) }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.sigmoid) }
}
