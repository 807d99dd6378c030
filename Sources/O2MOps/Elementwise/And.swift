import O2MTensor

/// Logic with broadcasting: `c[i] = a[i] and b[i]`.
///
/// - Spec: ONNX And-7. The `axis` attribute of -1 is rewritten by the importer.
/// - Shapes: `a`, `b` bool, broadcast together → `c` bool.
/// - Parity: exact.
public struct And: LogicalFunction {
  public static let name: StaticString = "And"
  public static let code = OpCode.and
  public static let versions = [1, 7]
  public init() {}
  public static func holds(_ a: Bool, _ b: Bool) -> Bool { a && b }
}
