import CO2MKernels
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
  public static func device(_ x: Operand, _ y: Operand) -> Kernel? {
    UnaryKernel(UnaryFunction(O2M_F32_SIGN), x, y).map { .unary($0) } ?? GenericUnaryKernel(O2M_UNARY_SIGN, x, y).map { .genericUnary($0) }
  }
}
