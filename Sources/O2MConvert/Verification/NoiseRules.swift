import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// What operators round.
extension Op {
  /// The operator that sums, given magnitudes in the place of its numbers, the magnitudes of the terms; nil for other operators.
  var summing: Op? {
    switch self {
    case .conv, .convTranspose, .gemm, .matMul, .einsum, .averagePool, .globalAveragePool, .reduceSum, .reduceMean, .cumSum, .add, .sum,
      .mean, .resize:
      self
    case .sub: .add(Add())
    default: nil
    }
  }

  /// Whether the results are among the operands, or whole numbers, so that nothing is rounded.
  var selects: Bool {
    switch self {
    case .relu, .clip, .min, .max, .abs, .neg, .where, .floor, .ceil, .round, .sign, .maxPool, .globalMaxPool, .reduceMax, .reduceMin,
      .thresholdedRelu, .maxUnpool, .maxRoiPool, .topK, .dropout, .identity:
      true
    default: false
    }
  }

  /// Whether what is all but zero stays so.
  var keepsCancellation: Bool {
    switch self {
    case .neg, .abs, .mul, .div, .cast, .relu, .max, .min, .leakyRelu, .reduceMax, .reduceMin, .maxPool, .globalMaxPool: true
    default: false
    }
  }

  /// Terms of one element of the output.
  func termCount(_ operands: [[Tensor]?], _ output: Shape) -> Double {
    let shapes: [Shape?] = operands.map { $0?.first?.shape }
    var terms = macs(shapes, output: output)
    switch self {
    case .averagePool, .globalAveragePool, .reduceSum, .reduceMean: terms = (shapes[0]?.count ?? 0)
    default: break
    }
    return Swift.max(1, Double(terms) / Double(Swift.max(1, output.count)))
  }

  /// The same operator where float64 stands for the narrower floats.
  var widened: Op {
    var op = self
    op.bodies = bodies.map(\.widened)
    guard case .cast(var cast) = self, cast.to.isWidened else { return op }
    cast.to = .float64
    return .cast(cast)
  }
}

extension Body {
  fileprivate var widened: Body {
    var body = self
    body.constants = constants.map(\.widened)
    for value in graph.values.indices where graph.values[value].element.isWidened { body.graph.values[value].element = .float64 }
    for node in graph.nodes.indices { body.graph.nodes[node].op = graph.nodes[node].op.widened }
    return body
  }
}

extension Graph {
  /// Whether a node forms no floats of its own.
  func isMoved(_ node: Node) -> Bool {
    switch node.op.dataflow {
    case .moves, .movesAll, .measures: true
    case .computes, .elementwise: !node.outputs.contains { self[$0].type.element.isFloat }
    }
  }
}

extension ElementType {
  /// The floats that a measurement in float64 replaces.
  var isWidened: Bool { self == .float32 || self == .float16 || self == .bfloat16 }

  /// The largest relative error of one rounding, and the largest absolute one next to zero; 0 for types that are kept.
  var unitRoundoff: Double {
    switch self {
    case .float32: 0x1p-24
    case .float16: 0x1p-11
    case .bfloat16: 0x1p-8
    default: 0
    }
  }
  fileprivate var leastRoundoff: Double {
    switch self {
    case .float32: 0x1p-150
    case .float16: 0x1p-25
    case .bfloat16: 0x1p-134
    default: 0
    }
  }
}

extension Tensor {
  var widened: Tensor { element.isWidened ? Tensor(.float64, shape, rounding: doubles()) : self }

  /// Root mean square of the finite elements.
  var rms: Double {
    var sum = 0.0, finite = 0
    for value in doubles() where value.isFinite {
      sum += value * value
      finite += 1
    }
    return (sum / Double(max(1, finite))).squareRoot()
  }

  /// Every element moved up or down by what a sum of `terms` terms leaves open in `type`, where the terms' magnitudes add up to those of
  /// `whole`, a tensor of the same shape.
  func moved(by whole: Tensor, _ type: ElementType, terms: Double, _ random: inout SeededInput) -> Tensor {
    guard element == .float64, type.unitRoundoff > 0 else { return self }
    let unit = type.unitRoundoff, least = terms * type.leastRoundoff, drift = terms > 1 ? terms.squareRoot() / 3 : 0
    return withElements(of: Double.self) { values in
      whole.withElements(of: Double.self) { whole in
        Tensor(shape, of: Double.self) { moved in
          for start in stride(from: 0, to: values.count, by: UInt64.bitWidth) {
            var signs = random.next()
            for index in start..<min(start + UInt64.bitWidth, values.count) {
              let value = values[index], magnitude = whole[index].magnitude
              let error = unit * (magnitude + drift * value.magnitude) + least
              // Zeros, as of a rectifier's other side or of padding, are exact.
              let step = magnitude != 0 && error.isFinite ? error : 0
              moved[index] = step == 0 ? value : value + (signs & 1 == 0 ? step : -step)
              signs >>= 1
            }
          }
        }
      }
    }
  }
}

extension OutputNoise.Level {
  mutating func widen(to other: Self) {
    rms = max(rms, other.rms)
    largest = max(largest, other.largest)
  }

  /// The distance of the finite elements of two runs.
  init(_ run: [Double], _ exact: [Double]) {
    self.init()
    var squares = 0.0
    for (found, reference) in zip(run, exact) where found.isFinite && reference.isFinite {
      let difference = (found - reference).magnitude
      squares += difference * difference
      largest = max(largest, difference)
    }
    rms = (squares / Double(max(1, exact.count))).squareRoot()
  }
}
