import O2MTensor

/// Smallest element along axes. NaN wins; of nothing it is infinity, or the largest integer.
///
/// - Spec: ONNX ReduceMin-20. Before -18 the axes are an attribute, which the importer turns into an input.
/// - Shapes: `x` number or bool `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: exact.
public struct ReduceMin: IntegerReduction {
  public static let name: StaticString = "ReduceMin"
  public static let code = OpCode.reduceMin
  public static let versions = [1, 11, 12, 13, 18, 20]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let elements = ElementClass.comparable
  public static let initial = Double.infinity
  public static func combine(_ partial: Double, _ x: Double) -> Double { Min.combine(partial, x) }
  public static let comparesOnly = true
  public static func initial(for element: ElementType) -> Int { Tensor(element, [], wrapping: [element.greatestInt]).orderedInts()[0] }
  public static func combine(_ partial: Int, _ x: Int) -> Int { min(partial, x) }
}
