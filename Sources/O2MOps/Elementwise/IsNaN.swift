import O2MTensor

/// `y[i] = x[i] is NaN`.
///
/// - Spec: ONNX IsNaN-20. -9 and -13 allow fewer types.
/// - Shapes: `x` float of any width `[*]` → `y` bool, same shape.
/// - Parity: exact.
public struct IsNaN: FloatTest, PlainOperator {
  public static let name: StaticString = "IsNaN"
  public static let code = OpCode.isNaN
  public static let versions = [9, 13, 20]
  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }
  public func holds(_ x: Double) -> Bool { x.isNaN }
}
