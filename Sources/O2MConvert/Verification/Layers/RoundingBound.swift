import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// What a step alone may differ by from the original, element by element, when both start from the same inputs.
///
/// **Sums of k products** `y = act(Σ w·x + b + r)`, in arithmetic whose unit roundoff is u, stored in a type whose unit roundoff is v, with
/// weights that were stored in steps of s (see `StoredConstant.steps`):
///
///     k ≤ 64      B = Σ |x|·(s + (k·u + 4v)·|w|)                     every rounding at its worst
///     k > 64      B = 4 · √Σ x²·(s² + ((2k·u + √k·v)·|w|)²)          independent roundings
///
/// A sum of k terms in any order rounds k times, each by u of a partial sum, and no partial sum is above Σ|w·x|: at most k·u·Σ|w·x|
/// (Higham, Accuracy and Stability of Numerical Algorithms, 4.2). Independent errors d of at most c each, weighted by x, stay below
/// 8·√Σ(c·x)² but with a probability of 2·exp(−32) (Hoeffding); c is s/2 for weights, and 8·√k·u·Σ|w·x| ≤ 8·k·u·√Σ(w·x)² (Higham and
/// Mary, A new approach to probabilistic rounding error analysis). 4v: the nodes that passes fused round their own results.
/// Winograd's F(4×4, 3×3) adds what it transforms: its three transforms carry roundings on by a factor whose root mean square
/// is 31 for the worst output of a tile, and to all outputs of the tile, so that B's part of u counts 31 times its largest element.
/// Bias and residual are two terms more. `act` passes errors on by its steepest slope.
///
/// **Other sums** (pools, means, Add, Resize): the same with x alone.
///
/// **What puts elements elsewhere or picks them** is exact; a quantizer may take the neighbouring code.
///
/// **All other operators**: their reference runs twice on operands that are moved by a unit in the last place, and weights by
/// their step, up or down at random and the other way round. Twice the largest difference of the two is eight times what half a unit
/// moves, which stands for what is rounded inside. What operands are in doubt by is run in the same way, and its difference counts once.
///
/// To all of them come 16 roundings of the largest result: functions are within a few units in the last place, and the original may have
/// been several nodes.
struct RoundingBound {
  /// An operand: what the original has, or what stands for it.
  struct Term: Sendable {
    var values: Tensor
    /// How far each element may be from what the original would have; nil where it is the original's.
    var doubts: [Double]?
    /// Of a weight, as it is stored.
    var steps: Tensor?

    init(_ values: Tensor, doubts: [Double]? = nil, steps: Tensor? = nil) {
      self.values = values
      self.doubts = doubts.flatMap { $0.contains { $0 > 0 } ? $0 : nil }
      self.steps = steps
    }
  }

  let loops: FastLoops
  let isWinograd: Bool

  /// - Parameter results: what the step gives alone.
  func bounds(_ op: Op, _ terms: [Term?], _ results: [Tensor]) -> [[Double]] {
    let isDoubtful = terms.contains { $0?.doubts != nil || $0?.steps != nil }
    if let codes = codes(op, terms, results) { return codes }
    if !isDoubtful, op.selects || op.dataflow != .computes && op.dataflow != .elementwise {
      return results.map { [Double](repeating: 0, count: $0.count) }
    }
    var bounds: [[Double]]
    if let sums = product(op, terms, results) {
      bounds = [sums]
    } else if case .cast = op {
      bounds = [terms[0]?.doubts ?? [Double](repeating: 0, count: results[0].count)]
    } else {
      bounds = moved(op, terms, results)
      if let sums = magnitudes(op, terms, results[0]) { bounds[0] = zip(bounds[0], sums).map(+) }
    }
    for (position, result) in results.enumerated() where result.element.isFloat {
      let own = Self.ownRoundings * result.element.roundoff * largest(result.numbers)
      bounds[position] = bounds[position].map { $0 + own }
    }
    return bounds
  }

  /// Of the largest result.
  private static let ownRoundings = 16.0
  /// Terms of a sum whose roundings are not taken to be independent.
  private static let fewTerms = 64
  /// What Winograd's transforms make of roundings: 94.3 for three taps that have weights of 1, along both axes.
  private static let winograd = 31.0

  /// Whole numbers are exact, but for codes of numbers that are rounded or in doubt; nil for floats.
  private func codes(_ op: Op, _ terms: [Term?], _ results: [Tensor]) -> [[Double]]? {
    guard results.allSatisfy({ !$0.element.isFloat }) else { return nil }
    switch op.code {
    case .quantizeLinear, .dynamicQuantizeLinear, .qLinearConv, .qLinearMatMul: return results.map { $0.numbers.map { _ in 1 } }
    default: break
    }
    // The codes of a table are rounded when they are stored, and no tensor of the original.
    let isInDoubt = terms.contains { $0?.doubts != nil }
    return results.map { $0.numbers.map { _ in isInDoubt ? 1 : 0 } }
  }

  private func largest(_ values: [Double]) -> Double { values.reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 } }

  /// Outputs of a reference; nil where it refuses the operands.
  private func run(_ op: Op, _ inputs: [Tensor?]) -> [Tensor]? { loops.results(op, inputs) }
}

