import Dispatch
import O2MGraph
import O2MParity
import O2MTensor

/// Measures what rounding each weight does to the outputs, on the reference evaluator.
///
/// Where all of it takes at most `mostWork` multiply-accumulates (steps count as some), every weight is rounded alone and what follows it
/// is evaluated. That grows with the square of the depth, so beyond it weights are taken in stretches of consecutive nodes, about √n
/// weights in each of √n. The weights of a stretch are rounded together up to the outputs, and alone as far as the end of their stretch:
///
///     noise[i] = noise(stretch) · e[i] / Σe        e: error power over power, added up over the values that leave the stretch
///
/// Roundings of different tensors are independent, so their powers add; and what leaves a stretch is handed on in the same way whichever
/// of its weights it came from, as nearly as a choice of precisions can tell.
package struct WeightNoise: Sendable {
  private let graph: Graph
  private let weights: [MixedPrecision.Weight]
  private let stretches: [Stretch]

  /// Weights whose first readers are neighbours in the order of the graph.
  private struct Stretch: Sendable {
    /// Indices of weights.
    var members: [Int]
    /// The numbers of its nodes.
    var nodes: Range<Int>
    /// What later nodes, or the outputs, read of the values that are computed up to its end; empty where each member is measured alone.
    var leaving: [ValueID] = []
  }

  private enum Job: Sendable {
    /// The members of the stretch with this number, as far as the outputs.
    case together(Int)
    /// One, as far as the end of the stretch.
    case within(Int, stretch: Int)
  }

  /// Five seconds of two cores. Choices by stretches leave up to 2 dB more noise in the same bytes (ResNet18: 1.8, MobileNetV2: 0.4), so
  /// that most nets for pictures of 224x224 shall lie below.
  package static let mostWork = 120_000_000_000
  /// Of a step with next to nothing to compute, and of one that is passed over.
  static let stepWork = 200_000, passedWork = 500

  package init(_ graph: Graph, _ weights: [MixedPrecision.Weight], mostWork: Int = Self.mostWork) {
    self.graph = graph
    self.weights = weights
    let readers = ReadingOrder(graph, weights.map(\.id))
    if readers.takes(graph, atMost: mostWork) {
      stretches = weights.indices.map { Stretch(members: [$0], nodes: readers.behind($0)) }
    } else {
      stretches = Self.stretches(readers)
    }
  }

  private static func stretches(_ readers: ReadingOrder) -> [Stretch] {
    let order = readers.first.indices.sorted { (readers.first[$0], $0) < (readers.first[$1], $1) }
    let length = Int(Double(order.count).squareRoot().rounded(.up)), count = readers.nodes.count
    var stretches: [Stretch] = [], alone: [Int] = [], start = 0
    while start < order.count {
      let stop = readers.end(of: start, about: length, order)
      let nodes = readers.first[order[start]]..<(stop < order.count ? readers.first[order[stop]] : count)
      // What is read in several stretches leaves none of them whole.
      let members = order[start..<stop].filter { readers.last[$0] < nodes.upperBound }
      alone += order[start..<stop].filter { readers.last[$0] >= nodes.upperBound }
      if nodes.upperBound < count {
        stretches.append(Stretch(members: members, nodes: nodes, leaving: readers.leaving(nodes)))
      } else {
        alone += members
      }
      start = stop
    }
    return stretches + alone.map { Stretch(members: [$0], nodes: readers.behind($0)) }
  }

  /// For every weight the noise power at the outputs over their signal power when only it is rounded; the worst output counts.
  ///
  /// - Parameter progress: called with the number of steps done and of all; from several threads, one at a time.
  package func measure(_ samples: [[Tensor]], progress: @escaping @Sendable (Int, Int) -> Void) throws(EvaluationError) -> [Double] {
    // What takes longest begins first.
    var jobs = stretches.indices.map { Job.together($0) }
    for (number, stretch) in stretches.enumerated() where !stretch.leaving.isEmpty {
      jobs += stretch.members.map { .within($0, stretch: number) }
    }
    let steps = jobs
    // One job for each core.
    let evaluator = Evaluator(graph), single = Evaluator(graph, loops: FastLoops(threads: 1))
    let counter = Counter(total: steps.count * samples.count, report: progress)
    var noises = [Double](repeating: 0, count: weights.count)
    for inputs in samples {
      let trace = try evaluator.trace(inputs)
      let results = concurrentMap(steps.count) { index in
        defer { counter.step() }
        return Result { () throws(EvaluationError) in try noise(steps[index], single, trace) }
      }
      var found: [Double] = []
      for result in results { found.append(try result.get()) }
      var next = stretches.count
      for (number, stretch) in stretches.enumerated() {
        let count = stretch.leaving.isEmpty ? 0 : stretch.members.count
        let errors = found[next..<next + count], sum = errors.reduce(0, +)
        next += count
        for (index, weight) in stretch.members.enumerated() {
          let share = count == 0 ? 1 : sum > 0 && sum.isFinite ? errors[errors.startIndex + index] / sum : 1 / Double(count)
          noises[weight] += found[number] * share / Double(samples.count)
        }
      }
    }
    return noises
  }

  private func noise(_ job: Job, _ evaluator: Evaluator, _ trace: Evaluator.Trace) throws(EvaluationError) -> Double {
    func rounded(_ members: [Int]) -> [ValueID: Tensor] {
      Dictionary(members.map { (weights[$0].id, weights[$0].rounded) }, uniquingKeysWith: { first, _ in first })
    }
    switch job {
    case .together(let number):
      let stretch = stretches[number]
      let outputs = try evaluator.rerun(trace, overriding: rounded(stretch.members), from: stretch.nodes.lowerBound)
      return zip(outputs, trace.outputs).map { Self.noise($0, $1) }.max() ?? 0
    case .within(let member, let stretch):
      let changed = try evaluator.changes(trace, overriding: rounded([member]), nodes: stretches[stretch].nodes)
      return stretches[stretch].leaving.reduce(0) { sum, id in
        guard let found = changed[id], let reference = trace[id] else { return sum }
        return sum + Self.noise(found, reference)
      }
    }
  }

  private static func noise(_ found: Tensor, _ reference: Tensor) -> Double {
    found.element.isFloat ? SignalToNoise(found, reference: reference).relativeNoise : 0
  }
}

