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
