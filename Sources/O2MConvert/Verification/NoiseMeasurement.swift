import O2MBundle
import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// Measures how far rounding alone leads a model from its exact outputs.
///
/// The imported graph runs in float64 throughout, several times side by side. One run is exact. In the others every result is moved up or
/// down at random by what its own type leaves open of it:
///
///     y = f(x) ± (u · (S + √k/3 · |y|) + k · t)        u: half of the type's epsilon, t: half of its least step
///
/// k is 1 and S is |y|, but Σ|w·x| where y is a sum of k terms. A sum that is kept in the type rounds every partial sum: where these walk
/// about zero the roundings are u · S at most, where they grow steadily, √k/3 · u · |y|, as each is uniform in ±u of its partial sum.
///
/// Codes of QuantizeLinear stay those of the exact run, since a code that moves moves by a whole step. In the last runs those steps are
/// taken instead: codes within the noise of a boundary fall to its other side, all of them in one run and half of them in others.
///
/// All of it is references and integer random numbers, so every host measures the same.
public struct NoiseMeasurement: Sendable {
  private let graph: Graph
  private var lanes: [Lane]
  /// Whether a value follows from constants alone.
  private let isFixed: [Bool]

  private enum Lane: Equatable, Sendable {
    case exact
    /// Every result is rounded; the numbers are seeded by this.
    case rounded(UInt64)
    /// Weights are rounded as the bundle stores them, to know how close to a boundary a code must be.
    case weights
    /// Codes cross: all within reach, or the half that this picks.
    case steps(UInt64)

    var crosses: Bool { if case .steps = self { true } else { false } }
  }

  /// - Parameter precision: what weights are stored in.
  public init(_ graph: Graph, _ precision: Precision) {
    self.graph = graph
    let quantizes = graph.nodes.contains { $0.op.code == .quantizeLinear || $0.op.code == .dynamicQuantizeLinear }
    var lanes: [Lane] = [.exact, .rounded(1), .rounded(2), .rounded(3)]
    if quantizes, precision == .float16 { lanes.append(.weights) }
    if quantizes { lanes += (0..<4).map { .steps($0) } }
    self.lanes = lanes
    var isFixed = (0..<graph.valueCount).map { graph[ValueID($0)].constant != nil }
    for node in graph.nodes where node.inputs.allSatisfy({ $0.map { isFixed[$0.index] } ?? true }) {
      for output in node.outputs { isFixed[output.index] = true }
    }
    self.isFixed = isFixed
  }

  /// That of what a bundle computes, for the inputs of its certificate; none where its graph cannot be read back.
  public static func noise(of model: Model, _ inputs: [Tensor]) -> [OutputNoise] {
    guard let graph = Graph(model), let precision = Precision(rawValue: model.manifest.precision) else { return [] }
    do throws(EvaluationError) { return try NoiseMeasurement(graph, precision).measure(inputs) } catch { return [] }
  }

  /// The noise in a case of a report, as far as its outputs ask for it; else none.
  func measure(
    _ inputs: [Tensor], of found: [Tensor], reference: [Tensor], in report: ParityReport
  ) throws(EvaluationError) -> [OutputNoise] {
    guard report.asksForNoise(found, reference: reference) else { return [] }
    return try measure(inputs, for: report.outputs.map(\.tolerance))
  }

  /// The noise of every output of the graph for these inputs, as far as it widens what `tolerances` allow, those of the outputs in their
  /// order; none where it cannot.
  public func measure(_ inputs: [Tensor], for tolerances: [Tolerance]) throws(EvaluationError) -> [OutputNoise] {
    if !tolerances.contains(where: \.heedsNoise) {
      // Only what is all but zero could hold then, which the exact run tells.
      var exact = self
      exact.lanes = [.exact]
      if !(try exact.measure(inputs)).contains(where: \.isAllButZero) { return [] }
    }
    return try measure(inputs)
  }

  /// The noise of every output of the graph for these inputs.
  public func measure(_ inputs: [Tensor]) throws(EvaluationError) -> [OutputNoise] {
    var values = [[Tensor]?](repeating: nil, count: graph.valueCount)
    /// How much larger what was summed is than what is left of it, where that is a thousand times and more; else 1.
    var cancellation = [Double](repeating: 1, count: graph.valueCount)
    for (id, tensor) in zip(graph.inputs, inputs) { values[id.index] = [Tensor](repeating: tensor.widened, count: lanes.count) }
    var remaining = (0..<graph.valueCount).map { graph.readers(of: ValueID($0)) }
    for node in graph.nodes {
      let operands = node.inputs.map { id -> [Tensor]? in
        id.flatMap { values[$0.index] ?? graph[$0].constant.map { [Tensor](repeating: $0.widened, count: lanes.count) } }
      }
      let step = try evaluate(node, operands, cancellation)
      for (index, id) in node.outputs.enumerated() where index < step.results.count && remaining[id.index] > 0 {
        values[id.index] = step.results[index]
        cancellation[id.index] = step.cancellation
      }
      for case let input? in node.inputs {
        remaining[input.index] -= 1
        if remaining[input.index] == 0 { values[input.index] = nil }
      }
    }
    return graph.outputs.map { noise(values[$0.index], cancellation: cancellation[$0.index]) }
  }

