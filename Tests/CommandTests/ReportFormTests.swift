import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// Every form in which `verify` reports: text, JSON, JUnit, Markdown.
struct ReportFormTests {
  /// A bundle of the digits, and one of another precision.
  private func bundles() throws -> (Scratch, good: String, float: String) {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "a.o2m").code == 0)
    #expect(try Tool.convertDigits(to: scratch / "b.o2m", ["--precision", "float32"]).code == 0)
    return (scratch, scratch / "a.o2m", scratch / "b.o2m")
  }

  /// Reports of every kind, and the exit code that goes with each.
  private func calls(_ scratch: Scratch, _ a: String, _ b: String) -> [(arguments: [String], code: Int32)] {
    let model = Tool.model
    return [
      (["verify", a], 0), (["verify", model, a], 0), (["verify", model, a, "--data", Tool.digits], 0),
      (["verify", model, a, "--data", Tool.digits, "--min-sqnr", "60", "--min-top1", "1"], 1),
      (["verify", model, a, b, "--data", Tool.digits], 0), (["verify", model, a, b, "--min-sqnr", "60"], 1),
      (["verify", model, a, "--pictures", Tool.digits + "/pictures", "--labels-from", scratch / "labels.csv"], 0),
      (["verify", model, a, "--baseline", scratch / "better.json"], 1), (["verify", scratch / "other.onnx", a], 1),
      (["verify", model, a, "--bisect"], 0), (["verify", model, scratch / "changed.o2m", "--bisect"], 1),
      (["verify", "--suite", Tool.root + "/Fixtures/models"], 0),
    ]
  }

  private func prepare(_ scratch: Scratch, _ a: String) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Tool.digits + "/pictures").sorted()
    let lines = names.compactMap { name in name.firstMatch(of: /label(\d)/).map { "\(name),\($0.1)" } }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: scratch / "labels.csv"))
    try (bytes(Tool.model) + Data([6 << 3 | 2, 1, 0x61])).write(to: URL(fileURLWithPath: scratch / "other.onnx"))
    try BisectTests.change(a, to: scratch / "changed.o2m")
    let report = try Tool.run("verify", Tool.model, a, "--format", "json").out
    let better = report.replacing(/"sqnr_db" : [0-9.]+/) { _ in "\"sqnr_db\" : 90.5" }
    try Data(better.utf8).write(to: URL(fileURLWithPath: scratch / "better.json"))
  }

  @Test func jsonIsWhatItsSchemaSays() throws {
    let (scratch, a, b) = try bundles(), schema = try JSONSchema("verify-report.json")
    try prepare(scratch, a)
    for (arguments, code) in calls(scratch, a, b) {
      let outcome = try Tool.start(Tool.binary, arguments + ["--format", "json"], in: Tool.root, environment: [:])
      #expect(outcome.code == code, "\(arguments): \(outcome.err)")
      let json = try outcome.json
      #expect(schema.faults(json) == [], "\(arguments)")
      if json["total"] == nil {
        let reports = json["bundles"] as? [[String: Any]] ?? [json]
        #expect(json["verdict"] as? String == (code == 0 ? "pass" : "fail"))
        #expect(reports.contains { ($0["failed"] as? [Any])?.isEmpty == false } == (code == 1))
      }
    }
    // The check can fail.
    var json = try Tool.run("verify", a, "--format", "json").json
    json["more"] = 1
    #expect(!schema.faults(json).isEmpty)
    json["more"] = nil
    json["verdict"] = "perhaps"
    #expect(!schema.faults(json).isEmpty)
  }

  /// JUnit's elements nest as Schemas/junit.md says, with its attributes and counts.
  @Test func junitIsWhatItsPageSays() throws {
    let (scratch, a, b) = try bundles()
    try prepare(scratch, a)
    let page = try Page(path: "Schemas/junit.md")
    var form: [String: (parent: String, attributes: Set<String>)] = [:]
    for row in Page.rows(page.text, headed: "element") {
      form[Page.code(row[0])[0]] = (Page.code(row[1]).first ?? "", Set(Page.code(row[2])))
    }
    #expect(form.count == 8)
    for (arguments, code) in calls(scratch, a, b) {
      let outcome = try Tool.start(Tool.binary, arguments + ["--format", "junit"], in: Tool.root, environment: [:])
      #expect(outcome.code == code)
      let root = try JUnitElement.parse(outcome.out)
      for element in root.all {
        let own = try #require(form[element.name], "\(element.name)")
        #expect(element.parent == own.parent || element.name == "testsuites" && element.parent.isEmpty)
        #expect(Set(element.attributes.keys) == own.attributes, "\(element.name)")
      }
      for suite in [root] + root.children {
        let cases = suite.all.filter { $0.name == "testcase" }
        #expect(suite.attributes["tests"] == "\(cases.count)" && !cases.isEmpty)
        #expect(suite.attributes["failures"] == "\(cases.count { $0.children.contains { $0.name == "failure" } })")
      }
      #expect((root.attributes["failures"] != "0") == (code == 1), "\(arguments)")
    }
  }

  @Test func markdownSaysWhatFailed() throws {
    let (scratch, a, b) = try bundles()
    try prepare(scratch, a)
    for (arguments, code) in calls(scratch, a, b) {
      let outcome = try Tool.start(Tool.binary, arguments + ["--format", "markdown"], in: Tool.root, environment: [:])
      #expect(outcome.code == code && outcome.out.hasPrefix("### onnx2mobile verify"))
      if arguments[1] != "--suite" { #expect(outcome.out.contains("\n- **") == (code == 1), "\(outcome.out)") }
      // Rows have as many cells as their head.
      var cells = 0
      for line in outcome.out.split(separator: "\n", omittingEmptySubsequences: false) {
        let bars = line.replacing("\\|", with: "").count { $0 == "|" }
        if line.hasPrefix("| ") { #expect(cells == 0 || bars == cells, "\(line)") }
        cells = line.hasPrefix("| ") ? bars : 0
      }
    }
    #expect(try Tool.run("verify", Tool.model, a, "--format", "html").code == 64)
  }

  /// Several bundles in one call: all are reported, and the first that fails is named.
  @Test func severalBundlesAreOneCall() throws {
    let (scratch, a, b) = try bundles()
    defer { withExtendedLifetime(scratch) {} }
    let both = try Tool.run("verify", Tool.model, b, a, "--min-sqnr", "60")
    #expect(both.code == 1 && both.out.contains("\(a): 3 cases") && both.out.contains("\(b): 3 cases"))
    #expect(both.out.hasSuffix("\n1 of 2 bundles hold\n"))
    #expect(both.err.hasPrefix("error: 1 of 2 bundles fail, the first is \(a): "))
    expectMessageForm(both.err)
  }

  /// What cannot be opened or compared has its place in every form, and the others are compared all the same.
  @Test func whatCannotBeComparedIsReported() throws {
    let (scratch, a, b) = try bundles(), schema = try JSONSchema("verify-report.json")
    try Data("no bundle".utf8).write(to: URL(fileURLWithPath: scratch / "broken.o2m"))
    let calls: [(files: [String], code: Int32, error: Int32, entries: Int, criteria: [String])] = [
      ([Tool.model, a, scratch / "none.o2m", b], 66, 66, 3, ["comparison"]),
      ([Tool.model, scratch / "broken.o2m", a], 65, 65, 2, ["comparison"]),
      ([Tool.other, a], 1, 1, 1, ["identity", "comparison"]),
      ([Tool.other, a, scratch / "none.o2m"], 66, 66, 2, ["comparison"]),
    ]
    for call in calls {
      let outcome = try Tool.start(Tool.binary, ["verify"] + call.files + ["--json"], in: Tool.root, environment: [:])
      #expect(outcome.code == call.code, "\(call.files)\n\(outcome)")
      expectMessageForm(outcome.err)
      let json = try outcome.json
      #expect(schema.faults(json) == [], "\(call.files)")
      let reports = json["bundles"] as? [[String: Any]] ?? [json]
      #expect(reports.count == call.entries && json["verdict"] as? String == "fail")
      let broken = try #require(reports.last { $0["error"] != nil })
      let error = try #require(broken["error"] as? [String: Any])
      #expect(error["exit_code"] as? Int32 == call.error)
      #expect(outcome.err.contains(try #require(error["message"] as? String)))
      #expect((broken["failed"] as? [[String: Any]])?.compactMap { $0["criterion"] as? String } == call.criteria)
      for form in ["text", "junit", "markdown"] {
        let shown = try Tool.start(Tool.binary, ["verify"] + call.files + ["--format", form], in: Tool.root, environment: [:])
        #expect(shown.code == call.code)
        for bundle in reports {
          #expect(shown.out.contains(try #require((bundle["bundle"] as? String)?.split(separator: "/").last)), "\(form)")
        }
        if form == "junit" { #expect(shown.out.contains("<failure type=\"comparison\""), "\(shown.out)") }
        if form == "markdown" { #expect(shown.out.contains("- **comparison**: "), "\(shown.out)") }
      }
      // A report with such a bundle is a baseline of the others.
      if call.entries == 3 {
        try Data(outcome.out.utf8).write(to: URL(fileURLWithPath: scratch / "baseline.json"))
        #expect(try Tool.run("verify", Tool.model, a, "--baseline", scratch / "baseline.json").code == 0)
      }
    }
    // Of another model nothing can be compared, so that the flag is no way out.
    let mixed = try Tool.run("verify", Tool.other, a)
    #expect(mixed.err.contains("help: ") && !mixed.err.contains("--allow-other-model"))
  }

  /// The steps of the plan are in the summary of a job, and in the results.
  @Test func layersAreInEveryForm() throws {
    let (scratch, _, b) = try bundles()
    defer { withExtendedLifetime(scratch) {} }
    let junit = try Tool.run("verify", Tool.model, b, "--per-layer", "--format", "junit")
    #expect(junit.code == 0 && junit.out.contains("name=\"layers\"") && junit.out.contains("no step is over its bound"), "\(junit)")
    let markdown = try Tool.run("verify", Tool.model, b, "--per-layer", "--format", "markdown")
    #expect(markdown.code == 0 && markdown.out.contains("\n| tensor | operator | kernel |"), "\(markdown)")
  }

  /// The script of the example workflow, as it stands there.
  @Test func exampleWorkflowRuns() throws {
    let text = try Page(path: ".github/workflows/example.yml").text
    let block = try #require(text.firstMatch(of: /- name: Convert and verify\n        run: \|\n(?<script>(?:          .*\n|\n)+)/))
    let script = block.script.split(separator: "\n", omittingEmptySubsequences: false).map { $0.dropFirst(10) }.joined(separator: "\n")
    let settings = text.matches(of: #/(?m)^      (?<name>[A-Z]+): (?<value>.*)$/#).map {
      (String($0.name), $0.value.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))
    }
    let scratch = try Scratch()
    try FileManager.default.createSymbolicLink(atPath: scratch / "onnx2mobile", withDestinationPath: Tool.binary)
    func run(_ more: [String: String]) throws -> Outcome {
      var environment = Dictionary(settings) { $1 }.merging(more) { $1 }
      environment["REPORTS"] = scratch / "reports"
      environment["GITHUB_STEP_SUMMARY"] = scratch / "summary.md"
      environment["PATH"] = scratch.path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
      return try Tool.start("/bin/bash", ["-c", script], in: Tool.root, environment: environment)
    }
    let first = try run([:])
    #expect(first.code == 0, "\(first.err)")
    #expect(try String(contentsOfFile: scratch / "summary.md", encoding: .utf8).contains("verify: pass"))
    _ = try JUnitElement.parse(String(contentsOfFile: scratch / "reports/verify.xml", encoding: .utf8))
    // A baseline that was better stops it, and the reports are there all the same.
    let report = try String(contentsOfFile: scratch / "reports/verify.json", encoding: .utf8)
    let better = report.replacing(/"sqnr_db" : [0-9.]+/) { _ in "\"sqnr_db\" : 90.5" }
    try Data(better.utf8).write(to: URL(fileURLWithPath: scratch / "baseline.json"))
    let second = try run(["BASELINE": scratch / "baseline.json"])
    #expect(second.code == 1)
    #expect(try String(contentsOfFile: scratch / "reports/verify.xml", encoding: .utf8).contains("type=\"baseline\""))
  }
}

/// An element of an XML file.
final class JUnitElement: NSObject, XMLParserDelegate {
  let name: String
  let parent: String
  let attributes: [String: String]
  private(set) var children: [JUnitElement] = []
  private var open: [JUnitElement] = []

  init(name: String, parent: String = "", attributes: [String: String] = [:]) {
    (self.name, self.parent, self.attributes) = (name, parent, attributes)
  }

  var all: [JUnitElement] { [self] + children.flatMap(\.all) }

  static func parse(_ text: String) throws -> JUnitElement {
    let parser = XMLParser(data: Data(text.utf8)), document = JUnitElement(name: "")
    parser.delegate = document
    document.open = [document]
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    return try #require(document.children.first)
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
  ) {
    let child = JUnitElement(name: element, parent: open[open.count - 1].name, attributes: attributes)
    open[open.count - 1].children.append(child)
    open.append(child)
  }

  func parser(_ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?) { open.removeLast() }
}
