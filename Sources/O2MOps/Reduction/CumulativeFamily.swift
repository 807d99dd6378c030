import O2MTensor

/// The attributes of CumSum and CumProd.
public struct CumulativeOptions: Equatable, Sendable {
  /// Whether an element itself is left out of its result.
  public var isExclusive: Bool
  /// Whether the last element comes first.
  public var isReverse: Bool

  public init(isExclusive: Bool = false, isReverse: Bool = false) {
    self.isExclusive = isExclusive
    self.isReverse = isReverse
  }
}

/// An operator that combines each element along an axis with all before it: `y[k] = combine(y[k − 1], x[k])`.
///
/// Floats are formed in float64 and rounded once; integers wrap. The axis is the second input.
public protocol Cumulation: OnnxOperator, Computation {
  var options: CumulativeOptions { get set }
  init(options: CumulativeOptions)
  /// What nothing combines to.
  static var initial: Int { get }
  static func combine(_ partial: Double, _ x: Double) -> Double
  static func combine(_ partial: Int, _ x: Int) -> Int
}

extension Cumulation {
  public static var elements: ElementClass { .numbers }
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    self.init(
      options: CumulativeOptions(
        isExclusive: try node.flag(.exclusive, default: false), isReverse: try node.flag(.reverse, default: false)))
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    guard index == 1, let rank = inputs.first??.type.rank, rank > 0 else { return nil }
    return 0...rank - 1
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0, elements: .numbers).type, axis = try inputs.require(1, elements: .integers)
    if let count = axis.type.shape?.count, count != 1 { throw .elementCount(expected: 1, found: count) }
    if let value = axis.value { _ = try x.resolve(value.ints()[0]) }
    return [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    _ = try infer(inputs.facts)
    return [try options.cumulated(inputs, from: Self.initial, floats: Self.combine, integers: Self.combine)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(options.isExclusive)
    record.put(options.isReverse)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    self.init(options: CumulativeOptions(isExclusive: try record.flag(), isReverse: try record.flag()))
  }
}

// The loops know no operator: a device holds each of them once, not once per operator.
extension CumulativeOptions {
  @inline(never)
  fileprivate func cumulated(
    _ inputs: [Tensor?], from initial: Int, floats: (Double, Double) -> Double, integers: (Int, Int) -> Int
  ) throws(OpFault) -> Tensor {
    let x = try inputs.tensor(0)
    let lines = x.shape.lines(along: try x.shape.resolve(try inputs.tensor(1).ints()[0]))
    return x.element.isFloat
      ? Tensor(x.element, x.shape, rounding: cumulated(x.doubles(), lines, from: Double(initial), floats))
      : Tensor(x.element, x.shape, wrapping: cumulated(x.ints(), lines, from: initial, integers))
  }

  private func cumulated<T>(_ x: [T], _ lines: Lines, from initial: T, _ combine: (T, T) -> T) -> [T] {
    var y = x
    for outer in 0..<lines.outer {
      for inner in 0..<lines.inner {
        var partial = initial
        for step in 0..<lines.extent {
          let place = (outer * lines.extent + (isReverse ? lines.extent - 1 - step : step)) * lines.inner + inner
          let next = combine(partial, x[place])
          y[place] = isExclusive ? partial : next
          partial = next
        }
      }
    }
    return y
  }
}
