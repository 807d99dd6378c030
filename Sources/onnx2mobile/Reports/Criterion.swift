import O2MConvert
import O2MParity

/// One thing that was asked for and does not hold; the JSON keys are a contract.
struct Criterion: Encodable {
  enum Kind: String, Encodable {
    case identity, comparison, bisection, type, notFinite = "not_finite", element, sqnr, top1, certificate, baseline, evidence, cases
  }

  let criterion: Kind
  /// nil where it is not about one output.
  @OrNull var output: String?
  /// In the criterion's own unit; nil where it is no number.
  @OrNull var found: Double?
  @OrNull var needed: Double?
  /// A sentence without the output's name.
  let message: String

  init(_ criterion: Kind, output: String? = nil, found: Double? = nil, needed: Double? = nil, _ message: String) {
    self.criterion = criterion
    self.message = message
    self.output = output
    self.found = found
    self.needed = needed
  }

  init(_ failure: Comparison.Failure, _ output: Comparison) {
    let message = ParityText.text(failure, output), name = output.name
    switch failure {
    case .type(let cases): self.init(.type, output: name, found: Double(cases), needed: 0, message)
    case .nonFinite(let elements): self.init(.notFinite, output: name, found: Double(elements), needed: 0, message)
    case .element(let excess): self.init(.element, output: name, found: excess, needed: 1, message)
    case .sqnr(let found, let minimum): self.init(.sqnr, output: name, found: found, needed: minimum, message)
    case .top1(let found, let minimum): self.init(.top1, output: name, found: found, needed: minimum, message)
    }
  }

  /// With the output's name.
  var sentence: String { output.map { "output '\($0)': \(message)" } ?? message }
}

/// The outputs beside a report that was kept; the JSON keys are a contract.
struct BaselineReport: Encodable {
  struct Output: Encodable {
    var name: String
    var sqnr: Double
    var before: Double
    var fall: Double
    var isSameCount: Bool

    enum CodingKeys: String, CodingKey {
      case name, sqnr = "sqnr_db", before = "baseline_sqnr_db", fall = "fall_db", isSameCount = "same_cases"
    }
  }

  let report: String
  let maximumFall: Double
  let outputs: [Output]

  enum CodingKeys: String, CodingKey { case report, maximumFall = "max_fall_db", outputs }

  /// Why the numbers may differ though the bundle is as good.
  let notes: [String]

  /// - Parameters:
  ///   - truth: what the outputs are compared with.
  ///   - source: the hash of the model that the bundle was made from.
  init(_ falls: Baseline.Falls, report: String, maximumFall: Double, truth: String, source: String) {
    self.report = report
    self.maximumFall = maximumFall
    var notes: [String] = []
    let name = Files.name(report).brief
    if let before = falls.truth, before != truth { notes.append("\(name) was measured against \(before), not \(truth)") }
    if let before = falls.source, before != source { notes.append("\(name) is of a bundle that was made from another model") }
    self.notes = notes
    outputs = falls.outputs.map { Output(name: $0.output, sqnr: $0.sqnr, before: $0.before, fall: $0.fall, isSameCount: $0.isSameCount) }
  }

  var failed: [Criterion] {
    outputs.filter { $0.fall > maximumFall }.map { output in
      Criterion(
        .baseline, output: output.name, found: output.fall, needed: maximumFall,
        "SQNR fell by \(Format.fixed(output.fall, 1)) dB from \(ParityText.decibels(output.before)) to "
          + "\(ParityText.decibels(output.sqnr)), \(Format.fixed(maximumFall, 1)) dB are allowed")
    }
  }
}
