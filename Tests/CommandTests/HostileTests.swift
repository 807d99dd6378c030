import Foundation
import O2MGraph
import O2MOps
import Testing

/// Small files that ask for much: each is refused with a number and a way out, or converted, by every command that reads it.
struct HostileTests {
  static let folder = Tool.root + "/Fixtures/hostile"
  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()

  @Test func fixturesAreThere() { #expect(Self.files.count >= 44) }

  @Test(arguments: files)
  func everyCommandAnswers(file: String) throws {
    let scratch = try Scratch(), path = Self.folder + "/" + file
    let commands =
      file.hasSuffix(".o2m")
      ? [
        ["verify", path], ["dump", path], ["unpack", path, "-o", scratch / "out.o2m"], ["bench", path, "--runs", "1", "--warmup", "0"],
      ]
      : [
        ["convert", path, "-o", scratch / "out.o2m"], ["dump", path], ["dump", path, "--stage", "planned"],
        ["convert", path, "-o", scratch / "out.o2m", "--precision", "float32", "--no-verify"],
      ]
    for command in commands {
      let outcome = try Tool.start(Tool.binary, command, in: Tool.root, environment: [:])
      #expect([0, 1, 64, 65, 69].contains(outcome.code), "\(command) ended with \(outcome.code): \(outcome.err)")
      if outcome.code > 1 { expectMessageForm(outcome.err) }
    }
  }

  /// What each of them is refused for, and whether the flag that the message names lets it further.
  static let refusals: [(file: String, limit: ResourceLimit)] = [
    ("03_input_2e63.onnx", .tensorElements), ("14_functions_2e40.onnx", .nodes), ("fnexp40.onnx", .nodes), ("bcast.onnx", .memoryBytes),
    ("ConvTranspose-output_padding.onnx", .memoryBytes), ("RoiAlign-output_width.onnx", .memoryBytes), ("cos1000000000.onnx", .memoryBytes),
    ("expand1000000000.onnx", .memoryBytes), ("pad.onnx", .memoryBytes), ("range1000000000.onnx", .memoryBytes),
    ("tile1000000000.onnx", .memoryBytes), ("Tile-input1-input.onnx", .memoryBytes), ("loop1000000000.onnx", .nodes),
    ("scan.onnx", .nodes), ("hugein_unused_f32_1099511627776.onnx", .tensorElements),
    ("EyeLike_wide.onnx", .memoryBytes), ("CastLike_unread.onnx", .memoryBytes), ("MaxPool_wide.onnx", .operations),
    ("LpPool_wide.onnx", .operations), ("nested_ifs.onnx", .nesting),
  ]

  @Test(arguments: refusals)
  func theLimitIsNamed(file: String, limit: ResourceLimit) throws {
    let scratch = try Scratch()
    let outcome = try Tool.run("convert", Self.folder + "/" + file, "-o", scratch / "out.o2m")
    #expect(outcome.code == 69)
    #expect(outcome.err.contains("the limit \(limit.rawValue) is "), "\(outcome.err)")
    #expect(!FileManager.default.fileExists(atPath: scratch / "out.o2m"))
  }

  /// Every limit can be lowered until a good model is refused, and the message names the flag that was given.
  @Test(arguments: [
    ("file-bytes", "100"), ("nodes", "2"), ("tensor-elements", "10"), ("memory-bytes", "1K"), ("operations", "1000"), ("seconds", "0"),
  ])
  func everyLimitRefuses(key: String, value: String) throws {
    let scratch = try Scratch()
    let outcome = try Tool.run("convert", Tool.model, "-o", scratch / "out.o2m", "--limit", "\(key)=\(value)")
    #expect(outcome.code == 69 || key == "seconds" && outcome.code == 64, "\(outcome.err)")
    #expect(outcome.err.contains(key))
  }

  /// A limit never changes what a bundle holds.
  @Test func limitsChangeNoBundle() throws {
    let scratch = try Scratch()
    let plain = scratch / "plain.o2m", limited = scratch / "limited.o2m"
    #expect(try Tool.run("convert", Tool.model, "-o", plain).code == 0)
    var arguments = ["convert", Tool.model, "-o", limited]
    for limit in ResourceLimit.allCases { arguments += ["--limit", "\(limit.rawValue)=\(limit == .nesting ? 32 : 1 << 33)"] }
    #expect(try Tool.start(Tool.binary, arguments, in: Tool.root, environment: [:]).code == 0)
    #expect(try bytes(plain) == bytes(limited))
  }

  @Test func aLimitIsAKeyAndANumber() throws {
    for argument in ["nodes", "nodes=", "nodes=x", "nodes=0", "nesting=257", "knots=3", "nodes=9Q", "memory-bytes=99999999999T"] {
      let outcome = try Tool.run("dump", Tool.model, "--limit", argument)
      #expect(outcome.code == 64, "\(argument)")
      #expect(argument == "nodes=0" || argument == "nesting=257" || outcome.err.contains("nesting=N"), "\(outcome.err)")
      expectMessageForm(outcome.err)
    }
    #expect(try Tool.run("dump", Tool.model, "--limit", "nodes=1K").code == 0)
  }

  /// The table of defaults in the documentation is the tool's.
  @Test func defaultsAreDocumented() throws {
    let rows = Page.rows(try Page("CommandLine").section("## Limits"), headed: "limit")
    #expect(rows.map { $0[0] } == ResourceLimit.allCases.map { "`\($0.rawValue)`" })
    for (row, limit) in zip(rows, ResourceLimit.allCases) {
      let flat = ResourceLimits.standard(limit, 0), perByte = ResourceLimits.standard(limit, 1) - flat
      let expected = flat == .max ? "none" : perByte == 0 ? "\(flat)" : "\(flat) and \(perByte) for each byte of the model"
      #expect(row[1] == expected)
    }
  }
}