/// Sums of products.
extension RoundingBound {
  /// nil where the operator is none, or not of floats.
  private func product(_ op: Op, _ terms: [Term?], _ results: [Tensor]) -> [Double]? {
    guard let y = results.first, y.element.isFloat, terms.count > 1, let x = terms[0], let w = terms[1] else { return nil }
    switch op {
    case .expandDepthwise(let op):
      let first = op.first
      guard let expanded = run(.conv(first), terms.prefix(3).map { $0?.values })?.first,
        let second = try? op.second(terms.map { $0.map { InputFact($0.values.type, value: $0.values) } }),
        let doubts = product(.conv(first), Array(terms.prefix(3)), [expanded])
      else { return nil }
      return product(.conv(second), [Term(expanded, doubts: doubts)] + terms.dropFirst(3), results)
    case .conv, .convTranspose, .gemm, .matMul: break
    default: return nil
    }
    guard let plain = op.sum, y.count > 0 else { return nil }
    let count = max(1, (op.macs(terms.map { $0?.values.shape }, output: y.shape) + y.count - 1) / y.count)
    let u = (y.element == .float64 ? y.element : .float32).roundoff, v = y.element.roundoff, k = Double(count)
    let isFew = count <= Self.fewTerms, factor = isFew ? k * u + 4 * v : 2 * k * u + k.squareRoot() * v
    let rounded = w.values.numbers.map { factor * $0.magnitude }, stored = w.steps?.numbers
    var bounds: [Double]
    if isWinograd {
      // Both kinds of error apart, since the transforms carry on only one of them.
      guard let sums = sum(plain.op, x, rounded, w.values.shape, isFew) else { return nil }
      let own = Self.winograd * largest(sums)
      bounds = [Double](repeating: own, count: y.count)
      if let stored {
        guard let sums = sum(plain.op, x, stored, w.values.shape, isFew) else { return nil }
        bounds = sums.map { $0 + own }
      }
    } else {
      let errors = stored.map { zip($0, rounded).map { isFew ? $0 + $1 : ($0 * $0 + $1 * $1).squareRoot() } } ?? rounded
      guard let sums = sum(plain.op, x, errors, w.values.shape, isFew) else { return nil }
      bounds = sums
    }
    for (own, other) in [(x, w), (w, x)] {
      guard let doubts = own.doubts,
        let more = handed(plain.op, doubts, own.values, other.values, isFirst: other.values.storage === w.values.storage)
      else { continue }
      bounds = zip(bounds, more).map(+)
    }
    // Bias and residual.
    let summands = min(k, 8 * k.squareRoot()) * u + 4 * v + u, slope = plain.activation.steepest
    var rest = k * 0x1p-148
    if terms.count > 2, let b = terms[2] { rest += plain.beta * (largest(b.values.numbers) * summands + (b.doubts?.max() ?? 0)) }
    for index in bounds.indices { bounds[index] = slope * (plain.alpha * bounds[index] + rest) }
    if terms.count > 3, let r = terms[3], r.values.count == y.count {
      let residual = r.values.numbers
      for index in bounds.indices { bounds[index] += slope * (residual[index].magnitude * summands + (r.doubts?[index] ?? 0)) }
    }
    return bounds
  }

  /// Σ|x|·e for few terms, 4·√Σx²·e² for many, where e are the errors of the weights.
  private func sum(_ op: Op, _ x: Term, _ errors: [Double], _ shape: Shape, _ isFew: Bool) -> [Double]? {
    let elements = x.values.numbers, xMost = largest(elements), most = largest(errors)
    // At most 1, so that no square is lost.
    func scaled(_ values: [Double], _ most: Double, _ shape: Shape) -> Tensor {
      Tensor(
        shape,
        floats: values.map { value -> Float in
          let unit = value.isFinite && most > 0 ? Float(value.magnitude / most) : 0
          return isFew ? unit : unit * unit
        })
    }
    guard let sums = run(op, [scaled(elements, xMost, x.values.shape), scaled(errors, most, shape)])?.first else { return nil }
    let scale = xMost * most
    return sums.numbers.map { isFew ? scale * $0 : 4 * scale * $0.squareRoot() }
  }

  /// What doubts of one operand do to the sums: Σ doubt · |other|.
  private func handed(_ op: Op, _ doubts: [Double], _ values: Tensor, _ other: Tensor, isFirst: Bool) -> [Double]? {
    let doubt = Tensor(values.shape, floats: doubts.map { Float($0) })
    let magnitude = Tensor(other.shape, floats: other.numbers.map { Float($0.magnitude) })
    return run(op, isFirst ? [doubt, magnitude] : [magnitude, doubt])?.first?.numbers
  }
}

