import O2MTensor

/// Piecewise swish: `y[i] = x[i] * max(0, min(1, x[i] / 6 + 1/2))`.
///
/// - Spec: ONNX HardSwish-22. -14 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
public struct HardSwish: PlainFloatFunction {
  public static let name: StaticString = "HardSwish"
  public static let code = OpCode.hardSwish
  public static let versions = [14, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { x * Activation.unit(x / 6 + 0.5) }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.hardSwish(alpha: 1 / 6, beta: 0.5)) }
}
