import O2MTensor

/// What `verify` and `convert` say of all outputs over all cases; the JSON keys are a contract.
public struct ParityReport: Encodable, Sendable {
  public enum Verdict: String, Encodable, Sendable { case pass, fail }

  /// Of every output that has none of its own.
  public let tolerance: Tolerance
  public private(set) var outputs: [Comparison]
  public private(set) var cases = 0
  /// How the references followed the inputs.
  public private(set) var movements: Movements

  /// No cases yet.
  ///
  /// - Parameter own: what single outputs have to hold, by name.
  public init(outputs names: [String], tolerance: Tolerance, own: [String: Tolerance] = [:]) {
    self.tolerance = tolerance
    outputs = names.map { Comparison(name: $0, tolerance: own[$0] ?? tolerance) }
    movements = Movements(outputs: names)
  }

  /// Adds one case: all outputs, in their order.
  ///
  /// - Parameter noise: the model's own in each output; empty where it was not measured.
  public mutating func add(_ found: [Tensor], reference: [Tensor], noise: [OutputNoise] = []) {
    cases += 1
    movements.add(reference)
    for (index, (found, reference)) in zip(found, reference).enumerated() {
      outputs[index].add(found, reference: reference, noise: index < noise.count ? noise[index] : nil)
    }
  }

  /// Whether the rule of the tolerance alone refuses the case, for numbers that the model's own noise could explain.
  public func asksForNoise(_ found: [Tensor], reference: [Tensor]) -> Bool {
    outputs.indices.contains { index in
      let tolerance = outputs[index].tolerance
      guard tolerance.leastSQNR != nil else { return false }
      var alone = Comparison(name: outputs[index].name, tolerance: tolerance)
      alone.add(found[index], reference: reference[index])
      return alone.failures.contains(where: \.isOfPrecision)
    }
  }

  /// No outputs or no cases prove nothing: that fails.
  public var verdict: Verdict { !outputs.isEmpty && outputs.allSatisfy { $0.cases > 0 && $0.failures.isEmpty } ? .pass : .fail }

  enum CodingKeys: String, CodingKey { case verdict, outputs }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(outputs, forKey: .outputs)
  }
}
