import O2MConvert
import O2MParity

/// A parity report with what it is worth; the JSON keys are a contract.
struct JudgedParity: Encodable {
  let report: ParityReport
  let evidence: Evidence
  /// nil where only outputs were compared.
  var layers: LayerReport?
  /// nil where the bundle was compared with its model.
  var certificate: CertificateCheck?

  enum CodingKeys: String, CodingKey { case evidence, reason = "evidence_reason", layers, certificate }

  var reason: String { EvidenceMessages.reason(evidence, cases: report.cases) }

  /// `pass`, `fail`, and whether that is worth little.
  var verdict: String { report.verdict.rawValue + (evidence.kind == .weak ? ", weak evidence" : "") }

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(evidence.kind.name, forKey: .evidence)
    try container.encode(reason, forKey: .reason)
    try container.encodeIfPresent(layers?.layers, forKey: .layers)
    try container.encodeIfPresent(certificate, forKey: .certificate)
  }
}
