import O2MTensor

/// Index of the largest element along an axis: the first one, or the last where `selectsLast` is set. NaN counts as the largest.
///
/// - Spec: ONNX ArgMax-13. `select_last_index` came with -12.
/// - Shapes: `x` number `[*]` → `y` int64, `axis` with extent 1 or gone.
/// - Parity: exact.
/// - Errors: `.axis` outside the rank; `.emptyOutput` where the axis has no elements.
public struct ArgMax: IndexReduction {
  public static let name: StaticString = "ArgMax"
  public static let code = OpCode.argMax
  public static let versions = [1, 11, 12, 13]

  public var options: IndexOptions
  public init(options: IndexOptions) { self.options = options }

  public static func beats(_ a: Double, _ b: Double) -> Bool { a > b || (a.isNaN && !b.isNaN) }
  public static func beats(_ a: Int, _ b: Int) -> Bool { a > b }
  public static var isMinimum: Bool { false }
}
