import O2MOps
import O2MTensor

/// How long results are taken to be whose lengths depend on data, while a graph is built.
///
/// The graph holds at these lengths only. What it has in common with graphs at others holds at all: see `SizedGraphs`.
public struct CountTrial: Equatable, Sendable {
  let number: Int

  /// As long as they can be: memory is placed for this.
  public static let most = CountTrial(number: 0)
  /// Shorter ones: one less than the most, half of it, few, and none.
  public static let others = (1...4).map { CountTrial(number: $0) }

  private func count(_ most: Int) -> Int {
    switch number {
    case 0: most
    case 1: max(0, most - 1)
    case 2: most / 2
    case 3: min(most, 3)
    default: 0
    }
  }
}

extension CountTrial {
  /// What is known of the operands, with numbers for those that only a run knows; nil where what they say has no bound.
  func facts(_ op: Op, _ inputs: [InputFact?]) -> [InputFact?]? {
    guard let x = inputs.first??.type.shape else { return nil }
    var operands = TriedOperands(facts: inputs)
    let isFilled: Bool
    switch op {
    case .shorten: isFilled = x.rank > 0 && operands.fill(1) { _ in [count(x[0])] }
    case .topK(let op): isFilled = x.axis(op.axis).map { axis in operands.fill(1) { _ in [count(x[axis])] } } ?? false
    case .slice: isFilled = fillCuts(&operands, x)
    case .reduceMean, .reduceSum, .reduceMax, .reduceMin, .reduceProd, .reduceL1, .reduceL2, .reduceSumSquare, .reduceLogSumExp,
      .reduceLogSum:
      isFilled = operands.fill(1) { axes($0, x) }
    case .squeeze: isFilled = operands.fill(1) { count in rotated(x.dims.indices.filter { x[$0] == 1 }, count) }
    case .unsqueeze: isFilled = operands.fill(1) { count in rotated(Array(0..<x.rank + count), count) }
    case .reshape: isFilled = operands.fill(1) { count in target(count, x.count, rest: 1) }
    case .split(let op):
      isFilled = x.axis(op.axis).map { axis in operands.fill(1) { count in target(count, x[axis], rest: 0) } } ?? false
    default: isFilled = false
    }
    return isFilled ? operands.facts : nil
  }

  /// The axes of the least extents, so that what is left is the most; others in other trials.
  private func axes(_ count: Int, _ x: Shape) -> [Int]? {
    rotated(x.dims.indices.sorted { (x[$0], $0) < (x[$1], $1) }, count)
  }

  /// So many of a list, the first in the first trial.
  private func rotated(_ list: [Int], _ count: Int) -> [Int]? {
    guard count <= list.count else { return nil }
    return (0..<count).map { list[($0 + number) % list.count] }.sorted()
  }

  /// So many numbers of which one is `all`, each time another.
  private func target(_ count: Int, _ all: Int, rest: Int) -> [Int]? {
    guard count > 0 else { return all == 1 ? [] : nil }
    return (0..<count).map { $0 == number % count ? all : rest }
  }

  /// Starts, ends, axes and steps of a Slice.
  private func fillCuts(_ operands: inout TriedOperands, _ x: Shape) -> Bool {
    guard operands.fill(3, { $0 <= x.rank ? Array(0..<$0) : nil }), operands.fill(4, { [Int](repeating: 1, count: $0) }) else {
      return false
    }
    let axes = operands.facts.has(3) ? operands.facts[3]?.value?.ints() : nil
    func extents(_ number: Int) -> [Int]? {
      let cut = axes ?? Array(0..<number)
      guard cut.count == number else { return nil }
      let extents = cut.compactMap { axis in x.axis(axis).map { x[$0] } }
      return extents.count == number ? extents : nil
    }
    let hasStarts = operands.facts.has(1) && operands.facts[1]?.value != nil
    let hasEnds = operands.facts.has(2) && operands.facts[2]?.value != nil
    if !hasStarts, hasEnds { return operands.fill(1) { extents($0)?.map { $0 - count($0) } } }
    return operands.fill(1) { [Int](repeating: 0, count: $0) } && operands.fill(2) { extents($0)?.map(count) }
  }
}

/// The operands of a node, some of them with numbers that are tried.
private struct TriedOperands {
  var facts: [InputFact?]

  /// Puts a list of integers in the place of what is not known of an operand; false where there is none.
  mutating func fill(_ index: Int, _ values: (Int) -> [Int]?) -> Bool {
    guard facts.has(index), let fact = facts[index], fact.value == nil else { return true }
    guard fact.type.element.isInteger, let shape = fact.type.shape, shape.rank <= 1, let values = values(shape.count),
      values.count == shape.count
    else { return false }
    facts[index]?.value = Tensor(fact.type.element, shape, rounding: values.map { Double($0) })
    return true
  }
}

/// Where the types of a node's outputs come from.
enum TypeSource { case operands, trial, note }

extension Graph {
  /// What is known of a node's operands, with the trial's numbers for those that only a run knows; nil where the types of its outputs
  /// follow without them.
  package func tried(_ node: Node) -> [InputFact?]? {
    let facts = facts(node.inputs)
    do throws(OpFault) { _ = try node.op.infer(facts) } catch {
      if case .dataDependent = error { return counts?.facts(node.op, facts) }
    }
    return nil
  }

  /// The types of a node's outputs; where they depend on what operands hold in a run, those of the trial, or of the file.
  func inferred(_ node: Node) throws(OpFault) -> [TensorType] {
    var source = TypeSource.operands
    let isNoted = node.outputs.contains { values[$0.index].isNoted }
    return try inferred(node.op, facts(node.inputs), noted: isNoted ? node.outputs.map { values[$0.index].type } : nil, &source)
  }

  func inferred(
    _ op: Op, _ facts: [InputFact?], noted: [TensorType]?, _ source: inout TypeSource
  ) throws(OpFault) -> [TensorType] {
    do throws(OpFault) { return try op.infer(facts) } catch {
      guard case .dataDependent = error, let counts else { throw error }
      if let tried = counts.facts(op, facts) {
        source = .trial
        return try op.infer(tried)
      }
      guard let noted else { throw error }
      source = .note
      return noted
    }
  }
}
