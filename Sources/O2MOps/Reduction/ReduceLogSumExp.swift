import CO2MPlatform
import O2MTensor

/// Logarithm of the sum of exponentials along axes: `y = m + log(Σ exp(x − m))`, where m is the largest element.
///
/// - Spec: ONNX ReduceLogSumExp-28, floats only; -18 also takes integers. Before it the axes are an attribute, which the importer turns
///   into an input.
/// - Shapes: `x` number `[*]`, `axes` integers known before the model runs, optional → `y` of the same type.
/// - Parity: one rounding of the float64 value; integers truncate. Of nothing it is −infinity.
public struct ReduceLogSumExp: OnnxOperator, Computation {
  public static let name: StaticString = "ReduceLogSumExp"
  public static let code = OpCode.reduceLogSumExp
  public static let versions = [1, 11, 13, 18, 28]
  public static let elements = ElementClass.numbers

  public var options: ReduceOptions

  public init(_ node: some NodeSource) throws(OpFault) { options = try ReduceOptions(node) }

  public init(options: ReduceOptions = ReduceOptions()) { self.options = options }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let x = try inputs.shape(0)
    return [TensorType(element, options.output(x, try options.axes(inputs, x)))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let axes = try options.axes(inputs.facts, x.shape)
    let shape = options.output(x.shape, axes)
    let kept = ReduceOptions(keepsAxes: true).output(x.shape, axes)
    let values = x.doubles(), walk = ReductionWalk(x.shape, axes)
    var largest = [Double](repeating: -.infinity, count: shape.count)
    walk.run(values, into: &largest, Max.combine)
    // An infinite shift would make NaN of infinity − infinity.
    let shift = largest.map { $0.isFinite ? $0 : 0 }
    let exponentials = broadcast(values, x.shape, shift, kept, to: x.shape) { o2m_exp($0 - $1) }
    var sums = [Double](repeating: 0, count: shape.count)
    walk.run(exponentials, into: &sums) { $0 + $1 }
    return [Tensor(x.element, shape, rounding: (0..<shape.count).map { shift[$0] + o2m_log(sums[$0]) })]
  }

  public func encode(to record: inout RecordWriter) { options.encode(to: &record) }
  public init(from record: inout RecordReader) throws(FormatFault) { options = try ReduceOptions(from: &record) }
}
