import CO2MPlatform
import O2MRuntime
import O2MTensor

/// Bytes of the arena as a sum of products of open extents.
///
/// It is an estimate from above: at none of the sizes that were tried does the arena take more. At others the steps in which extents are
/// halved and memory is handed out may take it above by a little; the arena of any one size is `Model.arenaBytes(at:)`.
public struct MemoryFormula: Sendable {
  public struct Term: Sendable {
    public var bytes: Double
    /// The power of each symbol, in the order of the section shapes.
    public var powers: [Int]

    func value(_ extents: [Int]) -> Double {
      zip(extents, powers).reduce(bytes) { product, axis in (0..<axis.1).reduce(product) { value, _ in value * Double(axis.0) } }
    }
  }

  public let terms: [Term]
  /// How many sizes the runtime takes of those that were tried.
  public let tried: Int
  /// How far the formula is above the arena, as a share of it: where it is farthest, and at half of the sizes at most.
  public let excess: (most: Double, median: Double)

  /// nil where all extents are fixed, and where hardly any size fits the limits of `model`.
  public init?(_ model: Model) {
    guard let open = model.shapes, !open.symbols.isEmpty else { return nil }
    var sizes: [[Int]] = [], bytes: [Double] = []
    for extents in open.symbols.spread {
      guard let count = try? model.arenaBytes(at: open.shapes(model.graph, extents)), count > 0 else { continue }
      sizes.append(extents)
      bytes.append(Double(count))
    }
    var fits: [Fit] = []
    for degree in 1...3 {
      let powers = Self.powers(open.symbols, degree: degree)
      guard sizes.count > powers.count else { continue }
      fits.append(Fit(powers, sizes, bytes))
    }
    // A product more is for what it gains.
    guard let best = fits.map(\.excess.median).min(), let fit = fits.first(where: { $0.excess.median <= best + 0.02 }) else { return nil }
    tried = sizes.count
    excess = fit.excess
    terms = fit.terms.sorted { $0.powers.reduce(0, +) > $1.powers.reduce(0, +) }
  }

  /// All products of as many extents, of which none more than twice.
  private static func powers(_ symbols: [OpenShapes.Symbol], degree: Int) -> [[Int]] {
    symbols.reduce([[]]) { found, symbol in
      let own = found.flatMap { powers in (0...(symbol.minimum == symbol.maximum ? 0 : 2)).map { powers + [$0] } }
      return own.filter { $0.reduce(0, +) <= degree }
    }
  }

  /// Terms for given products of extents.
  private struct Fit {
    private(set) var terms: [Term]
    private(set) var excess: (most: Double, median: Double) = (0, 0)

    init(_ powers: [[Int]], _ sizes: [[Int]], _ bytes: [Double]) {
      terms = zip(Self.factors(powers, sizes, bytes), powers).map { Term(bytes: $0, powers: $1) }
      // Terms that hardly count anywhere are left out.
      terms = terms.filter { term in zip(sizes, bytes).contains { term.value($0) > 0.01 * $1 } }
      let least = ratios(sizes, bytes).min() ?? 1
      for index in terms.indices { terms[index].bytes = (terms[index].bytes / least).roundedUp }
      let ratios = ratios(sizes, bytes).sorted()
      excess = ((ratios.last ?? 1) - 1, ratios[ratios.count / 2] - 1)
    }

    private func ratios(_ sizes: [[Int]], _ bytes: [Double]) -> [Double] {
      zip(sizes, bytes).map { extents, bytes in terms.reduce(0) { $0 + $1.value(extents) } / bytes }
    }

    /// The factors, none below 0, for which the relative differences are small and hardly any sum is below the bytes: least squares by
    /// coordinate descent, again and again with more weight on the sizes that are below.
    private static func factors(_ powers: [[Int]], _ sizes: [[Int]], _ bytes: [Double]) -> [Double] {
      let columns = powers.map { powers in zip(sizes, bytes).map { Term(bytes: 1, powers: powers).value($0) / $1 } }
      var factors = powers.map { _ in 0.0 }, weights = bytes.map { _ in 1.0 }
      for _ in 0..<20 {
        let lengths = columns.map { zip($0, weights).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } }
        var rest = bytes.indices.map { row in 1 - columns.indices.reduce(0) { $0 + factors[$1] * columns[$1][row] } }
        for _ in 0..<100 {
          for (index, column) in columns.enumerated() where lengths[index] > 0 {
            let slope = rest.indices.reduce(0) { $0 + column[$1] * rest[$1] * weights[$1] }
            let step = max(-factors[index], slope / lengths[index])
            factors[index] += step
            for row in rest.indices { rest[row] -= step * column[row] }
          }
        }
        for row in rest.indices where rest[row] > 0 { weights[row] *= (1 + min(2, 10 * rest[row])) * (1 + min(2, 10 * rest[row])) }
      }
      return factors
    }
  }
}

extension [OpenShapes.Symbol] {
  /// Sizes of the symbols that cover their ranges: all least, typical and largest ones, each from the least to the largest beside typical
  /// ones, and some at random, all on a logarithmic scale.
  fileprivate var spread: [[Int]] {
    let typical = map(\.typical)
    var sizes: [[Int]] = [typical]
    if count <= 3 {
      sizes = reduce([[]]) { found, symbol in
        found.flatMap { sizes in [symbol.minimum, symbol.typical, symbol.maximum].map { sizes + [$0] } }
      }
    } else {
      sizes += [map(\.minimum), map(\.maximum)]
    }
    for (index, symbol) in enumerated() {
      for part in 1...12 {
        var size = typical
        size[index] = symbol.between(Double(part) / 12)
        sizes.append(size)
      }
    }
    var random = SeededInput(seed: 1)
    for _ in 0..<24 { sizes.append(map { $0.between(Double(random.next() >> 11) * 0x1p-53) }) }
    var found: [[Int]] = []
    for size in sizes where !found.contains(size) { found.append(size) }
    return found
  }
}

extension OpenShapes.Symbol {
  /// From the least at 0 to the largest at 1.
  fileprivate func between(_ part: Double) -> Int {
    let ratio = Double(maximum) / Double(Swift.max(1, minimum))
    return nearest(Int(Double(Swift.max(1, minimum)) * Self.power(ratio, part)))
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double { o2m_exp(exponent * o2m_log(base)) }
}

extension Double {
  /// With three digits; what is one already stays.
  fileprivate var roundedUp: Double {
    var unit = 1.0, parts = 1.0
    while self / unit >= 1000 { unit *= 10 }
    while self > 0, self * parts < 100 { parts *= 10 }
    return (self * parts / unit - 1e-6).rounded(.up) * unit / parts
  }
}
