import O2MTensor

/// An operator that combines all elements along some axes: `y = finish(combine(… combine(initial, x0) …, xn), count)`.
///
/// Floats are formed in float64 and rounded once.
public protocol Reduction: OnnxOperator, Computation {
  var options: ReduceOptions { get set }
  init(options: ReduceOptions)
  static var elements: ElementClass { get }
  static var initial: Double { get }
  static func combine(_ partial: Double, _ x: Double) -> Double
  static func finish(_ value: Double, count: Int) -> Double
}

/// A reduction that is exact on integers, which wrap; the others form them in float64 and truncate.
public protocol IntegerReduction: Reduction {
  /// The start value, among integers that are ordered as the elements are.
  static func initial(for element: ElementType) -> Int
  static func combine(_ partial: Int, _ x: Int) -> Int
  /// Whether only the order of the elements matters, so that uint64 is given with its sign bit flipped.
  static var comparesOnly: Bool { get }
}

extension Reduction {
  public static var elements: ElementClass { .numbers }
  public static func finish(_ value: Double, count: Int) -> Double { value }

  public init() { self.init(options: ReduceOptions()) }
  public init(_ node: some NodeSource) throws(OpFault) { self.init(options: try ReduceOptions(node)) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let x = try inputs.shape(0)
    return [TensorType(element, options.output(x, try options.axes(inputs, x)))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] { [try floatReference(inputs)] }

  fileprivate func floatReference(_ inputs: [Tensor?]) throws(OpFault) -> Tensor {
    try options.reduced(inputs, from: Self.initial, Self.combine) { Self.finish($0, count: $1) }
  }

  public func encode(to record: inout RecordWriter) { options.encode(to: &record) }
  public init(from record: inout RecordReader) throws(FormatFault) { self.init(options: try ReduceOptions(from: &record)) }
}

extension IntegerReduction {
  public static var comparesOnly: Bool { false }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    if x.element.isFloat { return [try floatReference(inputs)] }
    return [try options.reduced(inputs, from: Self.initial(for: x.element), ordered: Self.comparesOnly, Self.combine)]
  }
}

// The loops know no operator: a device holds each of them once, not once per operator.
extension ReduceOptions {
  @inline(never)
  fileprivate func reduced(
    _ inputs: [Tensor?], from initial: Double, _ combine: (Double, Double) -> Double, finish: (Double, Int) -> Double
  ) throws(OpFault) -> Tensor {
    let x = try inputs.tensor(0)
    let axes = try axes(inputs.facts, x.shape)
    let shape = output(x.shape, axes)
    var y = [Double](repeating: initial, count: shape.count)
    ReductionWalk(x.shape, axes).run(x.doubles(), into: &y, combine)
    let count = axes.reduce(1) { $0 * x.shape[$1] }
    return Tensor(x.element, shape, rounding: y.map { finish($0, count) })
  }

  @inline(never)
  fileprivate func reduced(
    _ inputs: [Tensor?], from initial: Int, ordered: Bool, _ combine: (Int, Int) -> Int
  ) throws(OpFault) -> Tensor {
    let x = try inputs.tensor(0)
    let axes = try axes(inputs.facts, x.shape)
    let shape = output(x.shape, axes)
    var y = [Int](repeating: initial, count: shape.count)
    ReductionWalk(x.shape, axes).run(ordered ? x.orderedInts() : x.ints(), into: &y, combine)
    return ordered ? Tensor(x.element, shape, ordered: y) : Tensor(x.element, shape, wrapping: y)
  }
}
