import O2MTensor

/// Sum of magnitudes along axes.
///
/// - Spec: ONNX ReduceL1-18. Before -18 the axes are an attribute, which the importer turns into an input.
/// - Shapes: `x` number `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: one rounding of the float64 sum; integers wrap.
public struct ReduceL1: IntegerReduction {
  public static let name: StaticString = "ReduceL1"
  public static let code = OpCode.reduceL1
  public static let versions = [1, 11, 13, 18]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let initial = 0.0
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial + x.magnitude }
  public static func initial(for element: ElementType) -> Int { 0 }
  public static func combine(_ partial: Int, _ x: Int) -> Int { partial &+ (x < 0 ? 0 &- x : x) }
}
