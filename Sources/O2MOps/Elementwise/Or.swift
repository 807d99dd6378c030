import O2MTensor

/// Logic with broadcasting: `c[i] = a[i] or b[i]`.
///
/// - Spec: ONNX Or-7. The `axis` attribute of -1 is rewritten by the importer.
/// - Shapes: `a`, `b` bool, broadcast together → `c` bool.
/// - Parity: exact.
public struct Or: LogicalFunction {
  public static let name: StaticString = "Or"
  public static let code = OpCode.or
  public static let versions = [1, 7]
  public init() {}
  public static func holds(_ a: Bool, _ b: Bool) -> Bool { a || b }
}
