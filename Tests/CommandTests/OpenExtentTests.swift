import Foundation
import O2MImport
import O2MParity
import O2MTensor
import O2MTestSupport
import Testing

/// What `convert` and `run` say of extents that stay open.
struct OpenExtentTests {
  private static let halves = Tool.root + "/Fixtures/boxes/halves.onnx"

  /// A preparation that does not fill the typical extents is refused at conversion, not at the first picture.
  @Test func preparationsFillTheTypicalExtents() throws {
    let scratch = try Scratch(), sides = ["--symbol", "height=4..64/2", "--symbol", "width=4..64/2"]
    func convert(_ more: String...) throws -> Outcome {
      try Tool.start(
        Tool.binary, ["convert", Self.halves, "-o", scratch / "m.o2m", "--preprocess", "resize=32x32"] + sides + more, in: Tool.root,
        environment: [:])
    }
    let refused = try convert("--typical", "height=16", "--typical", "width=16")
    #expect(refused.code == 64 && refused.err.contains("[1, 3, 32, 32]") && refused.err.contains("--typical"), "\(refused.err)")
    #expect(!FileManager.default.fileExists(atPath: scratch / "m.o2m"))
    expectMessageForm(refused.err)
    let taken = try convert("--typical", "height=32", "--typical", "width=32")
    #expect(taken.code == 0, "\(taken.err)")
    let picture = try Tool.run("run", scratch / "m.o2m", "--input", Tool.picture)
    #expect(picture.code == 0, "\(picture.err)")
  }

  /// Sums with the first T of 64 numbers: T may be less than 64, and no more.
  private func upTo64(_ scratch: Scratch) throws -> String {
    var model = ModelWriter()
    model.input("x", .float32, [1, "T"])
    model.initializer("w", Tensor([1, 64], (0..<64).map { Float($0) }))
    for (name, value) in [("from", Int64(0)), ("axis", 1)] { model.initializer(name, Tensor([1], [value])) }
    model.node("Shape", ["x"], ["shape"])
    model.node("Gather", ["shape", "axis"], ["length"])
    model.node("Slice", ["w", "from", "length", "axis"], ["v"])
    model.node("Add", ["x", "v"], ["y"], name: "sum")
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    return scratch / "m.onnx"
  }

