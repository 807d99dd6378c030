import O2MOps
import O2MTensor

/// What an output may differ by and still hold. Every bound has a reason in DESIGN terms; none is an adjective.
///
/// - Units: `minimumSQNR` in decibels.
public struct Tolerance: Equatable, Sendable {
  /// Allowed difference at every element: `absolute + ofLargest · max|ref| + relative · |ref|`; nil leaves single elements unchecked.
  public struct Elementwise: Equatable, Sendable {
    public var absolute: Double
    public var ofLargest: Double
    public var relative: Double

    public init(absolute: Double = 0, ofLargest: Double = 0, relative: Double = 0) {
      self.absolute = absolute
      self.ofLargest = ofLargest
      self.relative = relative
    }
  }

  public var elementwise: Elementwise?
  public var minimumSQNR: Double?
  /// The least share of cases whose best class must agree.
  public var minimumTop1: Double?

  public init(elementwise: Elementwise? = nil, minimumSQNR: Double? = nil, minimumTop1: Double? = nil) {
    self.elementwise = elementwise
    self.minimumSQNR = minimumSQNR
    self.minimumTop1 = minimumTop1
  }

  /// float32 bundles: float32 sums in another order, so 1e-4 of the largest magnitude plus 1e-3 of each, and 80 dB overall.
  public static let float32 = Tolerance(elementwise: .init(ofLargest: 1e-4, relative: 1e-3), minimumSQNR: 80)
  /// float16 weights: 11 bits of significand leave about 66 dB per weight; sums and depth take the rest.
  public static let float16 = Tolerance(minimumSQNR: 40)
  /// int8 weights: 127 steps per channel, chosen so that wrong layouts and wrong scales (below 10 dB) always fail.
  public static let int8Weights = Tolerance(minimumSQNR: 20)
}
