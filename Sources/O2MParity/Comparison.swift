import O2MTensor

/// How far an output is from its reference over all its cases, and whether `tolerance` allows that.
///
/// - Units: `sqnr` in decibels, at most `Decibels.most`; the rest in the output's own units.
public struct Comparison: Sendable {
  /// The element that differs most, relative to what is allowed where a tolerance bounds elements.
  public struct Worst: Equatable, Sendable {
    public var caseIndex: Int
    public var index: [Int]
    public var reference: Double
    public var found: Double
  }

  /// What the SQNR of one case had to reach.
  public struct Bound: Equatable, Sendable {
    public var found: Double
    /// That of the tolerance, or less where the model's own noise is more than that allows.
    public var minimum: Double
    /// The SQNR that the model's own noise leaves; nil where it was not needed.
    public var noise: Double?
    /// Decibels that are left; negative where the bound fails.
    var margin: Double
  }

  public let name: String
  public let tolerance: Tolerance
  public private(set) var cases = 0
  public private(set) var maxAbs = 0.0
  public private(set) var worst: Worst?
  /// The worst ratio of difference to allowed difference; above 1 the element bound fails.
  public private(set) var worstExcess = 0.0
  /// The least SQNR of a single case.
  public private(set) var sqnr = Decibels.most
  /// The SQNR of each case, and the decibels by which it lies above its bound, or what it is where the tolerance has none.
  public private(set) var sqnrs: [Double] = []
  public private(set) var margins: [Double] = []
  /// The bound of the case that is closest to it; nil where the tolerance has none.
  public private(set) var bound: Bound?
  /// The first case whose shape or element type is not that of the reference.
  public private(set) var mismatch: (caseIndex: Int, found: TensorType, reference: TensorType)?
  /// Elements that are NaN or infinite on one side only, or infinite with other signs.
  private var nonFinite = 0
  /// Cases whose shape or element type is not that of the reference.
  private var mismatchedTypes = 0
  private var top1Cases = 0
  private var top1Agreements = 0
  private var elements = 0
  private var sumAbs = 0.0
  private var power = SignalToNoise()
  private var foundSquares = 0.0
  private var products = 0.0

  public init(name: String, tolerance: Tolerance) {
    self.name = name
    self.tolerance = tolerance
  }

  /// Whether every element has a number to be compared with; without it there is no figure that is not the worst.
  private var isComparable: Bool { mismatchedTypes == 0 && nonFinite == 0 }
  public var meanAbs: Double { !isComparable ? .infinity : elements == 0 ? 0 : sumAbs / Double(elements) }
  public var rmse: Double { !isComparable ? .infinity : elements == 0 ? 0 : (power.noise / Double(elements)).squareRoot() }
  public var cosine: Double {
    guard isComparable else { return 0 }
    let norm = (power.signal * foundSquares).squareRoot()
    return norm == 0 ? (power.signal == foundSquares ? 1 : 0) : products / norm
  }
  /// The share of cases whose best class agrees; nil where the output is no row of class scores.
  public var top1: Double? { top1Cases == 0 ? nil : Double(top1Agreements) / Double(top1Cases) }

  /// The SQNR in decibels that outputs of this type can be held to: two roundings of a p-bit significand, each of relative power at
  /// most 2^(-2p) / 3, and 6 dB of slack for what is left of the computation between them.
  private static func resolution(_ element: ElementType) -> Double {
    switch element {
    case .float16: 60
    case .bfloat16: 42
    default: Decibels.most
    }
  }

  /// Adds one case.
  ///
  /// - Parameter noise: the model's own on the inputs of the case, where it was measured.
  public mutating func add(_ found: Tensor, reference: Tensor, noise: OutputNoise? = nil) {
    let caseIndex = cases
    cases += 1
    sqnrs.append(-Decibels.most)
    margins.append(-Decibels.most)
    guard found.type == reference.type else {
      mismatchedTypes += 1
      if mismatch == nil { mismatch = (caseIndex, found.type, reference.type) }
      (sqnr, maxAbs) = (-Decibels.most, .infinity)
      return
    }
    let a = reference.doubles(), b = found.doubles()
    // float64 does not hold every int64.
    let exact = reference.element.isFloat ? nil : (reference: reference.ints(), found: found.ints())
    var largest = 0.0
    for value in a where value.isFinite { largest = max(largest, value.magnitude) }
    var power = SignalToNoise()
    for index in 0..<a.count {
      let r = a[index], f = b[index]
      guard r.isFinite, f.isFinite else {
        if !(r == f || (r.isNaN && f.isNaN)) {
          nonFinite += 1
          (sqnr, maxAbs) = (-Decibels.most, .infinity)
          if nonFinite == 1 { worst = Worst(caseIndex: caseIndex, index: reference.shape.multiIndex(index), reference: r, found: f) }
        }
        continue
      }
      let difference = (f - r).magnitude
      elements += 1
      sumAbs += difference
      power.add(f, reference: r)
      foundSquares += f * f
      products += r * f
      var excess = 0.0
      if let exact {
        excess = exact.reference[index] == exact.found[index] ? 0 : .infinity
      } else if difference > 0, let bound = tolerance.elementwise {
        let rule = bound.allowed(r, largest: largest, reference.element)
        excess = difference / (noise.map { tolerance.allowed(rule, $0.rounding.largest, $0.steps.largest, of: largest, $0) } ?? rule)
      }
      if nonFinite == 0, excess > worstExcess || (excess == worstExcess && difference > maxAbs) {
        worst = Worst(caseIndex: caseIndex, index: reference.shape.multiIndex(index), reference: r, found: f)
      }
      worstExcess = max(worstExcess, excess)
      maxAbs = max(maxAbs, difference)
    }
    self.power.add(power)
    let isFinite = zip(a, b).allSatisfy { $0.isFinite == $1.isFinite }
    if isFinite { (sqnrs[caseIndex], margins[caseIndex]) = (Decibels.shown(power.sqnr), Decibels.shown(power.sqnr)) }
    sqnr = min(sqnr, Decibels.shown(power.sqnr))
    if let wanted = tolerance.minimumSQNR {
      let bound = bound(on: power, wanted: min(wanted, Self.resolution(reference.element)), noise, count: a.count)
      if isFinite { margins[caseIndex] = bound.margin }
      if bound.margin < self.bound?.margin ?? .infinity { self.bound = bound }
    }
    addTop1(a, b, reference.shape)
  }

