import Foundation
import O2MOps
import O2MRuntime
import Testing

/// `Schemas/bundle.md` against the code that reads bundles.
struct SchemaTests {
  private static let text = try? String(
    contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Schemas/bundle.md"), encoding: .utf8)

  @Test func titleHasTheVersion() throws {
    let title = try #require(Self.text?.split(separator: "\n").first)
    #expect(title == "# The bundle format, version \(BundleFormat.major).\(BundleFormat.minor)")
  }

  @Test func operatorsHaveTheirNumbers() throws {
    struct Name: OpTypeVisitor {
      mutating func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) -> String { "\(O.code.rawValue) \(O.name)" }
    }
    let text = try #require(Self.text)
    let list = try #require(
      text.firstRange(of: "<!-- operators -->").flatMap { begin in
        text[begin.upperBound...].firstRange(of: "<!-- end -->").map { text[begin.upperBound..<$0.lowerBound] }
      })
    let listed = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    let known = OpCode.allCases.sorted { $0.rawValue < $1.rawValue }.map { code in
      var name = Name()
      return code.accept(&name)
    }
    #expect(listed == known)
  }
}
