import O2MTensor

/// Swish: `y[i] = x[i] / (1 + exp(-alpha * x[i]))`. With alpha 1 it is SiLU, which passes also make from `x * Sigmoid(x)`.
///
/// - Spec: ONNX Swish-24.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(_, .outOfRange)` when alpha is NaN or infinite.
public struct Swish: AlphaFunction {
  public static let name: StaticString = "Swish"
  public static let code = OpCode.swish
  public static let versions = [24]
  public static let usualAlpha: Float = 1

  public var alpha: Float

  public init(alpha: Float = Self.usualAlpha) { self.alpha = alpha }

  public func apply(_ x: Double) -> Double { x * Activation.logistic(Double(alpha) * x) }
  public func role(_ inputs: [InputFact?]) -> Role { alpha == 1 ? .activation(.silu) : .unfusable("alpha is not 1") }
}
