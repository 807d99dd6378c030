import O2MTensor

/// Leaky rectifier: `y[i] = x[i] < 0 ? alpha * x[i] : x[i]`.
///
/// - Spec: ONNX LeakyRelu-16. -6 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact. NaN and −0 pass through.
/// - Errors: `.attribute(.alpha, .outOfRange)` when alpha is NaN or infinite.
public struct LeakyRelu: AlphaFunction {
  public static let name: StaticString = "LeakyRelu"
  public static let code = OpCode.leakyRelu
  public static let versions = [1, 6, 16]
  public static let usualAlpha: Float = 0.01

  public var alpha: Float

  public init(alpha: Float = Self.usualAlpha) { self.alpha = alpha }

  public func apply(_ x: Double) -> Double { x < 0 ? Double(alpha) * x : x }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.leakyRelu(alpha: alpha)) }
}
