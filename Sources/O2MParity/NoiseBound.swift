/// What the model's own noise adds to the bounds of a tolerance.
extension Tolerance {
  /// Rounding noise counts this often: a bundle sums in another order than the measurement, and both are one sample of the noise.
  public static let noiseFactor = 4.0
  /// In decibels: whatever steps of quantization may move, an output that keeps less of its model is another one.
  public static let leastWithSteps = 20.0

  /// Whether noise allows more than the rule alone for an output that is not all but zero.
  public var heedsNoise: Bool {
    guard let leastSQNR else { return false }
    return elementwise != nil || (minimumSQNR ?? -.infinity) > min(leastSQNR, Self.leastWithSteps)
  }

  /// The larger of `rule` and four times the rounding noise, and each step of quantization once.
  ///
  /// An output of magnitude `whole` keeps at least `leastSQNR` of rounding, and 20 dB of all. For one that is all but zero
  /// the noise itself is the floor: its digits are those that cancellation left.
  func allowed(_ rule: Double, _ rounding: Double, _ steps: Double, of whole: Double, _ noise: OutputNoise) -> Double {
    guard let leastSQNR else { return rule }
    let own = Self.noiseFactor * rounding
    if noise.isAllButZero { return max(rule, own) + steps }
    let most = whole / Decibels.ratio(leastSQNR).squareRoot(), last = whole / Decibels.ratio(Self.leastWithSteps).squareRoot()
    return max(rule, min(max(rule, min(own, most)) + steps, last))
  }
}
