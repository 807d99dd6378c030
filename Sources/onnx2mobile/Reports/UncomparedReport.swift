import O2MParity

/// A bundle that could not be opened or compared; the JSON keys are a contract, held by Schemas/verify-report.json.
struct UncomparedReport: Encodable, Error {
  struct Reason: Encodable {
    let code: Int32
    let message: String
    @OrNull var help: String?

    enum CodingKeys: String, CodingKey { case code = "exit_code", message, help }
  }

  let bundle: String
  /// nil where the bundle was to be checked against its own certificate.
  let model: String?
  let failure: Failure
  /// nil where it is not that of another model that ends the comparison.
  var identity: IdentityReport?

  enum CodingKeys: String, CodingKey {
    case version = "schema_version", tool, bundle, model, verdict, failed, identity, error
  }

  /// What does not hold, the gravest first.
  var failed: [Criterion] {
    let identity = identity.map { Criterion(.identity, VerdictMessages.difference($0, model: model ?? "")) }
    return [identity, Criterion(.comparison, failure.message)].compactMap(\.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(VerifyReport.version, forKey: .version)
    try container.encode("onnx2mobile \(Tool.version)", forKey: .tool)
    try container.encode(bundle, forKey: .bundle)
    try container.encode(model, forKey: .model)
    try container.encode(ParityReport.Verdict.fail, forKey: .verdict)
    try container.encode(failed, forKey: .failed)
    try container.encode(identity, forKey: .identity)
    try container.encode(Reason(code: failure.code.rawValue, message: failure.message, help: failure.help), forKey: .error)
  }

  var text: String {
    let reason = failure.message.wrapped(to: Terminal.columns.map { $0 - 4 } ?? .max, indent: "    ")
    return "\(bundle): not compared\n\n  \(reason)\nfail (\(failed.map(\.criterion.rawValue).joined(separator: ", ")))\n"
  }
}
