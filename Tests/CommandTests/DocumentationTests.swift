import Foundation
import O2MBundle
import O2MImport
import O2MTestSupport
import Testing
import onnx2mobile

/// A page of the documentation.
struct Page {
  static let catalogue = "Sources/onnx2mobile/Documentation.docc"

  /// From the root of the package.
  let path: String
  let text: String

  init(path: String) throws {
    self.path = path
    text = try String(contentsOfFile: Tool.root + "/" + path, encoding: .utf8)
  }

  /// A page of the catalogue.
  init(_ name: String) throws { try self.init(path: "\(Self.catalogue)/\(name).md") }

  static var all: [Page] {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: Tool.root + "/" + catalogue)
      let pages = names.sorted().filter { $0.hasSuffix(".md") }.map { "\(catalogue)/\($0)" }
      return try (["README.md", ".github/CONTRIBUTING.md"] + pages).map(Page.init(path:))
    }
  }

  /// The text between two marks on lines of their own, without a fence around it.
  func part(_ name: String) throws -> String {
    let begin = try #require(text.range(of: "<!-- \(name) -->\n"))
    let end = try #require(text.range(of: "<!-- /\(name) -->", range: begin.upperBound..<text.endIndex))
    return text[begin.upperBound..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("```") }.joined(separator: "\n").trimmingCharacters(in: .newlines)
  }

  /// What stands below a heading, up to the next one of its level or above.
  func section(_ heading: String) throws -> String {
    let begin = try #require(text.range(of: "\n\(heading)\n"), "\(path) has no '\(heading)'")
    let level = heading.prefix { $0 == "#" }.count
    let lines = text[begin.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
    return lines.prefix { line in
      let marks = line.prefix { $0 == "#" }.count
      return marks == 0 || marks > level
    }.joined(separator: "\n")
  }

  /// The first cells of the tables in `text`, below their heads.
  static func firstCells(_ text: String, headed head: String? = nil) -> [String] { rows(text, headed: head).map { $0[0] } }

  /// The cells of every row below the head of a table; of those tables alone whose first head is `head`, where it is given.
  static func rows(_ text: String, headed head: String? = nil) -> [[String]] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("|")
        ? line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        : []
    }
    var rows: [[String]] = [], inside = false
    for (index, cells) in lines.enumerated() {
      if cells.isEmpty {
        inside = false
      } else if cells[0].hasPrefix("---"), index > 0 {
        inside = head.map { lines[index - 1].first == $0 } ?? true
      } else if inside {
        rows.append(cells)
      }
    }
    return rows
  }

  /// What stands between backticks in `text`, without the fenced blocks.
  static func code(_ text: String) -> [String] {
    text.replacing(/```(?s:.*?)```/, with: "").matches(of: /`([^`]+)`/).map { String($0.1.replacing("\n", with: " ")) }
  }
}

/// What the documentation says of the tool is what the tool does.
struct DocumentationTests {
  /// Seconds are those of a machine.
  static func masked(_ text: String) -> String { text.replacing(/[0-9]+\.[0-9] s\b/, with: "… s") }

  static func expectSame(_ found: String, _ shown: String, _ comment: Comment) {
    let found = masked(found).trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
    let shown = masked(shown).trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
    for (index, (a, b)) in zip(found, shown).enumerated() { #expect(a == b, "\(comment), line \(index + 1)") }
    #expect(found.count == shown.count, comment)
  }

  @Test func transcriptIsWhatTheDemoPrints() throws {
    let outcome = try Tool.start("/bin/bash", [".ci/demo"], in: Tool.root, environment: ["ONNX2MOBILE": Tool.binary])
    #expect(outcome.code == 0)
    try Self.expectSame(outcome.out, Page(path: "README.md").part("demo"), "README.md")
  }

  /// Every console block behind a mark `<!-- run -->` is run, command by command, in the order of its page.
  @Test func consoleBlocksAreWhatTheyPrint() throws {
    try FileManager.default.createDirectory(atPath: Tool.root + "/.build", withIntermediateDirectories: true)
    var count = 0
    for page in try Page.all {
      for block in page.text.matches(of: /<!-- run -->\n```console\n(?<text>(?s:.*?))\n```/) {
        for command in ("\n" + block.text).components(separatedBy: "\n$ ").dropFirst() {
          var lines = command.components(separatedBy: "\n")
          while lines[0].hasSuffix("\\"), lines.count > 1 { lines.replaceSubrange(0...1, with: [lines[0].dropLast() + lines[1]]) }
          let outcome = try Tool.start(
            "/bin/bash", ["-c", "onnx2mobile() { \"$ONNX2MOBILE\" \"$@\"; }; " + lines[0]], in: Tool.root,
            environment: ["ONNX2MOBILE": Tool.binary])
          Self.expectSame(outcome.out + outcome.err, lines.dropFirst().joined(separator: "\n"), "\(page.path): \(lines[0])")
          count += 1
        }
      }
    }
    #expect(count >= 5)
  }

  @Test func operatorsAreTheTools() throws {
    #expect(try Page("Operators").part("operators") == Tool.run("dump", "--operators").out.trimmingCharacters(in: .newlines))
  }

  /// The list of ONNX's own test cases says what passes; the page counts it.
  @Test func conformanceIsTheList() throws {
    let list = try String(contentsOfFile: Tool.root + "/Tests/Conformance/cases.tsv", encoding: .utf8)
    let rows = list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    for row in rows { #expect(row.count == 4 && ["plain", "other"].contains(row[1])) }
    let table = try Page("Operators").part("conformance")
    for group in Set(rows.compactMap { $0[0].split(separator: "/").first }) {
      let own = rows.filter { $0[0].hasPrefix(group + "/") }
      let passed = [2, 3].map { column in own.count { $0[column].hasPrefix("pass") } }
      let row = try #require(table.split(separator: "\n").first { $0.hasPrefix("| \(group) |") })
      let numbers: [Double] = row.split { !$0.isNumber && $0 != "." }.compactMap { Double($0) }
      try #require(numbers.count >= 5)
      #expect(numbers[0] == Double(own.count))
      #expect(numbers[1] == Double(passed[0]))
      #expect(numbers[3] == Double(passed[1]))
    }
  }

  @Test func passesAreTheTools() throws {
    let help = try Tool.run("convert", "--help").out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let begin = try #require(help.range(of: "Passes, in order: "))
    let end = try #require(help.range(of: ". ", range: begin.upperBound..<help.endIndex))
    let names = help[begin.upperBound..<end.lowerBound].components(separatedBy: ", ")
    #expect(try Page.firstCells(Page("Passes").part("passes")).map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "`")) } == names)
  }

  // Command line

  /// The subcommands that the help lists.
  static var commands: [String] {
    get throws {
      let help = try Tool.run("--help").out
      let list = try #require(help.range(of: "SUBCOMMANDS:\n"))
      return help[list.upperBound...].matches(of: #/(?m)^  ([a-z]+) /#).map { String($0.1) }
    }
  }

  @Test func commandsAndFlagsAreTheTools() throws {
    let page = try Page("CommandLine")
    let commands = try Self.commands
    #expect(commands.count >= 6)
    let overview = try page.section("## Overview")
    #expect(Page.firstCells(overview).flatMap(Page.code) == commands)
    for command in commands {
      let help = try Tool.run(command, "--help").out
      let options = help.components(separatedBy: "\nOPTIONS:\n").last ?? ""
      let found = Set(options.matches(of: #/(?m)^  (?:-[a-z], )?(--[a-z0-9-]+)/#).map { String($0.1) }).subtracting(["--help", "--version"])
      let cells = try Page.firstCells(page.section("## \(command)")).flatMap(Page.code)
      let shown = cells.compactMap { $0.hasPrefix("--") ? String($0.prefix { $0 != " " }) : nil }
      #expect(Set(shown) == found, "\(command)")
      #expect(Set(shown).count == shown.count, "\(command) has a flag twice")
    }
  }

  /// Each flag that any page or message of help names after a command belongs to some command.
  @Test func noPageNamesAFlagThatIsNotThere() throws {
    var known: Set = ["--help", "--version", "--generate-completion-script", "--filter"]
    for command in try Self.commands {
      known.formUnion(try Tool.run(command, "--help").out.matches(of: /--[a-z0-9-]+/).map { String($0.0) })
    }
    for page in try Page.all {
      for flag in Page.code(page.text).flatMap({ $0.matches(of: /(?:^|\s)(--[a-z0-9-]+)/).map { String($0.1) } }) {
        #expect(known.contains(flag), "\(page.path)")
      }
    }
  }

  @Test func exitCodesAreTheTools() throws {
    let help = try Tool.run("--help").out
    let found = help.matches(of: #/(?m)^ +([0-9]+)  (.+)$/#).map { [String($0.1), String($0.2)] }
    #expect(found.count >= 8)
    #expect(try Page.rows(Page("CommandLine").section("## Exit codes")) == found)
  }

  /// The keys of `json` as paths, `outputs[].name`; a list of plain values is one key. Behind a key without a value stands `?`.
  static func keys(_ json: Any, _ path: String = "") -> Set<String> {
    if let object = json as? [String: Any] {
      return object.reduce(into: []) { $0.formUnion(keys($1.value, path.isEmpty ? $1.key : "\(path).\($1.key)")) }
    }
    if let list = json as? [Any], list.contains(where: { $0 is [String: Any] }) {
      return list.reduce(into: []) { $0.formUnion(keys($1, path + "[]")) }
    }
    return [json is NSNull || (json as? [Any])?.isEmpty == true ? path + "?" : path]
  }

  /// Every key of every report stands on the page, and every key of the page in some report of its command.
  @Test func jsonKeysAreTheTools() throws {
    let scratch = try Scratch()
    let bundle = scratch / "digits.o2m"
    _ = try Tool.convertDigits(to: bundle)
    // Every picture of one class here, each another one in the bundle: with an accuracy, flips and a baseline.
    try PicturesTests.writeModelOfOneClass(to: scratch / "other.onnx")
    try Data("digit_00_label2.png,2".utf8).write(to: URL(fileURLWithPath: scratch / "labels.csv"))
    _ = try Tool.run("verify", bundle, "--format", "json", "--report", scratch / "baseline.json")
    // A model of other inputs, for what the ports say.
    var small = ModelWriter()
    small.input("x", .float32, [1, 4])
    small.node("Relu", ["x"], ["y"])
    small.output("y")
    let other = scratch / "small.onnx"
    try Data(small.bytes).write(to: URL(fileURLWithPath: other))
    for (name, model, task, size) in [("d", TaskTests.detector, "detect", "64x64"), ("s", TaskTests.segmentation, "segment", "16x16")] {
      let made = try Tool.run("convert", model, "-o", scratch / "\(name).o2m", "--task", task, "--preprocess", "resize=\(size)")
      #expect(made.code == 0, "\(made.err)")
    }
    var open = ModelWriter()
    open.input("x", .float32, [1, "T"])
    open.node("Relu", ["x"], ["y"])
    open.output("y")
    try Data(open.bytes).write(to: URL(fileURLWithPath: scratch / "open.onnx"))
    let voice = StateCommandTests.all[0], states = voice.flags
    #expect(
      try Tool.start(Tool.binary, ["convert", voice.model, "-o", scratch / "v.o2m"] + states, in: Tool.root, environment: [:]).code == 0)
    // Its scores lie so close that rounded weights choose otherwise.
    let chooser = Tool.root + "/Fixtures/open/yolo/model.onnx"
    #expect(try Tool.run("convert", chooser, "-o", scratch / "c.o2m").code == 0)
    let reports: [String: [[String]]] = [
      "convert": [
        ["convert", voice.model, "-o", scratch / "again.o2m", "--json"] + states,
        ["convert", Tool.model, "-o", scratch / "again.o2m", "--json"],
        ["convert", TaskTests.detector, "-o", scratch / "again.o2m", "--task", "detect:yolov10", "--json"],
        ["convert", chooser, "-o", scratch / "again.o2m", "--json"],
      ],
      "verify": [
        ["verify", voice.model, scratch / "v.o2m", "--data", voice.folder, "--format", "json"],
        ["verify", chooser, scratch / "c.o2m", "--format", "json"],
        ["verify", bundle, "--format", "json"], ["verify", Tool.model, bundle, "--data", Tool.digits, "--format", "json"],
        ["verify", Tool.model, bundle, "--per-layer", "--format", "json"], ["verify", Tool.model, bundle, "--bisect", "--format", "json"],
        [
          "verify", scratch / "other.onnx", bundle, "--pictures", Tool.digits + "/pictures", "--labels-from", scratch / "labels.csv",
          "--baseline", scratch / "baseline.json", "--format", "json",
        ],
        ["verify", TaskTests.detector, scratch / "d.o2m", "--pictures", Tool.digits + "/pictures", "--format", "json"],
        ["verify", "--suite", Tool.root + "/Fixtures/models", "--format", "json"], ["verify", Tool.other, bundle, "--format", "json"],
      ],
      "dump": [
        ["dump", scratch / "v.o2m", "--format", "json"], ["dump", Tool.model, "--format", "json", "--weights"],
        ["dump", bundle, "--format", "json"],
        ["dump", Tool.model, "--stage", "planned", "--format", "json"], ["dump", "--operators", "--format", "json"],
        ["dump", Tool.broken + "/sound-external-data.onnx", "--stage", "planned", "--format", "json"],
        ["dump", scratch / "open.onnx", "--stage", "planned", "--format", "json"],
      ],
      "run": [
        ["run", bundle, "--input", Tool.picture, "--json"], ["run", scratch / "d.o2m", "--input", Tool.picture, "--json"],
        ["run", scratch / "s.o2m", "--input", Tool.picture, "--json"],
      ],
      "diff": [["diff", Tool.model, bundle, "--stage", "imported", "--run", "--json"], ["diff", Tool.model, other, "--json"]],
      "bench": [["bench", bundle, "--runs", "2", "--warmup", "0", "--profile", "--json"]],
    ]
    let page = try Page("CommandLine")
    var parity: Set<String> = []
    for command in ["verify", "convert", "dump", "diff", "run", "bench", "runtime"] {
      var found: Set<String> = []
      for arguments in reports[command] ?? [] {
        let outcome = try Tool.start(Tool.binary, arguments, in: Tool.root, environment: [:])
        let differs = command == "diff" || arguments.contains(scratch / "other.onnx") || arguments.contains(Tool.other)
        #expect(outcome.code == (differs ? 1 : 0), "\(arguments): \(outcome.err)")
        found.formUnion(Self.keys(try JSONSerialization.jsonObject(with: Data(outcome.out.utf8))))
      }
      if command == "runtime" {
        // A library takes minutes: `make runtime-test` builds some.
        var contents = LibraryContents()
        try contents.add(OpenedBundle(at: bundle))
        let report = LibraryReport(target: "arm64", files: [.init(path: "libo2m.so", bytes: 1)], contents)
        found.formUnion(Self.keys(try JSONSerialization.jsonObject(with: JSONEncoder().encode(report))))
      }
      if command == "verify" {
        // No conversion of this tool is known to be wrong.
        let written = BisectionReport.Reproduction(folder: "d", operators: ["Conv"], inputs: 1, seed: 1, keptNumbers: 0)
        found.formUnion(Self.keys(try JSONSerialization.jsonObject(with: JSONEncoder().encode(written)), "bisection.reproduction"))
      }
      // What is null in one report and has keys in another is no key of its own.
      let empty = found.filter { $0.hasSuffix("?") }
      found.subtract(empty)
      for key in empty.map({ $0.dropLast() }) where !found.contains(where: { $0.hasPrefix(key + ".") || $0.hasPrefix(key + "[]") }) {
        found.insert(String(key))
      }
      let cells = try Page.firstCells(page.section("## \(command)"), headed: "JSON key").flatMap(Page.code)
      var shown = Set(cells.filter { !$0.hasSuffix("…") })
      if command == "verify" { parity = found.filter { $0.hasPrefix("outputs[].") } }
      // The page refers to verify for these.
      for cell in cells where command == "verify" && cell.hasSuffix(".…") && !cell.hasSuffix("[].…") {
        shown.formUnion(["hits", "count", "share", "low", "high"].map { cell.dropLast() + $0 })
      }
      for cell in cells where cell.hasSuffix("outputs[].…") || cell.hasSuffix("choices[].…") {
        shown.formUnion(parity.map { "\(cell.dropLast())\($0.dropFirst("outputs[].".count))" })
      }
      #expect(shown.symmetricDifference(found).sorted() == [], "\(command)")
    }
  }

  // Architecture

  /// The map of the targets is that of Package.swift: the same targets with the same dependencies.
  @Test func mapIsThePackage() throws {
    let package = try String(contentsOfFile: Tool.root + "/Package.swift", encoding: .utf8)
      .replacing(/\.product\(name: ("[A-Za-z]+"), package: "[a-z-]+"\)/) { $0.1 }
    var found: [String: Set<String>] = [:]
    let target =
      /\.(?:target|executableTarget|systemLibrary)\(\s*name: "(?<name>\w+)"(?:,\s*dependencies: \[(?<needs>[^\]]*)\])?(?<rest>[^\n]*)/
    for match in package.matches(of: target) where !match.rest.contains("path: \"Tests") {
      found[String(match.name)] = Set((match.needs ?? "").matches(of: /"(\w+)"/).map { String($0.1) })
    }
    #expect(found.count >= 20)
    var shown: [String: Set<String>] = [:]
    for row in try Page.rows(Page("Architecture").section("## The targets")) {
      for name in Page.code(row[0]) { shown[name] = Set(Page.code(row[2])) }
    }
    #expect(Set(shown.keys) == Set(found.keys))
    for (name, needs) in found { #expect(shown[name] == needs, "\(name)") }
  }

  // Pages

  @Test func readmeIsShort() throws {
    #expect(try Page(path: "README.md").text.utf8.count <= 10_240)
  }

  /// Every link leads to a file, every path in backticks that begins with a folder of the package exists, and the README and the first
  /// page of the catalogue lead to every page.
  @Test func linksLeadSomewhere() throws {
    let manager = FileManager.default
    for page in try Page.all {
      let folder = (Tool.root + "/" + page.path as NSString).deletingLastPathComponent
      for link in page.text.matches(of: /\]\((?<to>[^)#\s]+)\)/) where !link.to.hasPrefix("http") {
        #expect(manager.fileExists(atPath: folder + "/" + link.to), "\(page.path): \(link.to)")
      }
      for path in Page.code(page.text) where path.contains(/^(Sources|Tests|Schemas|Fixtures|\.ci)\/[\w.\/-]+$/) {
        #expect(manager.fileExists(atPath: Tool.root + "/" + path), "\(page.path): \(path)")
      }
    }
    let readme = try Page(path: "README.md").text, first = try Page("onnx2mobile").text
    for page in try Page.all where page.path.hasPrefix(Page.catalogue) && !page.path.hasSuffix("/onnx2mobile.md") {
      let name = (page.path as NSString).lastPathComponent
      #expect(readme.contains("/\(name))"), "README.md does not lead to \(name)")
      #expect(first.contains("](\(name))"), "onnx2mobile.md does not lead to \(name)")
    }
  }

  /// What `make` is asked for on any page can be made.
  @Test func makeTargetsAreThere() throws {
    let makefile = try String(contentsOfFile: Tool.root + "/Makefile", encoding: .utf8)
    for page in try Page.all {
      for match in page.text.matches(of: /(?m)(?:^    (?:[A-Z0-9_]+=\S+ )?|`(?:[A-Z0-9_]+=\S+ )?)make ([a-z-]+)/) {
        #expect(makefile.contains("\n\(match.1):"), "\(page.path): make \(match.1)")
      }
    }
  }
}
