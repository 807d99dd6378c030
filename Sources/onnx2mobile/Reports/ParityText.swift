import O2MParity

/// What was measured, in words.
enum ParityText {
  static func words(_ output: ParityReport.Output) -> [String] {
    var words = [
      "\(DumpReport.shorten(output.name, to: 40)): max \(Format.scientific(output.maxAbs))", "rmse \(Format.scientific(output.rmse))",
    ]
    words += ["SQNR \(decibels(output.sqnr))", "cosine \(Format.fixed(output.cosine, 6))"]
    if let top1 = output.top1 { words.append("best class \(Format.fixed(top1 * 100, top1 == 1 ? 0 : 1)) %") }
    return words
  }

  static func decibels(_ value: Double) -> String {
    value >= Comparison.largestSQNR ? "exact" : "\(Format.fixed(value, 1)) dB"
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
    if let minimum = tolerance.minimumSQNR { parts.append("SQNR ≥ \(Format.fixed(minimum, minimum == minimum.rounded() ? 0 : 1)) dB") }
    if let minimum = tolerance.minimumTop1 { parts.append("best class ≥ \(Format.fixed(minimum * 100, 1)) %") }
    return parts.joined(separator: ", ")
  }

  static func text(_ failure: Comparison.Failure, _ output: ParityReport.Output) -> String {
    switch failure {
    case .type(let cases): return "\(cases) cases have another shape or element type"
    case .nonFinite(let elements): return "\(elements) elements are NaN or infinite on one side only" + at(output)
    case .element(let excess): return "an element differs by \(Format.fixed(excess, 1)) times what is allowed" + at(output)
    case .sqnr(let found, let minimum): return "SQNR is \(decibels(found)), at least \(Format.fixed(minimum, 1)) dB is needed"
    case .top1(let found, let minimum):
      return "the best class agrees in \(Format.fixed(found * 100, 1)) % of cases, \(Format.fixed(minimum * 100, 1)) % is needed"
    }
  }

  private static func at(_ output: ParityReport.Output) -> String {
    guard let worst = output.comparison.worst else { return "" }
    return ": case \(worst.caseIndex), index \(worst.index), \(worst.found) instead of \(worst.reference)"
  }
}
