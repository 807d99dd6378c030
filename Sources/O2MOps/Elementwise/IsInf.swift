import O2MTensor

/// `y[i] = x[i] is +∞ or −∞`; each of them counts only where its attribute asks for it.
///
/// - Spec: ONNX IsInf-20. -10 allows fewer types.
/// - Shapes: `x` float of any width `[*]` → `y` bool, same shape.
/// - Parity: exact.
public struct IsInf: FloatTest {
  public static let name: StaticString = "IsInf"
  public static let code = OpCode.isInf
  public static let versions = [10, 20]

  public var negative: Bool
  public var positive: Bool

  public init(negative: Bool = true, positive: Bool = true) {
    self.negative = negative
    self.positive = positive
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    negative = try node.flag(.detect_negative, default: true)
    positive = try node.flag(.detect_positive, default: true)
  }

  public func holds(_ x: Double) -> Bool { x.isInfinite && (x < 0 ? negative : positive) }

  public func encode(to record: inout RecordWriter) {
    record.put(negative)
    record.put(positive)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    negative = try record.flag()
    positive = try record.flag()
  }
}
