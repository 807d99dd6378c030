import O2MParity

/// The reports of `verify` for the summary of a job.
extension VerifyReports {
  var markdown: String {
    let verdict = reports.count == 1 ? reports[0].verdict : "\(reports.count { $0.holds }) of \(reports.count) bundles hold"
    return "### onnx2mobile verify: \(Markdown.text(verdict))\n" + reports.map { "\n" + $0.markdown }.joined()
  }
}

extension BundleVerdict {
  fileprivate var verdict: String {
    switch self {
    case .compared(let report): report.verdict
    case .uncompared: ParityReport.Verdict.fail.rawValue
    }
  }

  fileprivate var markdown: String {
    switch self {
    case .compared(let report): report.markdown
    case .uncompared(let report): report.markdown
    }
  }
}

extension UncomparedReport {
  fileprivate var markdown: String {
    "**\(Markdown.text(bundle))**: **fail**, not compared\n\n" + Markdown.list(failed)
  }
}

extension VerifyReport {
  fileprivate var markdown: String {
    var text = "**\(Markdown.text(bundle))** (\(precision.rawValue)): \(holds ? "pass" : "**fail**"), "
    text += "\(Format.count(parity.report.cases, "case")) against \(Markdown.text(truth))\n\n"
    text += Markdown.table(Self.heads, rows)
    for (title, rows) in ChunkText.tables(parity.report) {
      text += "\n\(Markdown.text(title))\n\n" + Markdown.table(rows[0], Array(rows.dropFirst()))
    }
    if let pictures, !pictures.rows.isEmpty {
      text += "\n" + Markdown.table(PicturesReport.heads, pictures.rows)
      if !pictures.flips.isEmpty {
        text += "\n" + Markdown.table(PicturesReport.flipHeads, Array(pictures.flipRows.prefix(PicturesReport.mostFlips)))
      }
    }
    if let layers = parity.layers {
      text += "\n\(Markdown.text(LayerText.summary(layers)))\n\n" + Markdown.table(LayerText.heads, LayerText.gravest(layers))
    }
    text += "\nAsked for: \(Markdown.text(bounds))\n"
    text += Markdown.list(failed)
    if let bisection {
      let lines = (bisection.isWrong ? [] : [bisection.message]) + bisection.lines
      text += lines.map { "- \(Markdown.text($0))\n" }.joined()
    }
    if let identity, !identity.isRefused { text += identity.lines.map { "- \(Markdown.text($0))\n" }.joined() }
    return text
  }
}

extension SuiteReport {
  var markdown: String {
    let others = cases.filter { $0.status != .passed }
    let head = "### onnx2mobile verify --suite \(Markdown.text(folder)): \(passed) of \(Format.count(total, "case")) passed\n\n"
    let counts = "\(failed) failed, \(unsupported) unsupported, through \(route.rawValue)\n"
    guard !others.isEmpty else { return head + counts }
    return head + counts + "\n" + Markdown.table(["case", "status", "reason"], others.map { [$0.name, $0.status.rawValue, $0.reason] })
  }
}

/// The few marks that are used.
private enum Markdown {
  static func table(_ heads: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    return line(heads.map(text)) + line(heads.map { _ in "---" }) + rows.map { line($0.map(text)) }.joined()
  }

  /// What does not hold.
  static func list(_ criteria: [Criterion]) -> String {
    criteria.map { "- **\($0.criterion.rawValue)**: \(text($0.sentence))\n" }.joined()
  }

  /// Text that stays text: names may hold marks, and a line end would end a cell.
  static func text(_ text: String) -> String {
    var result = ""
    for character in text.brief {
      if "\\`*_{}[]<>|#~".contains(character) {
        result += character == "<" ? "&lt;" : character == ">" ? "&gt;" : "\\\(character)"
      } else {
        result.append(character)
      }
    }
    return result
  }
}
