import O2MTensor

/// Rectifier with a threshold: `y[i] = x[i] > alpha ? x[i] : 0`.
///
/// - Spec: ONNX ThresholdedRelu-22. -10 allows fewer types.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: exact.
/// - Errors: `.attribute(.alpha, .outOfRange)` when alpha is NaN or infinite.
public struct ThresholdedRelu: FloatFunction {
  public static let name: StaticString = "ThresholdedRelu"
  public static let code = OpCode.thresholdedRelu
  public static let versions = [10, 22]

  public var alpha: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    alpha = try node.float(.alpha, default: 1)
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
  }

  public func apply(_ x: Double) -> Double { x > Double(alpha) ? x : 0 }

  public func encode(to record: inout RecordWriter) { record.put(alpha) }
  public init(from record: inout RecordReader) throws(FormatFault) { alpha = try record.float() }
}
