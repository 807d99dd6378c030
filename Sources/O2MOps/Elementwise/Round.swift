import CO2MPlatform
import O2MTensor

/// Nearest integer; halves go to the even one.
///
/// - Spec: ONNX Round-22. -11 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
public struct Round: PlainFloatFunction {
  public static let name: StaticString = "Round"
  public static let code = OpCode.round
  public static let versions = [11, 22]
  public init() {}
  public func apply(_ x: Double) -> Double { o2m_rint(x) }
}
