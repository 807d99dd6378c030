import CO2MPlatform
import O2MTensor

/// Power of an output and of its error, and their ratio.
///
///     SQNR = 10 · log10(Σ reference² / Σ (found − reference)²)
///
/// This is the only SQNR of the tool: reports, verdicts, certificates and the choice of weights all take it from here. The sums run in the
/// order of the elements.
public struct SignalToNoise: Sendable {
  public private(set) var signal = 0.0
  public private(set) var noise = 0.0

  public init() {}

  /// All elements that are finite on both sides.
  public init(_ found: Tensor, reference: Tensor) { self.init(found.doubles(), reference: reference.doubles()) }

  public init(_ found: [Double], reference: [Double]) {
    for (found, reference) in zip(found, reference) where found.isFinite && reference.isFinite {
      add(found, reference: reference)
    }
  }

  /// Adds one element. Infinities have no power: equal ones are no error, others make the noise infinite or NaN.
  mutating func add(_ found: Double, reference: Double) {
    if reference.isFinite { signal += reference * reference }
    if found != reference, !(found.isNaN && reference.isNaN) { noise += (found - reference) * (found - reference) }
  }

  mutating func add(_ other: SignalToNoise) {
    signal += other.signal
    noise += other.noise
  }

  /// Power of the error over that of the reference; 0 without an error.
  public var relativeNoise: Double { noise == 0 ? 0 : noise / max(signal, .leastNormalMagnitude) }

  /// Decibels: infinite without an error, NaN where the error is not finite.
  public var sqnr: Double { noise == 0 ? .infinity : noise.isFinite ? Decibels.of(signal / noise) : .nan }
}

/// Ratios of powers on a logarithmic scale.
public enum Decibels {
  /// What reports show at most, and for identical outputs: float32 cannot tell more apart.
  public static let most = 200.0

  public static func of(_ ratio: Double) -> Double { o2m_decibels(ratio) }

  /// The inverse of `of`.
  public static func ratio(_ decibels: Double) -> Double { o2m_pow(10, decibels / 10) }

  /// `decibels` as reports show it; what is no number is the worst.
  public static func shown(_ decibels: Double) -> Double { decibels >= -most ? min(decibels, most) : -most }
}