/// Where weights are read, by the numbers of nodes in the order of the graph.
private struct ReadingOrder {
  let nodes: [Node]
  private(set) var first: [Int] = []
  private(set) var last: [Int] = []
  private let ids: [ValueID]
  /// The last reader of every value; the number of nodes for an output.
  private var lastOfValues: [Int]
  /// How many values that nodes before this one compute it or later ones read.
  private var live: [Int] = []

  init(_ graph: Graph, _ ids: [ValueID]) {
    nodes = graph.nodes
    self.ids = ids
    var firstOfValues = [Int](repeating: nodes.count, count: graph.valueCount)
    lastOfValues = [Int](repeating: -1, count: graph.valueCount)
    for (number, node) in nodes.enumerated() {
      for case let input? in node.inputs {
        firstOfValues[input.index] = min(firstOfValues[input.index], number)
        lastOfValues[input.index] = number
      }
    }
    for output in graph.outputs { lastOfValues[output.index] = nodes.count }
    var count = 0, gone = [Int](repeating: 0, count: nodes.count + 1)
    for (number, node) in nodes.enumerated() {
      count -= number > 0 ? gone[number - 1] : 0
      live.append(count)
      for output in node.outputs where lastOfValues[output.index] >= 0 {
        count += 1
        gone[lastOfValues[output.index]] += 1
      }
    }
    live.append(count)
    for id in ids {
      first.append(firstOfValues[id.index])
      last.append(lastOfValues[id.index])
    }
  }

  /// Where a stretch that starts with the weight at `start` of `order` ends: where the fewest values leave it, since a single one hands on
  /// the error of all weights alike, and of such places the one closest to `length` weights.
  func end(of start: Int, about length: Int, _ order: [Int]) -> Int {
    let places = start + (length + 1) / 2..<start + 2 * length + 1
    let ends = places.prefix { $0 < order.count }.filter { first[order[$0]] != first[order[$0 - 1]] }
    guard places.upperBound <= order.count + length else { return order.count }
    return ends.min {
      let (a, b) = (live[first[order[$0]]], live[first[order[$1]]])
      return a != b ? a < b : abs($0 - start - length) < abs($1 - start - length)
    } ?? order.count
  }

  /// The nodes from the first reader of a weight on.
  func behind(_ weight: Int) -> Range<Int> { first[weight]..<nodes.count }

  /// Whether evaluating all that follows each weight takes no more multiply-accumulates than this.
  func takes(_ graph: Graph, atMost most: Int) -> Bool {
    let costs = nodes.map { graph.cost(of: $0).macs }
    var sum = 0, changed = [Int](repeating: -1, count: graph.valueCount)
    for (weight, id) in ids.enumerated() {
      changed[id.index] = weight
      for number in behind(weight) {
        sum += WeightNoise.passedWork
        guard nodes[number].inputs.contains(where: { $0.map { changed[$0.index] == weight } ?? false }) else { continue }
        for output in nodes[number].outputs { changed[output.index] = weight }
        let (next, overflow) = sum.addingReportingOverflow(costs[number])
        guard !overflow, next <= most else { return false }
        sum = next + WeightNoise.stepWork
      }
      guard sum <= most else { return false }
    }
    return true
  }

  /// The values that nodes up to the end of these compute and later ones, or the outputs, read. Only what these can change is looked at.
  func leaving(_ range: Range<Int>) -> [ValueID] {
    nodes[range].flatMap { $0.outputs.filter { lastOfValues[$0.index] >= range.upperBound } }
  }
}

/// Counts steps that several threads make.
private final class Counter: @unchecked Sendable {
  private let lock = DispatchSemaphore(value: 1)
  private let total: Int
  private let report: @Sendable (Int, Int) -> Void
  private var done = 0

  init(total: Int, report: @escaping @Sendable (Int, Int) -> Void) {
    self.total = total
    self.report = report
  }

  func step() {
    lock.wait()
    done += 1
    report(done, total)
    lock.signal()
  }
}
