import O2MParity

/// What `verify` says of one bundle; the JSON keys are a contract.
struct VerifyReport: Encodable {
  let bundle: String
  /// nil where the bundle was checked against its own certificate.
  let model: String?
  let parity: JudgedParity
  /// What the outputs were compared with.
  let truth: String
  /// nil where there is no model.
  let identity: IdentityReport?
  /// nil where no outputs are stored.
  let modelAgainstData: ParityReport?

  enum CodingKeys: String, CodingKey {
    case bundle, model, verdict, truth = "compared_with", identity, modelAgainstData = "model_against_data"
  }

  /// Whether nothing is wrong.
  var holds: Bool { parity.report.verdict == .pass && identity?.isRefused != true }

  func encode(to encoder: any Encoder) throws {
    try parity.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bundle, forKey: .bundle)
    try container.encode(model, forKey: .model)
    try container.encode(holds ? ParityReport.Verdict.pass : .fail, forKey: .verdict)
    try container.encode(truth, forKey: .truth)
    try container.encode(identity, forKey: .identity)
    try container.encode(modelAgainstData, forKey: .modelAgainstData)
  }
}

extension VerifyReport {
  /// All outputs as a table, with the model's own where outputs are stored; then what does not hold, then the verdict.
  var text: String {
    let report = parity.report
    var text = "\(bundle): \(Format.count(report.cases, "case")) against \(truth)\n\n"
    var table = Table([.left, .right, .right, .right, .right, .right, .right], indent: "  ")
    table.add("output", "max |Δ|", "mean |Δ|", "rmse", "SQNR", "cosine", "best class")
    for (index, output) in report.outputs.enumerated() {
      table.add([output.name.shortened(to: 30)] + Self.figures(output))
      if let model = modelAgainstData { table.add(["  by the model"] + Self.figures(model.outputs[index])) }
    }
    text += table.text + "\n"
    var notes: [String] = []
    for output in report.outputs {
      if let lowered = ParityText.lowered(output) { notes.append("\(output.name.brief): \(lowered)") }
      notes += output.failures.map { "\(output.name.brief): \(ParityText.text($0, output))" }
    }
    if let model = modelAgainstData, model.verdict == .fail { notes.append("the model itself does not give these outputs") }
    notes += identity?.lines ?? []
    if parity.evidence.kind == .weak { notes.append(parity.reason) }
    let width = Terminal.columns.map { $0 - 4 } ?? .max
    for note in notes { text += "  " + note.wrapped(to: width, indent: "    ") + "\n" }
    return text + "\(holds ? parity.verdict : "fail"): \(ParityText.bounds(report.tolerance))\n"
  }

  private static func figures(_ output: Comparison) -> [String] {
    [output.maxAbs, output.meanAbs, output.rmse].map(Format.scientific)
      + [
        ParityText.decibels(output.sqnr), Format.fixed(output.cosine, 6),
        output.top1.map { "\(Format.fixed($0 * 100, 1)) %" } ?? "",
      ]
  }
}
