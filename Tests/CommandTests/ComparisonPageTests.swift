import Foundation
import Testing

/// The pages of `verify --per-layer` and `diff`. `make page` uses them in a browser.
struct ComparisonPageTests {
  private static func page(_ arguments: [String], code: Int32 = 0) throws -> PageTests.Shown {
    let outcome = try Tool.start(Tool.binary, arguments + ["--format", "html"], in: Tool.root, environment: [:])
    #expect(outcome.code == code, "\(outcome.err)")
    return try PageTests.Shown(outcome.out)
  }

  private static func rows(_ page: PageTests.Shown) throws -> [[String: Any]] {
    let comparison = try #require(page.data["comparison"] as? [String: Any])
    return try #require(comparison["tables"] as? [[String: Any]]).flatMap { $0["rows"] as? [[String: Any]] ?? [] }
  }

  /// Every line of the report is a row, its step has the same share, and the first over its bound is marked.
  @Test func layersAreThoseOfTheReport() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m", changed = scratch / "changed.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    try BisectTests.change(bundle, to: changed)
    for (file, code) in [(bundle, 0), (changed, 1)] as [(String, Int32)] {
      let arguments = ["verify", Tool.model, file, "--per-layer"], page = try Self.page(arguments, code: code)
      #expect(page.stages.map { $0["name"] as? String } == ["imported", "planned"])
      #expect(page.data["colour"] as? String == "share" && page.data["start"] as? String == "planned")
      let report = try Tool.start(Tool.binary, arguments + ["--json"], in: Tool.root, environment: [:]).json
      let layers = try #require(report["layers"] as? [[String: Any]]), rows = try Self.rows(page), nodes = try page.nodes("planned")
      #expect(rows.compactMap { ($0["cells"] as? [String])?.first } == layers.compactMap { $0["name"] as? String })
      for (row, layer) in zip(rows, layers) {
        let node = try #require(row["node"] as? Int), share = try #require(nodes[node]["share"] as? Double)
        let said = layer["share"] as? Double ?? .infinity
        #expect(share >= min(1000, said))
      }
      let marked = rows.firstIndex { $0["marked"] as? Bool == true }
      #expect(marked == layers.firstIndex { $0["over"] as? Bool == true } && (marked == nil) == (code == 0))
    }
  }

  /// Both graphs stand there; each node of either is said to be new, gone, changed or the same, as often as the report says.
  @Test func differencesAreThoseOfTheReport() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    for (arguments, code) in [(["diff", Tool.model, bundle, "--stage", "imported", "--run"], 1), (["diff", Tool.model, Tool.model], 0)]
      as [([String], Int32)]
    {
      let page = try Self.page(arguments, code: code)
      #expect(page.stages.map { $0["name"] as? String } == ["a", "b"] && page.data["colour"] as? String == "change")
      let report = try Tool.start(Tool.binary, arguments + ["--json"], in: Tool.root, environment: [:]).json
      let (a, b) = (try page.nodes("a").map { $0["change"] as? String }, try page.nodes("b").map { $0["change"] as? String })
      #expect(
        a.count { $0 == "gone" } == (report["only_a"] as? [Any])?.count && b.count { $0 == "new" } == (report["only_b"] as? [Any])?.count)
      #expect(a.count { $0 == "changed" } == b.count { $0 == "changed" } && (a + b).allSatisfy { $0 != nil })
      #expect((page.data["pairs"] as? [[Int]])?.count == report["matched"] as? Int)
      #expect(try Self.rows(page).isEmpty == (code == 0) && (a.contains("changed") || code == 0))
      // Only the data differs between pages.
      #expect(try page.frame == Self.page(["dump", bundle]).frame)
    }
  }
}
