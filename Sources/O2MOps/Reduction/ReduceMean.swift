import O2MTensor

/// Arithmetic mean along axes.
///
/// - Spec: ONNX ReduceMean-18. Before -18 the axes are an attribute, which the importer turns into an input.
/// - Shapes: `x` number `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: one rounding of the float64 mean; integers truncate. Of nothing it is NaN.
public struct ReduceMean: Reduction {
  public static let name: StaticString = "ReduceMean"
  public static let code = OpCode.reduceMean
  public static let versions = [1, 11, 13, 18]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let initial = 0.0
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial + x }
  public static func finish(_ value: Double, count: Int) -> Double { value / Double(count) }
}
