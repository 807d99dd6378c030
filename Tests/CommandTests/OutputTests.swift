import Foundation
import Testing

/// What is written where: never over what was read, through links, and with an exit code where it cannot be.
struct OutputTests {
  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Tool.model, toPath: scratch / "m.onnx")
    try FileManager.default.createSymbolicLink(atPath: scratch / "l.onnx", withDestinationPath: "m.onnx")
    return scratch
  }

  @Test(arguments: ["m.onnx", "./m.onnx", "l.onnx"])
  func modelsAreNotWrittenOver(output: String) throws {
    let scratch = try folder(), model = scratch / "m.onnx"
    let converted = try Tool.run("convert", model, "-o", scratch / output)
    #expect(converted.code == 64 && converted.err.contains("--output is the model itself"))
    #expect(try Tool.run("convert", model, "-o", scratch / "m.o2m", "--no-verify").code == 0)
    let verified = try Tool.run("verify", model, scratch / "m.o2m", "--report", scratch / output)
    #expect(verified.code == 64 && verified.err.contains("itself"))
    #expect(FileManager.default.contentsEqual(atPath: model, andPath: Tool.model))
  }

  @Test func linksStay() throws {
    let scratch = try folder()
    try Data().write(to: URL(fileURLWithPath: scratch / "real.o2m"))
    try FileManager.default.createSymbolicLink(atPath: scratch / "link.o2m", withDestinationPath: "real.o2m")
    #expect(try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "link.o2m", "--no-verify").code == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch / "link.o2m") == "real.o2m")
    #expect(try Tool.run("verify", scratch / "real.o2m").code == 64, "it is there, and has no certificate")
  }

  /// A link to a file that is not there yet makes that file.
  @Test func linksToNothingStay() throws {
    let scratch = try folder()
    try FileManager.default.createDirectory(atPath: scratch / "out", withIntermediateDirectories: true)
    for (link, target) in [("one.o2m", "two.o2m"), ("two.o2m", "out/new.o2m")] {
      try FileManager.default.createSymbolicLink(atPath: scratch / link, withDestinationPath: target)
    }
    #expect(try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "one.o2m", "--no-verify").code == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: scratch / "one.o2m") == "two.o2m")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch / "out") == ["new.o2m"])
    try FileManager.default.createSymbolicLink(atPath: scratch / "self.o2m", withDestinationPath: "self.o2m")
    #expect(try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "self.o2m", "--no-verify").code == 73)
  }

  /// A device, a pipe, stdout: what is there takes the bytes and stays what it is.
  @Test func devicesAndPipesAreWrittenInto() throws {
    let scratch = try folder(), model = scratch / "m.onnx"
    #expect(try Tool.run("convert", model, "-o", scratch / "m.o2m", "--no-verify").code == 0)
    let bundle = try bytes(scratch / "m.o2m")
    for (command, report) in [
      ("mkfifo pipe; cat pipe > got & \"$0\" convert m.onnx --no-verify -o pipe; wait", "out"),
      ("\"$0\" convert m.onnx --no-verify -o - > got", "err"), ("\"$0\" convert m.onnx --no-verify -o - --json | cat > got", "err"),
      ("\"$0\" convert m.onnx --no-verify -o /dev/stdout > got", "err"),
      ("\"$0\" unpack m.o2m -o - > installed; \"$0\" unpack m.o2m -o x; cp m.o2m got", "err"),
    ] {
      let outcome = try Tool.start("/bin/sh", ["-c", command, Tool.binary], in: scratch.path, environment: [:])
      #expect(outcome.code == 0)
      #expect(!(report == "out" ? outcome.out : outcome.err).isEmpty, "\(command)")
      #expect(try bytes(scratch / "got") == bundle, "\(command)")
    }
    #expect(try bytes(scratch / "installed") == bytes(scratch / "x"))
    let null = try Tool.run("convert", model, "-o", "/dev/null", "--no-verify")
    #expect(null.code == 0 && null.out.contains("/dev/null"))
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    #expect(type == .typeCharacterSpecial)
    let terminal = try Tool.start(
      "/usr/bin/script", ["-qec", "\(Tool.binary) convert m.onnx -o -", "/dev/null"], in: scratch.path, environment: [:])
    #expect(terminal.code == 64 && terminal.out.contains("a bundle is no text for a terminal"))
  }

  /// What cannot be written is said before the work: the model is not even one.
  @Test func placesAreCheckedBeforeTheWork() throws {
    let scratch = try folder()
    try FileManager.default.createDirectory(atPath: scratch / "d", withIntermediateDirectories: true)
    let socket = try Tool.start(
      "/usr/bin/env", ["python3", "-c", "import socket; socket.socket(socket.AF_UNIX).bind('s')"], in: scratch.path, environment: [:])
    for (target, words) in [
      ("d", "is a folder"), ("d/", "is a folder"), ("e/", "names a folder"), ("s", "is a socket"), ("none/none/x.o2m", "cannot be made"),
      ("m.onnx/x.o2m", "not a directory"), (".", "is a folder"),
    ] where target != "s" || socket.code == 0 {
      for command in [["convert", Tool.broken + "/cycle.onnx"], ["unpack", "m.onnx"]] {
        let outcome = try Tool.start(Tool.binary, command + ["-o", target], in: scratch.path, environment: [:])
        #expect(outcome.code == 73 && outcome.err.contains(words), "\(target): \(outcome.err)")
        expectMessageForm(outcome.err)
      }
    }
    #expect(try Tool.run("convert", "m.onnx", "-o", "new/x.o2m", "--no-verify", in: scratch.path).code == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch / "new") == ["x.o2m"])
  }

  @Test(arguments: [
    "dump \"$1\"", "dump --operators", "dump --format json \"$1\"", "verify \"$1\" \"$2\" --random 1", "run \"$1\" --input \"$3\"",
  ])
  func aFullOutputIsSaid(command: String) throws {
    let scratch = try folder(), bundle = scratch / "m.o2m"
    #expect(try Tool.run("convert", Tool.model, "-o", bundle, "--no-verify").code == 0)
    let input = Tool.digits + "/test_data_set_0/input_0.pb"
    for target in ["> /dev/full", ">&-"] {
      let outcome = try Tool.start(
        "/bin/sh", ["-c", "\"$0\" \(command) \(target)", Tool.binary, Tool.model, bundle, input], in: Tool.root, environment: [:])
      #expect(outcome.code == 73 && outcome.err.hasPrefix("error: standard output cannot be written: "), "\(outcome)")
    }
  }
}
