import CO2MPlatform
import O2MTensor

/// Logarithm of the sum along axes.
///
/// - Spec: ONNX ReduceLogSum-28, floats only; -18 also takes integers. Before -18 the axes are an attribute, which the importer turns into
///   an input.
/// - Shapes: `x` number `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: one rounding of the float64 logarithm; integers truncate.
public struct ReduceLogSum: Reduction {
  public static let name: StaticString = "ReduceLogSum"
  public static let code = OpCode.reduceLogSum
  public static let versions = [1, 11, 13, 18, 28]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let initial = 0.0
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial + x }
  public static func finish(_ value: Double, count: Int) -> Double { o2m_log(value) }
}
