import O2MTensor

/// Sum along axes.
///
/// - Spec: ONNX ReduceSum-13. Before it the axes are an attribute, which the importer turns into an input.
/// - Shapes: `x` number `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: one rounding of the float64 sum; integers wrap.
public struct ReduceSum: IntegerReduction {
  public static let name: StaticString = "ReduceSum"
  public static let code = OpCode.reduceSum
  public static let versions = [1, 11, 13]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let initial = 0.0
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial + x }
  public static func initial(for element: ElementType) -> Int { 0 }
  public static func combine(_ partial: Int, _ x: Int) -> Int { partial &+ x }
}