  private func noise(_ runs: [Tensor]?, cancellation: Double) -> OutputNoise {
    var noise = OutputNoise()
    guard let runs, runs[0].element.isFloat else { return noise }
    let exact = runs[0].doubles()
    for (lane, run) in zip(lanes, runs) {
      let level = OutputNoise.Level(run.doubles(), exact)
      switch lane {
      case .exact, .weights: break
      case .rounded: noise.rounding.widen(to: level)
      case .steps: noise.steps.widen(to: level)
      }
    }
    noise.isAllButZero = cancellation > 1
    return noise
  }
}

/// One node in all runs.
extension NoiseMeasurement {
  /// Above it, a sum is all but zero.
  private static let zeroing = 1024.0

  private func evaluate(
    _ node: Node, _ operands: [[Tensor]?], _ cancellation: [Double]
  ) throws(EvaluationError) -> (results: [[Tensor]], cancellation: Double) {
    let input = node.inputs.map { $0.map { cancellation[$0.index] } ?? 1 }
    let sums = node.op.summing
    let terms = try magnitudes(node, operands, input)
    let isQuantizer = node.op.code == .quantizeLinear || node.op.code == .dynamicQuantizeLinear
    // Runs side by side leave a thread to each.
    let loops = FastLoops(threads: lanes.count > 1 ? 1 : nil)
    let indices = lanes.indices.map { $0 }
    let runs = concurrentMap(indices.count) { index -> Result<[Tensor], EvaluationError> in
      Result { () throws(EvaluationError) in
        let lane = lanes[index]
        // What is found, and how much of it, stays that of the exact run.
        if node.op.finds { return try run(node, operands.map { $0?[0] }) }
        var own = operands.map { $0?[index] }
        if node.op.readsLengths { for index in own.indices.dropFirst() { own[index] = operands[index]?[0] } }
        if isQuantizer {
          guard case .steps(let seed) = lane else { return try run(node, operands.map { $0?[0] }, loops) }
          return try crossed(node, operands, lane: index, seed)
        }
        if lane == .weights, !graph.isMoved(node) { own = weighted(node, own) }
        guard case .rounded(let seed) = lane, !graph.isMoved(node), !node.op.selects else { return try run(node, own, loops) }
        var random = SeededInput(seed: seed &* 0x9E37_79B9 &+ UInt64(node.id.index), input: 0x7E)
        // What an operator sums inside is not seen: its operands are rounded instead.
        if sums == nil, node.op.dataflow == .computes {
          own = zip(own, types(node)).map { tensor, type in
            tensor.map { $0.moved(by: $0, type, terms: 1, &random) }
          }
        }
        let results = try run(node, own, loops)
        return zip(results, node.outputs).enumerated().map { position, pair in
          pair.0.moved(
            by: terms?[position] ?? pair.0, graph[pair.1].type.element, terms: node.op.termCount(operands, pair.0.shape), &random)
        }
      }
    }
    var results = [[Tensor]](repeating: [], count: node.outputs.count)
    for run in runs {
      for (position, tensor) in (try run.get()).enumerated() where position < results.count { results[position].append(tensor) }
    }
    results = results.filter { !$0.isEmpty }
    var left = node.op.keepsCancellation || graph.isMoved(node) ? input.max() ?? 1 : 1
    if let terms, let first = results.first {
      let whole = terms[0].rms, rest = first[0].rms
      left = whole > Self.zeroing * rest ? whole / max(rest, .leastNormalMagnitude) : 1
    }
    return (results, left)
  }

  /// Σ|w·x| for every output of a sum in the exact run. Operands that are all but zero count as what they are left of.
  private func magnitudes(_ node: Node, _ operands: [[Tensor]?], _ cancellation: [Double]) throws(EvaluationError) -> [Tensor]? {
    guard let op = node.op.summing else { return nil }
    let inputs = zip(operands, cancellation).enumerated().map { index, pair -> Tensor? in
      guard let tensor = pair.0?[0], tensor.element == .float64 else { return pair.0?[0] }
      // The scales and sizes of a Resize are no summands.
      if case .resize = op, index > 0 { return tensor }
      return tensor.mapFloats { $0.magnitude * pair.1 }
    }
    return try run(op, node, inputs)
  }

