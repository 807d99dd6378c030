import O2MGraph
import O2MOps
import O2MTensor

/// How far results move when every number on the way is moved by about what its type leaves open of it.
///
/// Two sound ways to compute a graph differ in how they round. A tolerance for all graphs would be too wide for most of them, and too
/// narrow where a sum cancels, a Floor or a comparison decides, or a quotient divides by nearly nothing. So the graph itself is asked:
/// its plain references run several times with operands and results of every node moved at random, by a few epsilon of their type. What
/// no run comes near is no rounding.
struct ShakenGraph {
  /// For each output and element, the largest distance of a run from the exact references; infinite where a run decides otherwise.
  private(set) var reach: [[Double]]
  /// Whether a run refused what its numbers became, so that nothing can be said.
  private(set) var isOpen = false

  /// - Parameter runs: how many runs; a difference that is rounding shows in a run or two of a few.
  init(_ graph: Graph, _ inputs: [Tensor], expected: [Tensor], runs: Int) {
    reach = expected.map { [Double](repeating: 0, count: $0.count) }
    var random = Seeded(0x5EED)
    for run in 0..<runs {
      guard let outputs = Self.run(graph, inputs, &random, looseEnds: run % 2 == 0) else {
        isOpen = true
        return
      }
      for (index, pair) in zip(outputs, expected).enumerated() { widen(index, pair.0, pair.1) }
    }
  }

  /// A node by itself on these operands.
  init(_ op: Op, _ operands: [Tensor?], expected: [Tensor], runs: Int) {
    reach = expected.map { [Double](repeating: 0, count: $0.count) }
    var random = Seeded(0x5EED)
    for run in 0..<runs {
      guard let outputs = try? Self.shaken(op, operands, &random, looseEnds: run % 2 == 0) else { continue }
      for (index, pair) in zip(outputs, expected).enumerated() { widen(index, pair.0, pair.1) }
    }
  }

  private mutating func widen(_ index: Int, _ found: Tensor, _ expected: Tensor) {
    guard found.type == expected.type else {
      isOpen = true
      return
    }
    for (element, pair) in zip(found.doubles(), expected.doubles()).enumerated() {
      reach[index][element] = max(reach[index][element], distance(pair.0, pair.1))
    }
  }

  /// - Parameter looseEnds: whether what is close to overflow or cancellation may become anything. Every other run leaves it, since an
  ///   infinity that is meant, a quotient by 0, would hide all that follows from it.
  private static func run(_ graph: Graph, _ inputs: [Tensor], _ random: inout Seeded, looseEnds: Bool) -> [Tensor]? {
    var values: [ValueID: Tensor] = [:]
    for (id, tensor) in zip(graph.inputs, inputs) { values[id] = tensor }
    for node in graph.nodes {
      let operands = node.inputs.map { $0.flatMap { values[$0] ?? graph[$0].constant } }
      guard let results = try? shaken(node.op, operands, &random, looseEnds: looseEnds) else { return nil }
      for (id, tensor) in zip(node.outputs, results) { values[id] = tensor }
    }
    return graph.outputs.compactMap { values[$0] ?? graph[$0].constant }
  }

  private static func shaken(
    _ op: Op, _ operands: [Tensor?], _ random: inout Seeded, looseEnds: Bool
  ) throws(OpFault) -> [Tensor] {
    let sound = try op.reference(operands)
    guard !op.code.isExact else { return sound }
    var results = sound
    // Winograd's transforms lose some bits of the operands. Moved operands may be parameters that decide shapes, or that an operator
    // refuses.
    let shapes = operands.map { $0?.shape }, isProduct = op.macs(shapes, output: sound.first?.shape ?? []) > 0
    let moved = operands.map { $0?.shaken(by: isProduct ? 24 : 2, &random) }
    if let other = try? op.reference(moved), other.map(\.type) == sound.map(\.type) { results = other }
    let cancelled = 0x1p-24 * op.largestInside(operands)
    let areFinite = operands.allSatisfy { $0?.isFinite ?? true }
    return zip(results, sound).map { result, sound in
      let moved = result.shaken(by: 8, &random, and: cancelled)
      return looseEnds ? moved.withLooseEnds(sound, areFinite: areFinite, &random) : moved
    }
  }
}

