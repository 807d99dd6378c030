import O2MTensor

/// Rectifier with a threshold: `y[i] = x[i] > alpha ? x[i] : 0`.
///
/// - Spec: ONNX ThresholdedRelu-22. -10 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
/// - Errors: `.attribute(.alpha, .outOfRange)` when alpha is NaN or infinite.
public struct ThresholdedRelu: AlphaFunction {
  public static let name: StaticString = "ThresholdedRelu"
  public static let code = OpCode.thresholdedRelu
  public static let versions = [10, 22]
  public static let usualAlpha: Float = 1

  public var alpha: Float

  public init(alpha: Float = Self.usualAlpha) { self.alpha = alpha }

  public func apply(_ x: Double) -> Double { x > Double(alpha) ? x : 0 }
}
