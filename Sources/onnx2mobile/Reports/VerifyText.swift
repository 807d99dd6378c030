/// The reports of `verify` as text.
extension VerifyReport {
  /// All outputs as a table, with the model's own where outputs are stored; then what does not hold, then the verdict.
  var text: String {
    var text = parity.layers.map { LayerText.text($0) } ?? ""
    text += "\(bundle): \(Format.count(parity.report.cases, "case")) against \(truth)\n\n"
    var table = Table([.left, .right, .right, .right, .right, .right, .right], indent: "  ")
    for row in [Self.heads] + rows { table.add(row) }
    text += table.text + "\n" + ChunkText.text(parity.report) + (pictures?.text ?? "")
    if let certificate = parity.certificate { text += certificate.text.wrapped() + "\n" }
    let width = Terminal.columns.map { $0 - 4 } ?? .max
    for note in notes { text += "  " + note.wrapped(to: width, indent: "    ") + "\n" }
    return text + "\(verdict): \(bounds)\n"
  }
}

extension BundleVerdict {
  var text: String {
    switch self {
    case .compared(let report): report.text
    case .uncompared(let report): report.text
    }
  }
}

extension VerifyReports {
  var text: String {
    let all = reports.map(\.text).joined(separator: "\n")
    return reports.count == 1 ? all : all + "\n\(reports.count { $0.holds }) of \(Format.count(reports.count, "bundle")) hold\n"
  }
}
