import O2MTensor

/// Sum of squares along axes.
///
/// - Spec: ONNX ReduceSumSquare-18. Before -18 the axes are an attribute, which the importer turns into an input.
/// - Shapes: `x` number `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: one rounding of the float64 sum; integers wrap.
public struct ReduceSumSquare: IntegerReduction {
  public static let name: StaticString = "ReduceSumSquare"
  public static let code = OpCode.reduceSumSquare
  public static let versions = [1, 11, 13, 18]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let initial = 0.0
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial + x * x }
  public static func initial(for element: ElementType) -> Int { 0 }
  public static func combine(_ partial: Int, _ x: Int) -> Int { partial &+ x &* x }
}
