import O2MTensor

/// What `verify` and `convert` say of all outputs over all cases; the JSON keys are a contract.
public struct ParityReport: Encodable, Sendable {
  public enum Verdict: String, Encodable, Sendable { case pass, fail }

  /// Of every output that has none of its own.
  public let tolerance: Tolerance
  public private(set) var outputs: [Comparison]
  /// What choices were made from in the cases in which the reference followed those of the bundle; it has to hold `tolerance` as well.
  public private(set) var choices: [Comparison] = []
  public private(set) var cases = 0
  /// How the references followed the inputs.
  public private(set) var movements: Movements
  /// The cases that are chunks of one sequence, state going from each to the next; a case by itself is a sequence of one.
  public private(set) var sequences: [Range<Int>] = []

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
  /// - Parameters:
  ///   - noise: the model's own in each output; empty where it was not measured.
  ///   - goesOn: whether both had the state that they left in the case before.
  public mutating func add(_ found: [Tensor], reference: [Tensor], noise: [OutputNoise] = [], goesOn: Bool = false) {
    if goesOn, let last = sequences.popLast() { sequences.append(last.lowerBound..<cases + 1) } else { sequences.append(cases..<cases + 1) }
    cases += 1
    movements.add(reference)
    for (index, (found, reference)) in zip(found, reference).enumerated() {
      outputs[index].add(found, reference: reference, noise: index < noise.count ? noise[index] : nil)
    }
  }

  /// Adds what a choice of the bundle was made from in the last case, beside what the model has there.
  public mutating func add(choice name: String, _ found: Tensor, reference: Tensor) {
    let index = choices.firstIndex { $0.name == name } ?? choices.count
    if index == choices.count { choices.append(Comparison(name: name, tolerance: tolerance)) }
    choices[index].add(found, reference: reference)
  }

  /// The same bounds, and no case yet.
  public var emptied: ParityReport {
    let own = Dictionary(outputs.map { ($0.name, $0.tolerance) }) { first, _ in first }
    return ParityReport(outputs: outputs.map(\.name), tolerance: tolerance, own: own)
  }

  /// Outputs and choices.
  public var comparisons: [Comparison] { outputs + choices }

  /// Whether a case holds by itself, without regard to the model's own noise.
  ///
  /// - Parameter choices: what the bundle chose from, and what the model has there.
  public func holds(
    _ found: [Tensor], reference: [Tensor], choices: [(name: String, found: Tensor, reference: Tensor)] = []
  ) -> Bool {
    var alone = emptied
    alone.add(found, reference: reference)
    for choice in choices { alone.add(choice: choice.name, choice.found, reference: choice.reference) }
    return alone.verdict == .pass
  }

  /// Whether more digits in the bundle could make it hold.
  public var lacksDigits: Bool {
    comparisons.contains { comparison in
      comparison.failures.contains { failure in
        switch failure {
        // Of what a run counts, rounding decides how many there are.
        case .type, .element, .sqnr, .top1: true
        case .nonFinite: false
        }
      }
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
  public var verdict: Verdict {
    !outputs.isEmpty && comparisons.allSatisfy { $0.cases > 0 && $0.failures.isEmpty } ? .pass : .fail
  }

  /// Those of several chunks.
  public var chunked: [Range<Int>] { sequences.filter { $0.count > 1 } }

  /// The chunk of a sequence, and its output, that lies closest to its bound or farthest below it; nil where there are no sequences.
  public var worstChunk: (sequence: Int, chunk: Int, output: Int)? {
    var worst: (sequence: Int, chunk: Int, output: Int)?, least = Double.infinity
    for (number, range) in chunked.enumerated() {
      for index in range {
        for (output, comparison) in outputs.enumerated() where comparison.margins[index] < least {
          (worst, least) = ((number, index - range.lowerBound, output), comparison.margins[index])
        }
      }
    }
    return worst
  }

  /// What a sequence says of accumulating errors; the JSON keys are a contract. Chunks count from 0.
  private struct Sequence: Encodable {
    struct Output: Encodable {
      var name: String
      var sqnr: [Double]

      enum CodingKeys: String, CodingKey { case name, sqnr = "sqnr_db" }
    }

    var firstCase: Int
    var chunks: Int
    var outputs: [Output]

    enum CodingKeys: String, CodingKey { case firstCase = "first_case", chunks, outputs }
  }

  enum CodingKeys: String, CodingKey { case verdict, outputs, choices, sequences }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(outputs, forKey: .outputs)
    if !choices.isEmpty { try container.encode(choices, forKey: .choices) }
    guard !chunked.isEmpty else { return }
    try container.encode(
      chunked.map { range in
        Sequence(
          firstCase: range.lowerBound, chunks: range.count,
          outputs: outputs.map { .init(name: $0.name, sqnr: Array($0.sqnrs[range])) })
      }, forKey: .sequences)
  }
}
