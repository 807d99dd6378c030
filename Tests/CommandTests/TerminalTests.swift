import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// What reaches a terminal: no codes that steer it, no lines that are wider than it.
struct TerminalTests {
  /// A name that clears the screen, rings, goes on in the next line and turns the direction of writing.
  private static let hostile = "\u{1B}[2J\u{7}\n  help: rm\u{9B}31m\u{202E}x\r"

  private static func isSteered(_ text: String) -> Bool {
    text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E }
  }

  @Test func namesDoNotSteer() throws {
    let scratch = try Scratch(), name = Self.hostile
    var model = ModelWriter()
    model.input(name, .float32, [1, 4])
    model.initializer(name + "w", Tensor([1, 4], [1, 2, 3, 4] as [Float]))
    model.node("Add", [name, name + "w"], [name + "y"], name: name + "n")
    model.output(name + "y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    try Data(TensorFile(name: "", tensor: Tensor([1, 4], [1, 2, 3, 4] as [Float])).bytes).write(to: URL(fileURLWithPath: scratch / "x.pb"))
    var broken = ModelWriter()
    broken.input("x", .float32, [1])
    broken.node("Add", ["x", name], ["y"], name: name)
    broken.node("Suppress", ["x"], [name + "z"], name: name, domain: name)
    broken.output("y")
    try Data(broken.bytes).write(to: URL(fileURLWithPath: scratch / "b.onnx"))
    for (arguments, codes) in [
      (["convert", "m.onnx", "--precision", "float32", "--explain"], [0]), (["convert", "m.onnx", "--json", "-o", "j.o2m"], [0, 1]),
      (["verify", "m.onnx", "m.o2m"], [0]), (["verify", "m.onnx", "m.o2m", "--per-layer"], [0]),
      (["verify", "m.onnx", "m.o2m", "--format", "json"], [0]), (["verify", "m.o2m"], [0, 64]),
      (["dump", "m.onnx", "--weights"], [0]), (["dump", "m.onnx", "--format", "json"], [0]), (["dump", "m.onnx", "--format", "dot"], [0]),
      (["dump", "m.o2m"], [0]),
      (["run", "m.onnx", "--input", "x.pb"], [0]), (["run", "m.o2m", "--input", "x.pb", "--top", "2"], [0]), (["run", "m.o2m"], [64]),
      (["run", "m.o2m", "--input", name + "=x.pb"], [0]), (["run", "m.o2m", "--input", name + "q=x.pb"], [64]), (["convert", name], [66]),
      (["convert", "b.onnx"], [65, 69]),
      (["bench", "m.o2m", "--runs", "1", "--profile"], [0]), (["dump", "m.onnx", "--node", name], [0, 64]),
    ] as [([String], [Int32])] {
      let outcome = try Tool.start(Tool.binary, arguments, in: scratch.path, environment: [:])
      #expect(codes.contains(outcome.code), "\(arguments): \(outcome)")
      #expect(!Self.isSteered(outcome.out) && !Self.isSteered(outcome.err), "\(arguments)")
      #expect(!outcome.out.contains("\n  help: rm"), "\(arguments)")
      if outcome.code != 0 { expectMessageForm(outcome.err, "\(arguments)") }
    }
    // JSON says the same text.
    let json = try Tool.run("dump", "m.onnx", "--format", "json", in: scratch.path).json
    #expect(((json["inputs"] as? [[String: Any]])?.first?["name"] as? String) == name)
  }

  /// Names that are typed in stay whole; all else keeps to the columns.
  @Test(arguments: [80, 120])
  func linesFit(columns: Int) throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    let data = ["--data", Tool.digits]
    for arguments in [
      ["convert", Tool.model, "-o", scratch / "e.o2m", "--explain"],
      ["convert", Tool.model, "-o", scratch / "f.o2m", "--precision", "float16", "--min-sqnr", "150"],
      ["verify", Tool.model, scratch / "d.o2m"] + data, ["verify", scratch / "d.o2m"],
      ["verify", Tool.model, scratch / "d.o2m", "--per-layer"],
      ["dump", Tool.model, "--weights"],
      ["dump", Tool.model, "--stage", "optimized"],
      ["dump", Tool.model, "--stage", "planned"], ["dump", scratch / "d.o2m"], ["dump", "--operators"],
      ["bench", scratch / "d.o2m", "--runs", "2", "--profile"],
      ["run", scratch / "d.o2m", "--input", Tool.picture, "--top", "3"], ["--help"], ["convert", "--help"], ["verify", "--help"],
      ["diff", Tool.model, scratch / "d.o2m", "--run"], ["diff", Tool.model, scratch / "d.o2m", "--stage", "imported"],
      ["dump", "--help"], ["diff", "--help"], ["run", "--help"],
      ["bench", "--help"], ["unpack", "--help"],
    ] {
      let outcome = try Tool.start(Tool.binary, arguments, in: Tool.root, environment: ["COLUMNS": "\(columns)"])
      #expect(outcome.code == (arguments.contains("150") || arguments[0] == "diff" && arguments.count > 2 ? 1 : 0))
      for line in outcome.out.split(separator: "\n") where !line.contains(scratch.path) && !line.contains(Tool.root) {
        #expect(line.count <= columns, "\(arguments.prefix(2)): \(line)")
      }
    }
  }

  /// Long work shows a bar on a terminal, and nothing in a pipe.
  @Test func longWorkShowsABar() throws {
    let scratch = try Scratch()
    var model = ModelWriter(), seeds = SystemRandomNumberGenerator()
    model.input("x", .float32, [1, 1024])
    model.initializer("w", Tensor([1024, 2048], (0..<1024 * 2048).map { _ in Float.random(in: -1...1, using: &seeds) }))
    model.node("MatMul", ["x", "w"], ["y"])
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    let convert = "convert m.onnx --precision float32"
    let shown = try Tool.start(
      "/usr/bin/script", ["-qec", "\(Tool.binary) \(convert) > /dev/null", "/dev/null"], in: scratch.path, environment: [:])
    #expect(shown.code == 0 && shown.out.contains("packing [") && shown.out.contains("] 8/8"), "\(shown.out)")
    let piped = try Tool.start("/bin/sh", ["-c", "\(Tool.binary) \(convert)"], in: scratch.path, environment: [:])
    #expect(piped.code == 0 && piped.err.isEmpty)

    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    for (command, word) in [
      ("verify \(Tool.model) d.o2m --pictures \(Tool.digits)/pictures", "pictures"),
      ("run d.o2m --input \(Tool.digits)/pictures", "pictures"),
      ("verify --suite \(Tool.root)/Fixtures/ops --filter '3x3*'", "cases"),
    ] {
      let shown = try Tool.start(
        "/usr/bin/script", ["-qec", "\(Tool.binary) \(command) > /dev/null", "/dev/null"], in: scratch.path, environment: [:])
      #expect(shown.out.contains("\(word) ["), "\(command): \(shown.out)")
      let piped = try Tool.start("/bin/sh", ["-c", "\(Tool.binary) \(command)"], in: scratch.path, environment: [:])
      #expect(!piped.err.contains("["), "\(command): \(piped.err)")
    }
  }
}
