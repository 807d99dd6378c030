/// How often something held, and what that says of all that could have been tried.
public struct Proportion: Equatable, Sendable {
  public var hits: Int
  public var count: Int

  public init(hits: Int = 0, count: Int = 0) {
    self.hits = hits
    self.count = count
  }

  public mutating func add(_ hit: Bool) {
    count += 1
    if hit { hits += 1 }
  }

  /// 0 to 1; 0 where nothing was tried.
  public var share: Double { count == 0 ? 0 : Double(hits) / Double(count) }

  /// The two-sided 95 % interval of Wilson's score, which stays within 0 and 1 and is right for small counts and shares near 1.
  ///
  ///     (p + z²/2n ± z · √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)        z = 1.959964
  ///
  /// - Spec: Wilson, "Probable inference, the law of succession, and statistical inference", 1927, without a correction of continuity.
  public var interval: ClosedRange<Double> {
    guard count > 0 else { return 0...1 }
    let n = Double(count), z = 1.959963984540054, p = share
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
    // The ends are exact where all or none held.
    return (hits == 0 ? 0 : max(0, center - reach))...(hits == count ? 1 : min(1, center + reach))
  }
}