  /// `bench` times a bundle at the extents that it is told, and `dump` says what they take.
  @Test func extentsAreTimed() throws {
    let scratch = try Scratch()
    let converted = try Tool.run(
      "convert", Self.halves, "-o", scratch / "m.o2m", "--symbol", "height=4..64/2", "--symbol", "width=4..64/2", "--typical", "height=16",
      "--typical", "width=16")
    #expect(converted.code == 0, "\(converted.err)")
    func bench(_ shape: String...) throws -> Outcome {
      try Tool.start(
        Tool.binary, ["bench", scratch / "m.o2m", "--runs", "2", "--json"] + shape.flatMap { ["--input-shape", $0] }, in: Tool.root,
        environment: [:])
    }
    let typical = try #require(bench().json["arena_bytes"] as? Int)
    let input = try #require(
      (try Tool.run("dump", scratch / "m.o2m", "--json").json["inputs"] as? [[String: Any]])?.first?["name"] as? String)
    let large = try #require(bench("\(input):1,3,64,32").json["arena_bytes"] as? Int)
    #expect(large > 4 * typical)
    for (shapes, code) in [
      (["\(input):1,3,64,33"], 65), (["\(input):1,3,64"], 65), (["\(input)s:1,3,64,32"], 64),
      (["\(input):1,3,64,32", "\(input):1,3,64,32"], 64),
    ] {
      let refused = try Tool.start(
        Tool.binary, ["bench", scratch / "m.o2m"] + shapes.flatMap { ["--input-shape", $0] }, in: Tool.root, environment: [:])
      #expect(refused.code == code, "\(shapes): \(refused.err)")
      expectMessageForm(refused.err)
    }
    let shown = try Tool.run("dump", scratch / "m.o2m")
    #expect(shown.out.contains("at most ") && shown.out.contains("·height·width"), "\(shown.out)")
  }

  @Test func aRangeBelowIsFound() throws {
    let scratch = try Scratch(), model = try upTo64(scratch)
    let outcome = try Tool.run("convert", model, "-o", scratch / "m.o2m")
    #expect(outcome.code == 0 && outcome.out.contains("T 1..64, typically 64"), "\(outcome.out)\(outcome.err)")
    let refused = try Tool.run("convert", model, "-o", scratch / "m.o2m", "--symbol", "T=1..100")
    #expect(refused.code == 64 && refused.err.contains("does not take 'T' = 100: ") && !refused.err.contains("\\u000a"), "\(refused.err)")
    expectMessageForm(refused.err)
  }

  /// Reasons of several lines stay lines.
  @Test func reasonsStayLines() throws {
    let scratch = try Scratch()
    var model = ModelWriter()
    model.input("x", .float32, [1, "T"])
    for name in ["a", "b"] { model.initializer(name, Tensor([1, 8], [Float](repeating: 1, count: 8))) }
    model.node("Add", ["x", "a"], ["s"], name: "first")
    model.node("Mul", ["x", "b"], ["t"], name: "second")
    model.node("Add", ["s", "t"], ["y"])
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    let refused = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "m.o2m", "--symbol", "T=8..9", "--typical", "T=8")
    #expect(refused.code != 0 && refused.err.contains("first") && !refused.err.contains("\\u000a"), "\(refused.err)")
  }

  /// A range of one extent pins it.
  @Test func aRangeOfOneExtentIsAnExtent() throws {
    let scratch = try Scratch()
    let outcome = try Tool.run("convert", Self.halves, "-o", scratch / "m.o2m", "--symbol", "height=64..64", "--symbol", "width=32..32")
    #expect(outcome.code == 0, "\(outcome.err)")
    let shown = try #require(try Tool.run("dump", scratch / "m.o2m", "--json").json)
    #expect((shown["inputs"] as? [[String: Any]])?[0]["shape"] as? [Int] == [1, 3, 64, 32])
    #expect((shown["symbols"] as? [Any])?.isEmpty == true && shown["format"] as? String == "1.6")
    #expect(try Tool.run("verify", Self.halves, scratch / "m.o2m").code == 0)
  }

  /// An option that says one thing says it once.
  @Test(arguments: [
    ["--task", "segment", "--task", "detect"], ["--task=segment", "--task", "segment"], ["--precision", "float16", "--precision=float32"],
    ["--preprocess", "none", "--preprocess", "imagenet"], ["-o", "a.o2m", "--output", "b.o2m"], ["--seed", "1", "--seed", "2"],
  ])
  func onceIsEnough(arguments: [String]) throws {
    let scratch = try Scratch()
    let outcome = try Tool.start(Tool.binary, ["convert", Self.halves] + arguments, in: scratch.path, environment: [:])
    #expect(outcome.code == 64 && outcome.err.contains(" is given twice"), "\(outcome.err)")
    expectMessageForm(outcome.err)
  }

  /// A file of another shape is data that does not fit, whether extents are open or not.
  @Test func filesOfOtherShapesAreData() throws {
    let scratch = try Scratch()
    try Data(Npy.encode(Tensor([1, 3, 7, 8], [Float](repeating: 0, count: 168)))).write(to: URL(fileURLWithPath: scratch / "x.npy"))
    for (name, flags) in [("open", ["--symbol", "height=4..64/2"]), ("fixed", ["--input-shape", "image:1,3,8,8"])] {
      let bundle = scratch / "\(name).o2m"
      #expect(try Tool.start(Tool.binary, ["convert", Self.halves, "-o", bundle] + flags, in: Tool.root, environment: [:]).code == 0)
      let run = try Tool.run("run", bundle, "--input", "image=" + scratch / "x.npy")
      #expect(run.code == 65, "\(name): \(run.err)")
      expectMessageForm(run.err)
    }
  }

  /// On a terminal sentences keep to its columns; in a pipe each is a line.
  @Test func errorsKeepToTheTerminal() throws {
    let scratch = try Scratch(), command = "convert \(Self.halves) -o m.o2m --symbol nothing=1..2"
    let shown = try Tool.start(
      "/usr/bin/script", ["-qec", "stty cols 70; \(Tool.binary) \(command)", "/dev/null"], in: scratch.path, environment: [:])
    // Behind the bar that was there.
    let begin = try #require(shown.out.range(of: "error: "))
    let lines = shown.out[begin.lowerBound...].split(whereSeparator: \.isNewline)
    #expect(lines.count > 2 && lines[0].hasPrefix("error: ") && lines.contains { $0.hasPrefix("  help: ") }, "\(shown.out)")
    #expect(lines.allSatisfy { $0.count <= 70 || !$0.trimmingCharacters(in: .whitespaces).contains(" ") }, "\(shown.out)")
    let piped = try Tool.start("/bin/sh", ["-c", "\(Tool.binary) \(command)"], in: scratch.path, environment: [:])
    #expect(piped.err.split(separator: "\n").count == 2)
  }
}
