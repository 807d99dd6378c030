import O2MTensor

/// Rectifier: `y[i] = max(0, x[i])`. NaN passes through.
///
/// - Spec: ONNX Relu-14. Earlier versions allow fewer types.
/// - Shapes: `x` float or signed integer `[*]` → `y`, same type and shape.
/// - Parity: exact; integers wrap.
public struct Relu: NumberFunction {
  public static let name: StaticString = "Relu"
  public static let code = OpCode.relu
  public static let versions = [1, 6, 13, 14]
  public static let elements = ElementClass.signed
  public init() {}
  public static func apply(_ x: Double) -> Double { x < 0 ? 0 : x }
  public func role(_ inputs: [InputFact?]) -> Role { .activation(.relu) }
  public static func apply(_ x: Int) -> Int { max(0, x) }
}