  /// What one case has to reach.
  private func bound(on power: SignalToNoise, wanted: Double, _ noise: OutputNoise?, count: Int) -> Bound {
    let found = Decibels.shown(power.sqnr)
    guard let noise, found < wanted, tolerance.leastSQNR != nil else {
      return Bound(found: found, minimum: wanted, noise: nil, margin: found - wanted)
    }
    let scale = Double(count).squareRoot(), norm = power.signal.squareRoot()
    let own = scale * (noise.rounding.rms * noise.rounding.rms + noise.steps.rms * noise.steps.rms).squareRoot()
    let rule = norm / Decibels.ratio(wanted).squareRoot()
    let allowed = tolerance.allowed(rule, scale * noise.rounding.rms, scale * noise.steps.rms, of: norm, noise)
    return Bound(
      found: found, minimum: min(wanted, Decibels.shown(Decibels.of(power.signal / (allowed * allowed)))),
      noise: own > 0 ? Decibels.shown(Decibels.of(power.signal / (own * own))) : Decibels.most,
      margin: Decibels.shown(Decibels.of(allowed * allowed / power.noise)))
  }

  /// Class scores are a row of at least two classes per sample: `[N, C]` or `[N, C, 1, 1]`. Ties of the reference count as agreement.
  private mutating func addTop1(_ reference: [Double], _ found: [Double], _ shape: Shape) {
    guard shape.rank >= 2, shape[1] >= 2, shape.dims.dropFirst(2).allSatisfy({ $0 == 1 }) else { return }
    let classes = shape[1]
    for row in 0..<shape[0] {
      let range = row * classes..<(row + 1) * classes
      guard let best = range.max(by: { found[$0] < found[$1] }), let expected = range.map({ reference[$0] }).max() else { continue }
      top1Cases += 1
      if reference[best] == expected { top1Agreements += 1 }
    }
  }

  /// Why the tolerance does not hold; empty where it does.
  public var failures: [Failure] {
    var failures: [Failure] = []
    if mismatchedTypes > 0 { failures.append(.type(cases: mismatchedTypes)) }
    if nonFinite > 0 { failures.append(.nonFinite(elements: nonFinite)) }
    if worstExcess > 1 { failures.append(.element(excess: worstExcess)) }
    if let bound, bound.margin < 0 { failures.append(.sqnr(found: bound.found, minimum: bound.minimum)) }
    if let minimum = tolerance.minimumTop1, let top1, top1 < minimum { failures.append(.top1(found: top1, minimum: minimum)) }
    return failures
  }

  /// One reason why an output does not hold.
  public enum Failure: Equatable, Sendable {
    case type(cases: Int)
    case nonFinite(elements: Int)
    case element(excess: Double)
    case sqnr(found: Double, minimum: Double)
    case top1(found: Double, minimum: Double)

    /// The word of the report.
    public var name: String {
      switch self {
      case .type: "type"
      case .nonFinite: "not_finite"
      case .element: "element"
      case .sqnr: "sqnr"
      case .top1: "top1"
      }
    }

    /// Whether more digits in the bundle or fewer in the model could be the cause.
    public var isOfPrecision: Bool {
      switch self {
      case .element, .sqnr: true
      case .type, .nonFinite, .top1: false
      }
    }
  }
}

/// The JSON keys are a contract: `sqnr_db` is that of the worst case, `worst_index` the index along each axis, `bound_db` and `noise_db`
/// are those of the case that is closest to its bound.
extension Comparison: Encodable {
  enum CodingKeys: String, CodingKey {
    case name, cases, maxAbs = "max_abs", meanAbs = "mean_abs", rmse, sqnr = "sqnr_db", cosine, top1 = "top1_agree"
    case worstIndex = "worst_index", failures, bound = "bound_db", noise = "noise_db", thresholds
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(cases, forKey: .cases)
    try container.encode(maxAbs, forKey: .maxAbs)
    try container.encode(meanAbs, forKey: .meanAbs)
    try container.encode(rmse, forKey: .rmse)
    try container.encode(sqnr, forKey: .sqnr)
    try container.encode(cosine, forKey: .cosine)
    // The key is always there; null where the output is no row of class scores.
    try container.encode(top1, forKey: .top1)
    try container.encode(worst?.index ?? [], forKey: .worstIndex)
    try container.encode(failures.map(\.name), forKey: .failures)
    try container.encode(bound?.minimum, forKey: .bound)
    try container.encode(bound?.noise, forKey: .noise)
    try container.encode(tolerance, forKey: .thresholds)
  }
}

extension Shape {
  /// The index along every axis of the element at `flat` in row-major order.
  public func multiIndex(_ flat: Int) -> [Int] {
    var rest = flat
    return strides.map { stride in
      guard stride > 0 else { return 0 }
      defer { rest %= stride }
      return rest / stride
    }
  }
}
