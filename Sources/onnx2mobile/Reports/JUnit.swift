/// Results as continuous integration reads them; Schemas/junit.md has the form.
struct JUnit {
  struct Case {
    var name: String
    /// What does not hold: a word, a sentence, and the whole of it; nil where the case holds.
    var failure: (type: String, message: String)?
    /// Why the case was not tried; nil where it was.
    var skipped: String?
    /// Figures, whatever became of the case.
    var output = ""
  }

  struct Suite {
    var name: String
    var properties: [(name: String, value: String)] = []
    var cases: [Case]
  }

  var name: String
  var suites: [Suite]

  var text: String {
    let cases = suites.flatMap(\.cases)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"\(Self.attribute(name))\"\(Self.counts(cases))>\n"
    for suite in suites {
      text +=
        "  <testsuite name=\"\(Self.attribute(suite.name))\"\(Self.counts(suite.cases)) "
        + "skipped=\"\(suite.cases.count { $0.skipped != nil })\">\n"
      if !suite.properties.isEmpty {
        text += "    <properties>\n"
        for (name, value) in suite.properties {
          text += "      <property name=\"\(Self.attribute(name))\" value=\"\(Self.attribute(value))\"/>\n"
        }
        text += "    </properties>\n"
      }
      for item in suite.cases { text += Self.element(item, of: suite.name) }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  private static func counts(_ cases: [Case]) -> String {
    " tests=\"\(cases.count)\" failures=\"\(cases.count { $0.failure != nil })\" errors=\"0\""
  }

  private static func element(_ item: Case, of suite: String) -> String {
    let head = "    <testcase classname=\"\(attribute(suite))\" name=\"\(attribute(item.name))\""
    var inside = ""
    if let failure = item.failure {
      inside += "      <failure type=\"\(attribute(failure.type))\" message=\"\(attribute(failure.message))\"/>\n"
    }
    if let skipped = item.skipped { inside += "      <skipped message=\"\(attribute(skipped))\"/>\n" }
    if !item.output.isEmpty { inside += "      <system-out>\(escaped(item.output))</system-out>\n" }
    return inside.isEmpty ? head + "/>\n" : head + ">\n" + inside + "    </testcase>\n"
  }

  private static func attribute(_ text: String) -> String { escaped(text.onOneLine) }

  /// What XML has marks for, and what it cannot hold.
  private static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.printable.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&apos;".unicodeScalars)
      case "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}

extension VerifyReports {
  /// A suite for each bundle: a case for each output, and one for each other thing that is asked for.
  var junit: JUnit { JUnit(name: "onnx2mobile verify", suites: reports.map(\.suite)) }
}

extension BundleVerdict {
  fileprivate var suite: JUnit.Suite {
    switch self {
    case .compared(let report): report.suite
    case .uncompared(let report): report.suite
    }
  }
}

extension UncomparedReport {
  fileprivate var suite: JUnit.Suite {
    JUnit.Suite(
      name: bundle, properties: [("tool", "onnx2mobile \(Tool.version)")],
      cases: failed.map { JUnit.Case(name: $0.criterion.rawValue, failure: ($0.criterion.rawValue, $0.message)) })
  }
}

extension VerifyReport {
  fileprivate var suite: JUnit.Suite {
    let failed = failed
    func item(_ name: String, _ criteria: [Criterion], _ output: String = "") -> JUnit.Case {
      let failure = criteria.first.map { first in
        (type: first.criterion.rawValue, message: criteria.map(\.message).joined(separator: "; "))
      }
      return JUnit.Case(name: name, failure: failure, output: output)
    }
    func of(_ kinds: Criterion.Kind..., output: String? = nil) -> [Criterion] {
      failed.filter { kinds.contains($0.criterion) && $0.output == output }
    }
    var cases: [JUnit.Case] = []
    if identity != nil { cases.append(item("identity", of(.identity))) }
    if let bisection {
      let output = ((bisection.isWrong ? [] : [bisection.message]) + bisection.lines).joined(separator: "; ")
      cases.append(item("bisection", of(.bisection), output))
    }
    if let layers = parity.layers { cases.append(item("layers", [], LayerText.summary(layers))) }
    for (index, output) in parity.report.comparisons.enumerated() {
      let criteria = of(.type, .notFinite, .element, .sqnr, .top1, output: output.name)
      let figures = [ParityText.words(output).joined(separator: ", ")] + ChunkText.figures(parity.report, output)
      let isOutput = index < parity.report.outputs.count
      cases.append(item("\(isOutput ? "output" : "choice from") \(output.name)", criteria, figures.joined(separator: "; ")))
      if isOutput, baseline != nil { cases.append(item("baseline of \(output.name)", of(.baseline, output: output.name))) }
    }
    if failed.contains(where: { $0.criterion == .cases }) { cases.append(item("cases", of(.cases))) }
    cases.append(item("evidence", of(.evidence), parity.reason))
    let properties = [
      ("tool", "onnx2mobile \(Tool.version)"), ("bundle_sha256", bundleHash), ("precision", precision.rawValue), ("compared_with", truth),
      ("thresholds", bounds),
    ]
    return JUnit.Suite(name: bundle, properties: properties.map { (name: $0.0, value: $0.1) }, cases: cases)
  }
}

extension SuiteReport: VerifyForms {
  var junit: JUnit {
    JUnit(
      name: "onnx2mobile verify --suite",
      suites: [
        JUnit.Suite(
          name: folder, properties: [("through", route.rawValue)],
          cases: cases.map { item in
            JUnit.Case(
              name: item.name, failure: item.status == .failed ? ("case", item.reason) : nil,
              skipped: item.status == .unsupported ? item.reason : nil)
          })
      ])
  }
}
