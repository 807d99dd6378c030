import O2MTensor

/// What an output may differ by and still hold. Every bound has a reason in DESIGN terms; none is an adjective.
///
/// - Units: `minimumSQNR` in decibels.
public struct Tolerance: Equatable, Sendable {
  /// Allowed difference at every element; nil leaves single elements unchecked.
  ///
  ///     absolute + relative · |ref| + (ofLargest + terms · epsilon) · max|ref| + steps · the distance to the next number at ref
  public struct Elementwise: Equatable, Sendable {
    public var absolute: Double
    public var relative: Double
    public var ofLargest: Double
    /// Of a sum in another order.
    public var terms: Int
    public var steps: Int

    public init(absolute: Double = 0, relative: Double = 0, ofLargest: Double = 0, terms: Int = 0, steps: Int = 0) {
      self.absolute = absolute
      self.relative = relative
      self.ofLargest = ofLargest
      self.terms = terms
      self.steps = steps
    }

    /// Every bit that counts; only the sign of zero may differ.
    public static let exact = Elementwise()
    public static func ulp(_ steps: Int) -> Elementwise { Elementwise(steps: steps) }
    public static func sum(of terms: Int) -> Elementwise { Elementwise(terms: terms) }
    public static func bounds(absolute: Double, relative: Double) -> Elementwise { Elementwise(absolute: absolute, relative: relative) }

    /// What element `reference` may differ by, in a tensor of `element` whose largest magnitude is `largest`.
    func allowed(_ reference: Double, largest: Double, _ element: ElementType) -> Double {
      let rounding = steps == 0 ? 0 : Double(steps) * element.step(at: reference)
      return absolute + (ofLargest + Double(terms) * element.epsilon) * largest + relative * reference.magnitude + rounding
    }
  }

  public var elementwise: Elementwise?
  public var minimumSQNR: Double?
  /// How far the model's own rounding noise may lower `minimumSQNR`; nil where it may not, as for bounds that a user gives.
  public var leastSQNR: Double?
  /// The least share of cases whose best class must agree.
  public var minimumTop1: Double?

  public init(
    elementwise: Elementwise? = nil, minimumSQNR: Double? = nil, leastSQNR: Double? = nil, minimumTop1: Double? = nil
  ) {
    self.elementwise = elementwise
    self.minimumSQNR = minimumSQNR
    self.leastSQNR = leastSQNR
    self.minimumTop1 = minimumTop1
  }

  /// float32 bundles: float32 sums in another order, so 1e-4 of the largest magnitude plus 1e-3 of each, and 80 dB overall.
  public static let float32 = Tolerance(elementwise: .init(relative: 1e-3, ofLargest: 1e-4), minimumSQNR: 80, leastSQNR: 40)
  /// float16 weights: 11 bits of significand leave about 66 dB per weight; sums and depth take the rest.
  public static let float16 = Tolerance(minimumSQNR: 40, leastSQNR: 20)
  /// int8 weights: 127 steps per channel, chosen so that wrong layouts and wrong scales (below 10 dB) always fail.
  public static let int8Weights = Tolerance(minimumSQNR: 20, leastSQNR: 20)
}

/// Every key is always there, null where nothing is asked for; the keys are a contract.
extension Tolerance: Encodable {
  enum CodingKeys: String, CodingKey {
    case minimumSQNR = "min_sqnr_db", leastSQNR = "least_sqnr_db", minimumTop1 = "min_top1", absolute = "atol", relative = "rtol"
    case ofLargest = "of_largest"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(minimumSQNR, forKey: .minimumSQNR)
    try container.encode(leastSQNR, forKey: .leastSQNR)
    try container.encode(minimumTop1, forKey: .minimumTop1)
    try container.encode(elementwise?.absolute, forKey: .absolute)
    try container.encode(elementwise?.relative, forKey: .relative)
    try container.encode(elementwise?.ofLargest, forKey: .ofLargest)
  }
}

extension ElementType {
  /// The distance from 1 to the next number.
  var epsilon: Double {
    switch self {
    case .float64: 0x1p-52
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    default: 0x1p-23
    }
  }

  /// The distance between neighbours at `value`.
  func step(at value: Double) -> Double {
    let least: Double
    switch self {
    case .float64: least = 0x1p-1074
    case .float16: least = 0x1p-24
    case .bfloat16: least = 0x1p-133
    default: least = 0x1p-149
    }
    return value == 0 ? least : max(least, value.binade.magnitude * epsilon)
  }
}