extension Op {
  /// The magnitude of what is rounded on the way to a result, where moved operands do not show it.
  func largestInside(_ operands: [Tensor?]) -> Double {
    // There may be parts of 1 of which little is left, as in a logarithm.
    let small = 4 * Swift.min(1, operands.compactMap { $0?.largest }.max() ?? 0)
    switch self {
    // A cell adds several gates of up to 1.
    case .lstm, .gru, .rnn: return 16
    // The sum is rounded before its logarithm is taken.
    case .reduceLogSum: return 16
    // Squares below the least number are lost; they are as much as their number times that.
    case .reduceL2: return Swift.max(small, (0x1p-149 * Double(operands[0]?.count ?? 0)).squareRoot() * 0x1p24)
    // Winograd's transforms add and subtract all of a tile: an output takes part in the rounding of its neighbours.
    case .conv(let conv):
      guard let x = operands[0], let w = operands[1], conv.mayBeWinograd(x, w) else { return small }
      return Swift.max(small, 64 * largestSum(operands))
    // The mean is rounded as a number of x's magnitude, and what it is taken from may be less by far.
    case .layerNormalization(var op):
      op.statistics = 2
      let inverse = try? op.reference(operands)[2].largest
      return Swift.max(small, 4 * (inverse ?? 0) * (operands[0]?.largest ?? 0) * (operands[1]?.largest ?? 0))
    default: return small
    }
  }

  /// The largest sum of a product were no term negative.
  func largestSum(_ operands: [Tensor?]) -> Double { (try? reference(operands.map { $0?.magnitudes }))?.first?.largest ?? 0 }

  var isCell: Bool {
    switch self {
    case .lstm, .gru, .rnn: true
    default: false
    }
  }
}

extension Conv {
  /// Whether a kernel may compute it by Winograd's transforms.
  func mayBeWinograd(_ x: Tensor, _ w: Tensor) -> Bool {
    x.element == .float32 && group == 1 && w.shape.dims.dropFirst(2).elementsEqual([3, 3])
  }
}

extension OpCode {
  /// Whether results are elements of the operands, or follow from them without rounding: every way to compute them gives the same.
  var isExact: Bool {
    switch self {
    case .neg, .abs, .sign, .relu, .min, .max, .floor, .ceil, .round, .where, .clip, .maxPool, .globalMaxPool, .reduceMax, .reduceMin,
      .argMax, .argMin, .topK, .isInf, .isNaN, .equal, .greater, .less, .greaterOrEqual, .lessOrEqual, .oneHot, .eyeLike, .shape, .size,
      .constantOfShape, .range, .maxUnpool, .trilu, .bitCast, .and, .or, .xor, .not, .thresholdedRelu, .leakyRelu:
      true
    default: if case .moves = dataflow { true } else { false }
    }
  }
}

/// NaN is NaN, and an infinity itself; else infinitely far from any other.
func distance(_ a: Double, _ b: Double) -> Double {
  if a == b || a.isNaN && b.isNaN { return 0 }
  return a.isFinite && b.isFinite ? (a - b).magnitude : .infinity
}

extension Tensor {
  /// Each float moved by at most `steps` epsilons of itself, by as many of the least normal number, and by `absolute`; zeros may change
  /// their sign.
  fileprivate func shaken(by steps: Double, _ random: inout Seeded, and absolute: Double = 0) -> Tensor {
    guard element.isFloat, element.bits >= 16 else { return self }
    let (epsilon, least) = element.grain
    return Tensor(
      element, shape,
      rounding: doubles().map { value in
        guard value.isFinite else { return value }
        let toss = Double(random.uniform(-1...1))
        if value == 0, absolute == 0 { return toss < 0 ? -0.0 : 0 }
        return value + toss * (steps * epsilon * (value.magnitude + least) + absolute)
      })
  }
}

extension Tensor {
  fileprivate var magnitudes: Tensor {
    element.isFloat ? Tensor(element, shape, rounding: doubles().map(\.magnitude)) : self
  }
}

extension Tensor {
  var isFinite: Bool { !element.isFloat || doubles().allSatisfy(\.isFinite) }

  /// With numbers that are all but cancelled sometimes 0, and those close to overflow, or beyond it where they were made of finite ones,
  /// on either side: a sum of other parts or in another order may be either.
  fileprivate func withLooseEnds(_ sound: Tensor, areFinite: Bool, _ random: inout Seeded) -> Tensor {
    guard element.isFloat, element.bits >= 16, type == sound.type else { return self }
    let most = element == .float16 ? 0x1p13 : element == .float64 ? 0x1p1020 : 0x1p120
    let ends = [.infinity, -.infinity, .nan, most, -most]
    return Tensor(
      element, shape,
      rounding: zip(doubles(), sound.doubles()).map { value, sound in
        guard value.magnitude < most else { return areFinite || sound.isFinite ? ends[Int(random.next() % 5)] : value }
        return value.magnitude < 8 * (value - sound).magnitude && random.next() % 3 == 0 ? 0 : value
      })
  }
}

extension ElementType {
  /// The distance from 1 to the next number, and the least normal number.
  fileprivate var grain: (epsilon: Double, least: Double) {
    switch self {
    case .float64: (0x1p-52, 0x1p-1022)
    case .float16: (0x1p-10, 0x1p-14)
    case .bfloat16: (0x1p-7, 0x1p-126)
    default: (0x1p-23, 0x1p-126)
    }
  }
}
