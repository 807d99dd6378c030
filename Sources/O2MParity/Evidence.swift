import O2MRuntime
import O2MTensor

/// What a verdict is worth: what its inputs were, and whether the outputs told anything about the model.
public struct Evidence: Equatable, Sendable {
  public var kind: Certificate.Evidence
  /// nil where the inputs were the user's, or every output followed its inputs.
  public var weakness: Weakness?

  public init(_ kind: Certificate.Evidence, weakness: Weakness? = nil) {
    self.kind = kind
    self.weakness = weakness
  }

  /// Why drawn inputs showed little.
  public enum Weakness: Equatable, Sendable {
    /// One case cannot show what the inputs change.
    case oneCase
    /// No output is computed from an input.
    case independent
    case notANumber(output: String)
    case constant(output: String)
    /// Every element is 0 or 1, so that errors before the last activation are hidden.
    case saturated(output: String)
    /// The inputs move the output less than its bound lets it err. Both in decibels below the output itself.
    case still(output: String, moved: Double, bound: Double)
    /// The output is hardly better than its bound, in decibels.
    case close(output: String, found: Double, bound: Double)
  }

  /// Rounded weights that leave an output less than this from its bound on drawn inputs may miss it on real ones: twice the error.
  static let spare = 6.0

  /// The same, unless drawn inputs left an output of `report` close to its bound.
  public func heeding(_ report: ParityReport) -> Evidence {
    guard kind == .seeded else { return self }
    for output in report.comparisons {
      if let bound = output.bound, bound.found < bound.minimum + Self.spare {
        return Evidence(.weak, weakness: .close(output: output.name, found: bound.found, bound: bound.minimum))
      }
    }
    return self
  }
}

/// How an output follows its inputs, from what the reference gave in each case.
struct Movement: Sendable {
  private var cases = 0
  private var sums: [Double] = []
  private var power = 0.0
  private var isSaturated = true
  private var reachesOne = false
  private var isFinite = false
  private var changes = false
  private var first: Tensor?

  /// Elements closer than this to 0 or 1, some of them to 1, are what a sigmoid or a softmax leaves of large numbers.
  private static let saturation = 1e-3

  mutating func add(_ reference: Tensor) {
    cases += 1
    let values = reference.doubles()
    if let first { changes = changes || first.type != reference.type || first.bytes != reference.bytes } else { first = reference }
    if sums.isEmpty { sums = [Double](repeating: 0, count: values.count) }
    isSaturated = isSaturated && reference.element.isFloat
    for (index, value) in values.enumerated() where index < sums.count {
      guard value.isFinite else { continue }
      isFinite = true
      sums[index] += value
      power += value * value
      let isOne = (value - 1).magnitude < Self.saturation
      reachesOne = reachesOne || isOne
      isSaturated = isSaturated && (isOne || value.magnitude < Self.saturation)
    }
  }

  func weakness(of name: String, _ tolerance: Tolerance) -> Evidence.Weakness? {
    if sums.isEmpty { return nil }
    if !isFinite { return .notANumber(output: name) }
    if !changes { return .constant(output: name) }
    // Small numbers alone have digits of their own, which the ratio of signal to noise sees.
    if isSaturated, reachesOne { return .saturated(output: name) }
    guard let bound = tolerance.minimumSQNR, let first, first.element.isFloat, power > 0 else { return nil }
    // The unbiased variance between the cases, beside their mean power.
    let mean = sums.reduce(0) { $0 + $1 * $1 } / Double(cases)
    let moved = Decibels.of(power / Double(cases) / max((power - mean) / Double(cases - 1), .leastNormalMagnitude))
    return moved > bound ? .still(output: name, moved: moved, bound: bound) : nil
  }
}

/// How all outputs of a model follow its inputs.
public struct Movements: Sendable {
  private let names: [String]
  private var outputs: [Movement]
  private var cases = 0

  public init(outputs names: [String]) {
    self.names = names
    outputs = names.map { _ in Movement() }
  }

  /// Adds what the reference gave in one case.
  public mutating func add(_ references: [Tensor]) {
    cases += 1
    for (index, reference) in references.enumerated() { outputs[index].add(reference) }
  }

  /// What a verdict with `tolerance` on these cases is worth.
  ///
  /// - Parameters:
  ///   - isGiven: whether there were inputs of the user's.
  ///   - dependent: for each output, whether it is computed from an input. What is not need not move.
  public func evidence(_ tolerance: Tolerance, isGiven: Bool, dependent: [Bool]) -> Evidence {
    if isGiven { return Evidence(.data) }
    if cases < 2 { return Evidence(.weak, weakness: .oneCase) }
    guard dependent.contains(true) else { return Evidence(.weak, weakness: .independent) }
    for (index, name) in names.enumerated() where dependent[index] {
      if let weakness = outputs[index].weakness(of: name, tolerance) { return Evidence(.weak, weakness: weakness) }
    }
    return Evidence(.seeded)
  }
}
