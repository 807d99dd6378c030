import CO2MPlatform
import O2MTensor

/// Exponential linear unit: `y[i] = x[i] < 0 ? alpha * (exp(x[i]) - 1) : x[i]`.
///
/// - Spec: ONNX Elu-22. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(_, .outOfRange)` when alpha is NaN or infinite.
public struct Elu: AlphaFunction {
  public static let name: StaticString = "Elu"
  public static let code = OpCode.elu
  public static let versions = [1, 6, 22]
  public static let usualAlpha: Float = 1

  public var alpha: Float

  public init(alpha: Float = Self.usualAlpha) { self.alpha = alpha }

  public func apply(_ x: Double) -> Double { x < 0 ? Double(alpha) * o2m_expm1(x) : x }
}