  private func run(_ node: Node, _ inputs: [Tensor?], _ loops: FastLoops = FastLoops()) throws(EvaluationError) -> [Tensor] {
    try run(node.op, node, inputs, loops)
  }

  /// Its reference in float64; where it takes no float64, in the model's own types.
  private func run(
    _ op: Op, _ node: Node, _ inputs: [Tensor?], _ loops: FastLoops = FastLoops()
  ) throws(EvaluationError) -> [Tensor] {
    let widened = op.widened
    do throws(OpFault) {
      if let outputs = try loops.outputs(widened, inputs) { return outputs.map(\.widened) }
      return try widened.reference(inputs).map(\.widened)
    } catch {}
    let narrow = zip(inputs, types(node)).map { tensor, type in
      tensor.map { $0.element == .float64 ? Tensor(type, $0.shape, rounding: $0.doubles()) : $0 }
    }
    do throws(OpFault) { return try op.reference(narrow).map(\.widened) } catch { throw .node(graph.place(of: node), error) }
  }

  /// The types that the model gives the operands.
  private func types(_ node: Node) -> [ElementType] { node.inputs.map { $0.map { graph[$0].type.element } ?? .float32 } }

  /// Codes of a run that crosses: each as it is, or a step aside where its number is as close to a boundary as the noise reaches.
  private func crossed(_ node: Node, _ operands: [[Tensor]?], lane: Int, _ seed: UInt64) throws(EvaluationError) -> [Tensor] {
    guard let x = operands[0] else { return [] }
    let exact = x[0].doubles()
    var own = OutputNoise.Level(largest: exact.reduce(0) { max($0, $1.isFinite ? $1.magnitude : 0) } * types(node)[0].unitRoundoff)
    var steps = OutputNoise.Level()
    for (lane, run) in zip(lanes, x) where lane != .exact {
      if lane.crosses { steps.widen(to: .init(run.doubles(), exact)) } else { own.widen(to: .init(run.doubles(), exact)) }
    }
    // Steps before this one move the number too, each run by some of what all of them can.
    let reach = Tolerance.noiseFactor * own.largest + steps.rms
    var random = SeededInput(seed: seed &* 0x9E37_79B9 &+ UInt64(node.id.index), input: 0x7D)
    let values = x[lane].doubles(), others = operands.dropFirst().map { $0?[lane] }
    let picked = values.map { _ in seed == 0 || random.next() & 1 == 0 }
    func codes(_ offset: (Int) -> Double) throws(EvaluationError) -> [Tensor] {
      let moved = Tensor(.float64, x[lane].shape, rounding: values.indices.map { values[$0] + offset($0) })
      return try run(node, [moved] + others)
    }
    // The scale follows from the numbers, so they are moved and not their codes.
    if node.op.code == .dynamicQuantizeLinear { return try codes { picked[$0] == (seed & 1 == 0) ? reach : -reach } }
    let here = try codes { _ in 0 }, above = try codes { _ in reach }[0].doubles(), below = try codes { _ in -reach }[0].doubles()
    let code = here[0].doubles()
    let crossed = code.indices.map { index in
      picked[index] ? (above[index] != code[index] ? above[index] : below[index]) : code[index]
    }
    return [Tensor(here[0].element, here[0].shape, rounding: crossed)]
  }

  /// The operands of a product with its weights rounded at random, as far as the bundle's type rounds them.
  private func weighted(_ node: Node, _ operands: [Tensor?]) -> [Tensor?] {
    guard node.op.macs(operands.map { $0?.shape }, output: []) > 0 else { return operands }
    var random = SeededInput(seed: UInt64(node.id.index), input: 0x7F)
    return zip(operands, node.inputs).enumerated().map { index, pair in
      guard index > 0, let tensor = pair.0, let id = pair.1, isFixed[id.index], tensor.element == .float64 else { return pair.0 }
      return tensor.moved(by: tensor, .float16, terms: 1, &random)
    }
  }
}

extension Op {
  /// Whether it finds as many results as the data say.
  fileprivate var finds: Bool {
    switch self {
    case .nonZero, .nonMaxSuppression, .unique: true
    default: false
    }
  }

  /// Whether the extents of what it gives follow from its operands behind the first.
  fileprivate var readsLengths: Bool {
    switch self {
    case .shorten, .topK, .slice, .reshape, .expand, .tile, .split, .squeeze, .unsqueeze: true
    default: false
    }
  }
}
