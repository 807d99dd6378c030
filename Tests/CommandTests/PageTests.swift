import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// `dump --format html`: what stands in the file. `make page` uses it in a browser.
struct PageTests {
  /// The page, and its data.
  struct Shown {
    let html: String
    let data: [String: Any]

    init(_ outcome: Outcome) throws {
      #expect(outcome.code == 0, "\(outcome.err)")
      try self.init(outcome.out)
    }

    init(_ html: String) throws {
      self.html = html
      let begin = try #require(html.range(of: "<script id=\"data\" type=\"application/json\">"))
      let end = try #require(html.range(of: "</script>", range: begin.upperBound..<html.endIndex))
      json = String(html[begin.upperBound..<end.lowerBound])
      data = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }

    let json: String
    /// The file without its data.
    var frame: String { html.replacingOccurrences(of: json, with: "") }
    var stages: [[String: Any]] { data["stages"] as? [[String: Any]] ?? [] }
    func stage(_ name: String) throws -> [String: Any] { try #require(stages.first { $0["name"] as? String == name }) }
    func nodes(_ name: String) throws -> [[String: Any]] { try #require(stage(name)["nodes"] as? [[String: Any]]) }
  }

  private static func page(_ arguments: String..., in folder: String = Tool.root) throws -> Shown {
    try Shown(Tool.start(Tool.binary, ["dump"] + arguments + ["--format", "html"], in: folder, environment: [:]))
  }

  /// Nothing of it lies elsewhere, and a policy in the file forbids that anything is asked for.
  @Test func theFileNeedsNothingElse() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    for file in [Tool.model, scratch / "d.o2m"] {
      let page = try Self.page(file)
      #expect(page.frame.utf8.count <= 150_000)
      for word in [
        "http:", "https:", "//cdn", "src=", "url(", "@import", "<link", "import(", "fetch(", "XMLHttpRequest", "innerHTML", "eval(",
      ] {
        #expect(!page.frame.contains(word), "\(word)")
      }
      #expect(page.frame.contains("Content-Security-Policy") && page.frame.contains("default-src 'none'"))
      #expect(page.frame.components(separatedBy: "</script>").count == 3)
      #expect(page.html == (try Self.page(file).html))
    }
  }

  @Test func aModelHasThreeStagesAndABundleOne() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    let model = try Self.page(Tool.model, "--precision", "int8-weights", "--stage", "optimized"), bundle = try Self.page(scratch / "d.o2m")
    #expect(model.stages.map { $0["name"] as? String } == ["imported", "optimized", "planned"])
    #expect(model.data["start"] as? String == "optimized")
    #expect(bundle.stages.map { $0["name"] as? String } == ["planned"])
    #expect(try model.nodes("imported").count == 30 && model.nodes("optimized").count == 12)
    for page in [model, bundle] {
      let steps = try page.nodes("planned"), values = try #require(page.stage("planned")["values"] as? [[String: Any]])
      #expect(steps.allSatisfy { $0["kernel"] is String })
      let report = try Tool.run("dump", scratch / "d.o2m", "--format", "json").json
      #expect(steps.count == (report["steps"] as? [Any])?.count)
      #expect(page.data["arena"] as? Int == report["arena_bytes"] as? Int)
      let blocks = try #require(page.data["blocks"] as? [[String: Any]])
      for block in blocks {
        let first = try #require(block["first"] as? Int), last = try #require(block["last"] as? Int)
        #expect(first <= last && last <= steps.count)
        #expect(try #require(block["at"] as? Int) + #require(block["bytes"] as? Int) <= #require(page.data["arena"] as? Int))
      }
      // What is stored adds up to the section.
      let stored = try #require(page.data["stored"] as? [[String: Any]]).reduce(0) { $0 + ($1["stored"] as? Int ?? 0) }
      let sections = try #require(page.data["sections"] as? [[String: Any]])
      let weights = try #require(sections.first { $0["name"] as? String == "weights" }?["stored"] as? Int)
      #expect(abs(stored - weights) <= values.count)
      // The values that kernels see have their histograms.
      #expect(values.contains { $0["weight"] is Int && $0["precision"] as? String == "int8" })
    }
    #expect(try model.nodes("planned").contains { $0["sqnr"] is Double })
    let histogram = try #require((model.data["weights"] as? [[String: Any]])?.first?["bins"] as? [Int])
    #expect(histogram.count == 32 && histogram.reduce(0, +) > 0)
  }

