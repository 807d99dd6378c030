import O2MGraph
import O2MOps
import O2MTensor

/// The ranges that values should keep to, found backwards: from the operators that ask for them, through casts, moves and simple
/// arithmetic, to the graph's inputs.
///
/// They serve to draw inputs. Where a range is lost on the way, or two contradict each other, a drawn number may still be refused.
struct ValueRanges {
  /// By value: what no operator refuses, and what the graph tells apart.
  private(set) var accepted: [ClosedRange<Double>?]
  private(set) var told: [ClosedRange<Double>?]

  init(_ graph: Graph) {
    accepted = [ClosedRange<Double>?](repeating: nil, count: graph.valueCount)
    told = accepted
    for node in graph.nodes.reversed() {
      let facts = graph.facts(node.inputs)
      for (index, input) in node.inputs.enumerated() {
        guard let input, facts[index]?.value == nil else { continue }
        let step = RangeStep(op: node.op, index: index, facts: facts)
        if let range = node.op.accepted(index, facts) { narrow(input, Double(range.lowerBound)...Double(range.upperBound)) }
        if let range = step.told { widen(input, range) }
        for output in node.outputs {
          if let range = accepted[output.index].flatMap({ step.source(of: $0) }) { narrow(input, range) }
          if let range = told[output.index].flatMap({ step.source(of: $0) }) { widen(input, range) }
        }
      }
    }
  }

  private mutating func narrow(_ id: ValueID, _ range: ClosedRange<Double>) {
    guard let old = accepted[id.index] else { return accepted[id.index] = range }
    let low = max(old.lowerBound, range.lowerBound), high = min(old.upperBound, range.upperBound)
    if low <= high { accepted[id.index] = low...high }
  }

  private mutating func widen(_ id: ValueID, _ range: ClosedRange<Double>) {
    let old = told[id.index] ?? range
    told[id.index] = min(old.lowerBound, range.lowerBound)...max(old.upperBound, range.upperBound)
  }
}

/// What one node makes of the numbers in its input `index`.
private struct RangeStep {
  let op: Op
  let index: Int
  let facts: [InputFact?]

  private var isInteger: Bool { facts[index]?.type.element.isInteger ?? false }

  /// Least and greatest of the constant at `other`.
  private func constant(_ other: Int) -> ClosedRange<Double>? {
    guard other < facts.count, let values = facts[other]?.value?.doubles(), let low = values.min(), let high = values.max(),
      low.isFinite, high.isFinite
    else { return nil }
    return low...high
  }

  /// The numbers that the node itself tells apart.
  var told: ClosedRange<Double>? {
    switch op {
    case .equal: return constant(1 - index).map { $0.lowerBound == $0.upperBound ? $0.lowerBound...$0.upperBound + 1 : $0 }
    case .greater, .greaterOrEqual: return threshold(isLower: index == 1)
    case .less, .lessOrEqual: return threshold(isLower: index == 0)
    case .clip:
      guard index == 0, let low = constant(1)?.lowerBound, let high = constant(2)?.upperBound, low < high, high - low < 1e9 else {
        return nil
      }
      return low...high
    case .quantizeLinear: return quantized
    case .log: return 0.01...4
    case .sqrt: return 0...4
    case .acosh: return 1...4
    case .acos, .asin, .atanh: return -0.9...0.9
    case .mod where index == 0: return constant(1).flatMap { $0.lowerBound >= 1 ? 0...2 * $0.upperBound - 1 : nil }
    case .div, .mod: return index == 1 && isInteger ? 1...9 : nil
    default: return nil
    }
  }

  /// A number below or above those of a table: one alone leaves most of them on its other side.
  private func threshold(isLower: Bool) -> ClosedRange<Double>? {
    guard let range = constant(1 - index) else { return nil }
    let low = range.lowerBound, high = range.upperBound, margin = max(1, low.magnitude)
    if low == high { return low - margin...high + margin }
    guard facts[index]?.type.shape?.count == 1 else { return range }
    return isLower ? low...low + (high - low) / 4 : high - (high - low) / 4...high
  }

  /// What an 8-bit code can stand for.
  private var quantized: ClosedRange<Double>? {
    guard index == 0, facts.count > 2, let scale = constant(1), let zero = constant(2), let element = facts[2]?.type.element,
      element.bits == 8, element.isInteger, scale.lowerBound > 0
    else { return nil }
    let least = element == .int8 ? -128.0 : 0
    return (least - zero.lowerBound) * scale.lowerBound...(least + 255 - zero.upperBound) * scale.lowerBound
  }

  /// The numbers of the input that lead into `range`.
  func source(of range: ClosedRange<Double>) -> ClosedRange<Double>? {
    let low = range.lowerBound, high = range.upperBound
    if op.dataflow.moves(index) { return range }
    switch op {
    case .cast(let cast): return cast.to == .bool ? nil : range
    case .add: return constant(1 - index).map { ordered(low - $0.lowerBound, high - $0.upperBound) } ?? shared(range, by: 2)
    case .sub where index == 0:
      return constant(1).map { ordered(low + $0.upperBound, high + $0.lowerBound) } ?? ordered((low + high) / 2, high)
    case .sub: return constant(0).map { ordered($0.upperBound - high, $0.lowerBound - low) } ?? ordered(0, (high - low) / 2)
    case .mul:
      guard let factor = constant(1 - index) else { return low <= 0 && high >= 1 ? 0...high.squareRoot() : nil }
      guard factor.upperBound > 0, factor.lowerBound > 0 || low <= 0 && factor.lowerBound == 0 else { return nil }
      return ordered(low / (low >= 0 ? factor.lowerBound : factor.upperBound), high / (high >= 0 ? factor.upperBound : factor.lowerBound))
    case .div where index == 0:
      guard let divisor = constant(1), divisor.lowerBound > 0 else { return nil }
      // A quotient of integers loses its remainder.
      let slack = isInteger ? divisor.lowerBound - 1 : 0
      return ordered(
        low * (low >= 0 ? divisor.upperBound : divisor.lowerBound), high * (high >= 0 ? divisor.lowerBound : divisor.upperBound) + slack)
    case .mod where index == 0:
      guard let divisor = constant(1), divisor.lowerBound >= 1 else { return nil }
      return low <= 0 && high >= divisor.upperBound - 1 ? nil : ordered(max(low, 0), min(high, divisor.lowerBound - 1))
    case .neg: return -high ... -low
    case .abs: return ordered(max(low, 0), high)
    case .floor, .ceil, .round, .relu, .reduceMax, .reduceMin, .reduceMean, .max, .min: return range
    case .clip: return index == 0 ? range : nil
    case .sum: return shared(range, by: facts.count)
    case .reduceSum, .cumSum: return index == 0 ? shared(range, by: facts[0]?.type.shape?.dims.max() ?? 1) : nil
    default: return nil
    }
  }

  private func ordered(_ low: Double, _ high: Double) -> ClosedRange<Double>? { low <= high ? low...high : nil }

  /// What each of `count` summands may be.
  private func shared(_ range: ClosedRange<Double>, by count: Int) -> ClosedRange<Double>? {
    let count = Double(max(1, count))
    return ordered((range.lowerBound / count).rounded(.up), (range.upperBound / count).rounded(.down))
  }
}
