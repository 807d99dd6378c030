import O2MTensor

/// Softsign: `y[i] = x[i] / (1 + |x[i]|)`.
///
/// - Spec: ONNX Softsign-22. -1 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Softsign: PlainFloatFunction {
  public static let name: StaticString = "Softsign"
  public static let code = OpCode.softsign
  public static let versions = [1, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { x / (1 + x.magnitude) }
}