/// Other operators.
extension RoundingBound {
  /// Roundings of sums without weights; nil for operators that do not sum.
  private func magnitudes(_ op: Op, _ terms: [Term?], _ y: Tensor) -> [Double]? {
    guard let summing = op.summing, op.macs(terms.map { $0?.values.shape }, output: y.shape) == 0, y.element.isFloat else { return nil }
    let inputs = terms.enumerated().map { index, term -> Tensor? in
      guard let term, term.values.element.isFloat else { return term?.values }
      // The scales and sizes of a Resize are no summands.
      if case .resize = op, index > 0 { return term.values }
      return Tensor(term.values.element, term.values.shape, rounding: term.values.numbers.map(\.magnitude))
    }
    guard let sums = run(summing, inputs)?.first else { return nil }
    let k = op.termCount(terms.map { $0.map { [$0.values] } }, y.shape)
    let factor = min(k, 8 * k.squareRoot()) * ElementType.float32.roundoff + 4 * y.element.roundoff
    return sums.numbers.map { factor * $0.magnitude }
  }

  /// What moving the operands changes, the same for every element of an output.
  private func moved(_ op: Op, _ terms: [Term?], _ results: [Tensor]) -> [[Double]] {
    let units = differences(op, terms, results) { $0?.units }
    var most = units.map { 2 * $0 }
    if terms.contains(where: { $0?.doubts != nil }) {
      most = zip(most, differences(op, terms, results) { $0?.doubts }).map(+)
    }
    return zip(results, most).map { [Double](repeating: $1, count: $0.count) }
  }

  /// The largest difference of two runs whose operands are moved against each other, for each output.
  private func differences(_ op: Op, _ terms: [Term?], _ results: [Tensor], by distances: (Term?) -> [Double]?) -> [Double] {
    var most = [Double](repeating: 0, count: results.count)
    let distances = terms.map(distances)
    func moved(_ direction: Double, _ seed: UInt64) -> [Tensor?] {
      terms.indices.map { input in
        var random = SeededInput(seed: seed &* 0x9E37_79B9 &+ 1, input: input)
        return terms[input].map { term in distances[input].map { term.moved(direction, by: $0, &random) } ?? term.values }
      }
    }
    // Few elements could all be moved so that it does not show.
    for seed in 0..<UInt64((results.first?.count ?? 0) < Self.fewTerms ? 4 : 1) {
      guard let above = run(op, moved(1, seed)), let below = run(op, moved(-1, seed)) else { continue }
      for (position, pair) in zip(above, below).enumerated() where position < most.count && pair.0.count == pair.1.count {
        for (a, b) in zip(pair.0.numbers, pair.1.numbers) where a.isFinite && b.isFinite {
          most[position] = max(most[position], (a - b).magnitude)
        }
      }
    }
    return most
  }
}

extension RoundingBound.Term {
  /// A unit in the last place of each element, and its step; nil where it is no float.
  fileprivate var units: [Double]? {
    guard values.element.isFloat else { return nil }
    let unit = 2 * values.element.roundoff, elements = values.numbers.map { unit * $0.magnitude }
    return steps.map { zip(elements, $0.numbers).map(+) } ?? elements
  }

  /// The elements up or down by these distances, at random.
  fileprivate func moved(_ direction: Double, by distances: [Double], _ random: inout SeededInput) -> Tensor {
    let signed = distances.map { random.next() & 1 << 40 == 0 ? direction * $0 : -direction * $0 }
    guard values.element.isFloat else {
      return Tensor(values.element, values.shape, wrapping: zip(values.ints(), signed).map { $0 &+ Int($1.rounded(.awayFromZero)) })
    }
    return Tensor(values.element, values.shape, rounding: zip(values.numbers, signed).map { $1.isFinite ? $0 + $1 : $0 })
  }
}

extension ElementType {
  /// The largest relative error of one rounding; that of float32 for what is no float.
  fileprivate var roundoff: Double { self == .float64 ? 0x1p-53 : max(unitRoundoff, 0x1p-24) }
}

extension Op {
  /// A sum of products without what follows it, for operands that are not negative.
  fileprivate var sum: (op: Op, alpha: Double, beta: Double, activation: Activation)? {
    switch self {
    case .conv(var op):
      let activation = op.activation
      op.activation = .none
      return (.conv(op), 1, 1, activation)
    case .convTranspose(var op):
      let activation = op.activation
      op.activation = .none
      return (.convTranspose(op), 1, 1, activation)
    case .gemm(var op):
      let activation = op.activation, alpha = Double(op.alpha.magnitude)
      (op.activation, op.alpha) = (.none, 1)
      return (.gemm(op), alpha, Double(op.beta.magnitude), activation)
    case .matMul(var op):
      let activation = op.activation
      op.activation = .none
      return (.matMul(op), 1, 1, activation)
    default: return nil
    }
  }
}

extension Activation {
  /// The largest magnitude of its slope.
  fileprivate var steepest: Double {
    switch self {
    case .none, .relu, .clip, .sigmoid, .tanh: 1
    case .leakyRelu(let alpha): max(1, Double(alpha).magnitude)
    case .hardSigmoid(let alpha, _): Double(alpha).magnitude
    // Where the line reaches 1, at x = (1 − beta) / alpha: 2 − beta.
    case .hardSwish(_, let beta): max(1, (2 - Double(beta)).magnitude)
    case .silu: 1.1
    case .gelu, .geluTanh: 1.13
    }
  }
}
