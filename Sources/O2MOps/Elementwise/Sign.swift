import O2MTensor

/// Sign: −1, 0 or 1. NaN passes through.
///
/// - Spec: ONNX Sign-13. -9 allows fewer types.
/// - Shapes: `x` number `[*]` → `y`, same type and shape.
/// - Parity: exact; integers wrap.
public struct Sign: NumberFunction {
  public static let name: StaticString = "Sign"
  public static let code = OpCode.sign
  public static let versions = [9, 13]
  public init() {}
  public static func apply(_ x: Double) -> Double { x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x }
  public static func apply(_ x: Int) -> Int { x.signum() }
  public static func apply(_ x: UInt) -> UInt { min(x, 1) }
}
