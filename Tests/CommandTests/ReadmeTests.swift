import Foundation
import Testing

/// What the README shows is what the tool prints.
struct ReadmeTests {
  static let readme = (try? String(contentsOfFile: Tool.root + "/README.md", encoding: .utf8)) ?? ""

  /// The text between two marks on lines of their own, without a fence around it.
  static func part(_ name: String) throws -> String {
    let begin = try #require(readme.range(of: "<!-- \(name) -->\n"))
    let end = try #require(readme.range(of: "<!-- /\(name) -->", range: begin.upperBound..<readme.endIndex))
    return readme[begin.upperBound..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("```") }.joined(separator: "\n").trimmingCharacters(in: .newlines)
  }

  /// Seconds are those of a machine.
  static func masked(_ text: String) -> String { text.replacing(/[0-9]+\.[0-9] s\b/, with: "… s") }

  @Test func transcriptIsWhatTheDemoPrints() throws {
    let outcome = try Tool.start("/bin/bash", [".ci/demo"], in: Tool.root, environment: ["ONNX2MOBILE": Tool.binary])
    #expect(outcome.code == 0)
    let found = Self.masked(outcome.out).trimmingCharacters(in: .newlines).split(separator: "\n", omittingEmptySubsequences: false)
    let shown = try Self.masked(Self.part("demo")).split(separator: "\n", omittingEmptySubsequences: false)
    for (index, (a, b)) in zip(found, shown).enumerated() { #expect(a == b, "line \(index + 1)") }
    #expect(found.count == shown.count)
  }

  @Test func operatorsAreTheTools() throws {
    #expect(try Self.part("operators") == Tool.run("dump", "--operators").out.trimmingCharacters(in: .newlines))
  }

  /// The list of ONNX's own test cases says what passes; the README counts it.
  @Test func conformanceIsTheList() throws {
    let list = try String(contentsOfFile: Tool.root + "/Tests/Conformance/cases.tsv", encoding: .utf8)
    let rows = list.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    for row in rows { #expect(row.count == 4 && ["plain", "other"].contains(row[1])) }
    let table = try Self.part("conformance")
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
    let rows = try Self.part("passes").split(separator: "\n").dropFirst(2).compactMap { row in
      row.split(separator: "|").first.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
    }
    #expect(rows == names)
  }
}
