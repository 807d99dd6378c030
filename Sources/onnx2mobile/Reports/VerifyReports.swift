import O2MParity

/// A report in every form that `verify` writes.
protocol VerifyForms: Encodable {
  var text: String { get }
  var junit: JUnit { get }
  var markdown: String { get }
}

/// What `verify` says of one bundle.
enum BundleVerdict: Encodable {
  case compared(VerifyReport)
  case uncompared(UncomparedReport)

  var holds: Bool { if case .compared(let report) = self { report.holds } else { false } }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .compared(let report): try report.encode(to: encoder)
    case .uncompared(let report): try report.encode(to: encoder)
    }
  }
}

/// What one call of `verify` says of its bundles: of one the report itself, of several all of them.
struct VerifyReports: VerifyForms {
  let reports: [BundleVerdict]

  enum CodingKeys: String, CodingKey { case version = "schema_version", tool, verdict, bundles }

  var holds: Bool { reports.allSatisfy(\.holds) }

  func encode(to encoder: any Encoder) throws {
    if reports.count == 1 { return try reports[0].encode(to: encoder) }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(VerifyReport.version, forKey: .version)
    try container.encode("onnx2mobile \(Tool.version)", forKey: .tool)
    try container.encode(holds ? ParityReport.Verdict.pass : .fail, forKey: .verdict)
    try container.encode(reports, forKey: .bundles)
  }
}
