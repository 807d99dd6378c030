import O2MTensor

/// Negation: `y[i] = -x[i]`.
///
/// - Spec: ONNX Neg-13. -6 and -1 allow fewer types.
/// - Shapes: `x` float or signed integer `[*]` → `y`, same type and shape.
/// - Parity: exact; integers wrap.
public struct Neg: NumberFunction {
  public static let name: StaticString = "Neg"
  public static let code = OpCode.neg
  public static let versions = [1, 6, 13]
  public static let elements = ElementClass.signed
  public init() {}
  public static func apply(_ x: Double) -> Double { -x }
  public static func apply(_ x: Int) -> Int { 0 &- x }
}
