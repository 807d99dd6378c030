import O2MParity

/// What was measured, in words.
enum ParityText {
  static func words(_ output: Comparison) -> [String] {
    var words = [
      "\(output.name.shortened(to: 40)): max \(Format.scientific(output.maxAbs))", "rmse \(Format.scientific(output.rmse))",
    ]
    words += ["SQNR \(decibels(output.sqnr))", "cosine \(Format.fixed(output.cosine, 6))"]
    if let lowered = lowered(output) { words.append(lowered) }
    if let top1 = output.top1 { words.append("best class \(Format.fixed(top1 * 100, top1 == 1 ? 0 : 1)) %") }
    return words
  }

  /// What is said where the model followed choices of the bundle; else nil.
  static func choices(_ report: ParityReport) -> String? {
    guard !report.choices.isEmpty else { return nil }
    let names = report.choices.map { "'\($0.name.brief)'" }.joined(separator: ", "), count = report.choices.map(\.cases).max() ?? 0
    return "in \(Format.count(count, "case")) the bundle chooses otherwise among close numbers: these are compared (\(names)), "
      + "and what is behind them with what the model makes of the bundle's choice"
  }

  /// Both numbers, where the model's own noise lowers the bound.
  static func lowered(_ output: Comparison) -> String? {
    // Less than is printed is none.
    guard let bound = output.bound, let noise = bound.noise, bound.minimum + 0.05 < output.tolerance.minimumSQNR ?? 0 else { return nil }
    return "at least \(Format.fixed(bound.minimum, 1)) dB for the model's own noise of \(decibels(noise))"
  }

  static func decibels(_ value: Double) -> String {
    value >= Decibels.most ? "exact" : value <= -Decibels.most ? "none" : "\(Format.fixed(value, 1)) dB"
  }

  /// What has to hold.
  static func bounds(_ tolerance: Tolerance) -> String {
    var parts: [String] = []
    if let bound = tolerance.elementwise {
      var terms: [String] = []
      if bound.absolute > 0 { terms.append(Format.scientific(bound.absolute)) }
      if bound.ofLargest > 0 { terms.append("\(Format.scientific(bound.ofLargest))·max|ref|") }
      if bound.relative > 0 { terms.append("\(Format.scientific(bound.relative))·|ref|") }
      parts.append("|Δ| ≤ " + (terms.isEmpty ? "0" : terms.joined(separator: " + ")))
    }
    if let minimum = tolerance.minimumSQNR { parts.append("SQNR ≥ \(Format.short(minimum)) dB") }
    if let minimum = tolerance.minimumTop1 { parts.append("best class ≥ \(Format.fixed(minimum * 100, 1)) %") }
    return parts.joined(separator: ", ")
  }

  /// The first thing that does not hold, with the output's name.
  static func failure(of output: Comparison) -> String {
    "output '\(output.name)': " + (output.failures.first.map { text($0, output) } ?? "holds")
  }

  /// What does not hold, in numbers.
  static func text(_ failure: Comparison.Failure, _ output: Comparison) -> String {
    switch failure {
    case .type(let cases):
      let text = "\(Format.count(cases, "case has", "cases have")) another shape or element type"
      guard let mismatch = output.mismatch else { return text }
      return text
        + ": case \(mismatch.caseIndex), \(FaultMessages.text(mismatch.found)) instead of \(FaultMessages.text(mismatch.reference))"
    case .nonFinite(let elements):
      return "\(Format.count(elements, "element is", "elements are")) NaN or infinite on one side only" + at(output)
    case .element(let excess): return "an element differs by \(Format.fixed(excess, 1)) times what is allowed" + at(output)
    case .sqnr(let found, let minimum): return "SQNR is \(decibels(found)), at least \(Format.fixed(minimum, 1)) dB is needed"
    case .top1(let found, let minimum):
      return "the best class agrees in \(Format.fixed(found * 100, 1)) % of cases, \(Format.fixed(minimum * 100, 1)) % is needed"
    }
  }

  private static func at(_ output: Comparison) -> String {
    guard let worst = output.worst else { return "" }
    return ": case \(worst.caseIndex), index \(worst.index), \(worst.found) instead of \(worst.reference)"
  }
}