  /// Names, operators' texts and file names are data, whatever they spell.
  @Test func namesStayData() throws {
    let names = ["</script><img src=x onerror=alert(1)>", "<!--<script>", "\u{2028}\u{1B}[2J", "/*data*/", "]]>&lt;\"'`${1}"]
    var model = ModelWriter()
    model.input("x", .float32, [1, 4])
    for (index, name) in names.enumerated() { model.node("Relu", [index == 0 ? "x" : names[index - 1]], [name], name: name) }
    model.output(names[names.count - 1])
    let scratch = try Scratch(), file = "<b>&m.onnx"
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / file))
    let page = try Self.page(file, in: scratch.path), plain = try Self.page(Tool.model)
    #expect(page.frame == plain.frame)
    #expect(!page.json.contains("<"))
    #expect(try page.nodes("imported").map { $0["name"] as? String } == names)
    #expect(page.data["title"] as? String == file)
  }

  @Test func timesAndErrorsAreThoseOfItsSteps() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    func write(_ text: String, _ name: String) throws -> String {
      try Data(text.utf8).write(to: URL(fileURLWithPath: scratch / name))
      return scratch / name
    }
    let profile = try write(Tool.run("bench", scratch / "d.o2m", "--runs", "2", "--warmup", "0", "--profile", "--json").out, "p.json")
    let steps = try Self.page(scratch / "d.o2m", "--profile", profile).nodes("planned")
    #expect(steps.allSatisfy { $0["time"] is Double })
    let layers = try write(#"{"layers": [{"name": "logits", "sqnr_db": 41.5}]}"#, "l.json")
    let shown = try Self.page(scratch / "d.o2m", "--layers", layers).nodes("planned")
    #expect(shown.last?["sqnr"] as? Double == 41.5 && shown.count { $0["sqnr"] != nil } == 1)
    // Of another bundle, of another report, and none.
    var other = ModelWriter()
    other.input("x", .float32, [1, 4])
    other.node("Relu", ["x"], ["y"])
    other.output("y")
    try Data(other.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    #expect(try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "m.o2m", "--no-verify").code == 0)
    for (file, flag, path, code) in [
      ("m.o2m", "--profile", profile, 65), ("d.o2m", "--profile", layers, 65), ("d.o2m", "--layers", profile, 65),
      ("m.o2m", "--layers", layers, 65),
      ("d.o2m", "--profile", Tool.model, 65), ("d.o2m", "--profile", scratch / "none.json", 66),
    ] as [(String, String, String, Int32)] {
      let outcome = try Tool.run("dump", scratch / file, "--format", "html", flag, path)
      #expect(outcome.code == code && outcome.out.isEmpty, "\(flag) \(path): \(outcome.err)")
      expectMessageForm(outcome.err)
    }
  }

  /// What depends on an open extent is open as well where the model is shown as it was imported; the plan has the typical extents.
  @Test func openExtentsStayOpen() throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, 3, .symbol("height"), .symbol("width")])
    model.initializer("w", Tensor([8, 3, 3, 3], [Float](repeating: 0.5, count: 216)))
    model.node("Conv", ["x", "w"], ["c"], name: "conv")
    model.node("GlobalAveragePool", ["c"], ["y"], name: "pool")
    model.output("y")
    let scratch = try Scratch()
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    let page = try Self.page("m.onnx", in: scratch.path)
    #expect(page.stages.map { $0["name"] as? String } == ["imported", "optimized", "planned"])
    #expect((page.data["notes"] as? [String])?.first?.hasPrefix("Axes 2, 3 of 'x' [1, 3, height, width] are open") == true)
    let json = try Tool.run("dump", "m.onnx", "--format", "json", in: scratch.path)
    #expect(
      json.err
        == "note: m.onnx: axes 2, 3 of 'x' [1, 3, height, width] are open; what depends on it is shown as ?, and what it costs is left out\n"
    )
    let nodes = try #require(json.json["nodes"] as? [[String: Any]])
    let shapes = nodes.compactMap { (($0["outputs"] as? [[String: Any]])?.first?["shape"] as? [Any])?.map { $0 as? Int } }
    #expect(shapes == [[1, 8, nil, nil], [1, 8, 1, 1]])
    let planned = try Tool.run("dump", "m.onnx", "--stage", "planned", in: scratch.path)
    #expect(planned.code == 0 && planned.out.contains("  extent  height  3..4096, typically 224\n"), "\(planned)")
  }
}
