import O2MConvert
import O2MParity

/// What `verify` says of one bundle; the JSON keys are a contract, held by Schemas/verify-report.json.
struct VerifyReport: Encodable {
  let bundle: String
  /// SHA-256 of the bundle's file.
  let bundleHash: String
  let precision: Precision
  /// nil where the bundle was checked against its own certificate.
  var model: String?
  let parity: JudgedParity
  /// What the outputs were compared with.
  let truth: String
  /// nil where there is no model.
  var identity: IdentityReport?
  /// nil where no outputs are stored.
  var modelAgainstData: ParityReport?
  var baseline: BaselineReport?
  var pictures: PicturesReport?
  /// nil without --bisect.
  var bisection: BisectionReport?
  /// nil but for --format html.
  var page: PageData?
  /// Whether weak evidence fails.
  var requiresEvidence = false

  /// What a reader of the report has to know.
  static let version = Baseline.version

  enum CodingKeys: String, CodingKey {
    case version = "schema_version", tool, bundle, bundleHash = "bundle_sha256", precision, model, verdict, failed, truth = "compared_with"
    case identity, modelAgainstData = "model_against_data", baseline, pictures, bisection
  }

  /// What does not hold, the gravest first.
  var failed: [Criterion] {
    var failed: [Criterion] = []
    if let identity, identity.isRefused {
      failed.append(Criterion(.identity, VerdictMessages.difference(identity, model: model ?? "")))
    }
    if let bisection, bisection.isWrong { failed.append(Criterion(.bisection, bisection.message)) }
    let report = parity.report
    if report.cases == 0 || report.outputs.isEmpty { failed.append(Criterion(.cases, found: 0, needed: 1, "nothing was compared")) }
    for output in report.comparisons { failed += output.failures.map { Criterion($0, output) } }
    if failed.isEmpty, let certificate = parity.certificate, certificate.isRefused {
      failed.append(
        Criterion(
          .certificate, found: certificate.share, needed: 1,
          "the kept elements agree with its certificate, but a norm, a sum or an extreme of an output does not"))
    }
    failed += baseline?.failed ?? []
    if requiresEvidence, parity.evidence.kind == .weak { failed.append(Criterion(.evidence, "weak evidence: \(parity.reason)")) }
    return failed
  }

  var holds: Bool { failed.isEmpty }

  /// `pass`, or `fail` with the criteria that do not hold.
  var verdict: String {
    guard !holds else { return parity.verdict }
    var words: [String] = []
    for criterion in failed.map(\.criterion.rawValue) where !words.contains(criterion) { words.append(criterion) }
    return "fail (\(words.joined(separator: ", ")))"
  }

  func encode(to encoder: any Encoder) throws {
    try parity.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.version, forKey: .version)
    try container.encode("onnx2mobile \(Tool.version)", forKey: .tool)
    try container.encode(bundle, forKey: .bundle)
    try container.encode(bundleHash, forKey: .bundleHash)
    try container.encode(precision.rawValue, forKey: .precision)
    try container.encode(model, forKey: .model)
    try container.encode(holds ? ParityReport.Verdict.pass : .fail, forKey: .verdict)
    try container.encode(failed, forKey: .failed)
    try container.encode(truth, forKey: .truth)
    try container.encode(identity, forKey: .identity)
    try container.encode(modelAgainstData, forKey: .modelAgainstData)
    try container.encode(baseline, forKey: .baseline)
    try container.encode(pictures, forKey: .pictures)
    try container.encodeIfPresent(bisection, forKey: .bisection)
  }

  /// The figures of an output in words, with the model's own behind it where outputs are stored.
  static let heads = ["output", "max |Δ|", "mean |Δ|", "rmse", "SQNR", "cosine", "best class"]

  /// A row for each output, and one for the model's own where outputs are stored.
  var rows: [[String]] {
    var rows: [[String]] = []
    for (index, output) in parity.report.outputs.enumerated() {
      rows.append([output.name.shortened(to: 30)] + Self.figures(output))
      if let modelAgainstData { rows.append(["  by the model"] + Self.figures(modelAgainstData.outputs[index])) }
    }
    return rows + parity.report.choices.map { [$0.name.shortened(to: 30)] + Self.figures($0) }
  }

  private static func figures(_ output: Comparison) -> [String] {
    [output.maxAbs, output.meanAbs, output.rmse].map(Format.scientific)
      + [
        ParityText.decibels(output.sqnr), Format.fixed(output.cosine, 6),
        output.top1.map { "\(Format.fixed($0 * 100, 1)) %" } ?? "",
      ]
  }

  /// What is to be said beside the figures: what does not hold, what lowered a bound, where the model comes from.
  var notes: [String] {
    var notes: [String] = []
    let report = parity.report
    if let text = ParityText.choices(report) { notes.append(text) }
    for output in report.comparisons {
      if let lowered = ParityText.lowered(output) { notes.append("\(output.name.brief): \(lowered)") }
      if output.tolerance != report.tolerance { notes.append("\(output.name.brief): asked for \(ParityText.bounds(output.tolerance))") }
      notes += output.failures.map { "\(output.name.brief): \(ParityText.text($0, output))" }
    }
    if let worst = ChunkText.worst(report) { notes.append(worst) }
    if let modelAgainstData, modelAgainstData.verdict == .fail { notes.append("the model itself does not give these outputs") }
    if let baseline {
      for output in baseline.outputs {
        let cases = output.isSameCount ? "" : ", on another number of cases"
        notes.append("\(output.name.brief): \(ParityText.decibels(output.before)) in \(Files.name(baseline.report))\(cases)")
      }
      notes += baseline.notes
      notes += baseline.failed.map { "\($0.output?.brief ?? ""): \($0.message)" }
    }
    notes += identity?.lines ?? []
    if let bisection { notes += [bisection.message] + bisection.lines }
    if parity.evidence.kind == .weak { notes.append(parity.reason) }
    return notes
  }

  /// What has to hold.
  var bounds: String {
    ParityText.bounds(parity.report.tolerance)
      + (baseline.map { ", at most \(Format.short($0.maximumFall)) dB below \(Files.name($0.report).brief)" } ?? "")
  }
}
