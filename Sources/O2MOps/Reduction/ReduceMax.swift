import O2MTensor

/// Largest element along axes. NaN wins; of nothing it is −infinity, or the smallest integer.
///
/// - Spec: ONNX ReduceMax-20. Before -18 the axes are an attribute, which the importer turns into an input.
/// - Shapes: `x` number or bool `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: exact.
public struct ReduceMax: IntegerReduction {
  public static let name: StaticString = "ReduceMax"
  public static let code = OpCode.reduceMax
  public static let versions = [1, 11, 12, 13, 18, 20]
  public var options: ReduceOptions
  public init(options: ReduceOptions) { self.options = options }

  public static let elements = ElementClass.comparable
  public static let initial = -Double.infinity
  public static func combine(_ partial: Double, _ x: Double) -> Double { Max.combine(partial, x) }
  public static let comparesOnly = true
  public static func initial(for element: ElementType) -> Int { Tensor(element, [], wrapping: [element.leastInt]).orderedInts()[0] }
  public static func combine(_ partial: Int, _ x: Int) -> Int { max(partial, x) }
}
