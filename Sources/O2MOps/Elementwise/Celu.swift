import CO2MPlatform
import O2MTensor

/// Continuous exponential unit: `y[i] = max(0, x[i]) + min(0, alpha * (exp(x[i] / alpha) - 1))`.
///
/// - Spec: ONNX Celu-28; -12 is of float32 only.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(_, .outOfRange)` when alpha is NaN or infinite.
public struct Celu: AlphaFunction {
  public static let name: StaticString = "Celu"
  public static let code = OpCode.celu
  public static let versions = [12, 28]
  public static let usualAlpha: Float = 1

  public var alpha: Float

  public init(alpha: Float = Self.usualAlpha) { self.alpha = alpha }

  public func apply(_ x: Double) -> Double { x > 0 ? x : Double(alpha) * o2m_expm1(x / Double(alpha)) }
}
