import Foundation
import O2MTensor
import O2MImport
import O2MTestSupport
import Testing

/// Names of inputs and outputs are any text: they hold the signs of the flags, and what no file's name holds.
struct NameTests {
  private static func folder(_ inputs: [String], outputs: [String]) throws -> Scratch {
    let scratch = try Scratch()
    var model = ModelWriter()
    for (index, name) in inputs.enumerated() {
      model.input(name, .float32, [1, .symbol("n")])
      try write(TensorFile(name: "", tensor: Tensor([1, 2], [Float(index), 1])).bytes, scratch / "\(index).pb")
    }
    for (index, name) in outputs.enumerated() {
      model.node("Identity", [inputs[index % inputs.count]], [name])
      model.output(name)
    }
    try write(model.bytes, scratch / "m.onnx")
    return scratch
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  /// The longest name that fits wins, in the model and in its bundle.
  @Test func signsBelongToNames() throws {
    let names = ["in", "in=put", "in:put", "in=put:0", "a=b=c", "ü=é"]
    let scratch = try Self.folder(names, outputs: names.map { $0 + "_y" })
    let shapes = names.flatMap { ["--input-shape", $0 + ":1,2"] }, files = names.indices.flatMap { ["--input", "\(names[$0])=\($0).pb"] }
    let converted = try Tool.start(
      Tool.binary, ["convert", "m.onnx", "-o", "m.o2m", "--precision", "float32", "--no-verify"] + shapes, in: scratch.path,
      environment: [:])
    #expect(converted.code == 0, "\(converted.err)")
    for file in ["m.onnx", "m.o2m"] {
      let outcome = try Tool.start(Tool.binary, ["run", file] + files, in: scratch.path, environment: [:])
      #expect(outcome.code == 0, "\(outcome.err)")
      for (index, name) in names.enumerated() { #expect(outcome.out.contains("\(name)_y: float32 [1, 2], "), "\(index)") }
      let values = outcome.out.split(separator: "\n").filter { $0.hasPrefix("  ") }
      #expect(values == names.indices.map { "  \(Float($0)), 1.0" })
    }
    let twice = try Tool.run("run", "m.o2m", "--input", "in=put=1.pb", "--input", "in=put=2.pb", in: scratch.path)
    #expect(twice.code == 64 && twice.err.contains("--input is given twice for 'in=put'"))
    let unknown = try Tool.run("run", "m.o2m", "--input", "ni=put=1.pb", in: scratch.path)
    #expect(unknown.code == 64 && unknown.err.contains("it has no input 'ni'"))
  }

  /// The only input needs no name, whatever its extents and wherever its file lies.
  @Test func theOnlyInputNeedsNoName() throws {
    let scratch = try Self.folder(["x"], outputs: ["y"])
    try FileManager.default.createDirectory(atPath: scratch / "a=b", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: scratch / "0.pb", toPath: scratch / "a=b/0.pb")
    for path in ["0.pb", "a=b/0.pb"] {
      let outcome = try Tool.run("run", "m.onnx", "--input", path, in: scratch.path)
      #expect(outcome.code == 0 && outcome.out == "y: float32 [1, 2], 0 to 1.0e+00\n  0.0, 1.0\n", "\(outcome.err)")
    }
  }

  /// No output is lost to another one's file, and a name without `/` is its file's.
  @Test func outputsHaveFilesOfTheirOwn() throws {
    let outputs = ["a/b", "a_b", "a//b", "a_/b", "a/b_2", "c"]
    let scratch = try Self.folder(["x"], outputs: outputs)
    #expect(try Tool.run("run", "m.onnx", "--input", "0.pb", "--output-dir", "out", in: scratch.path).code == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch / "out").sorted() == [
        "a__b.npy", "a__b_2.npy", "a_b.npy", "a_b_2.npy", "a_b_2_2.npy", "c.npy",
      ])
  }

  /// A name that no bundle holds is said, and is no fault of the tool.
  @Test func longNamesAreRefused() throws {
    for (inputs, outputs) in [([String(repeating: "n", count: 5000)], ["y"]), (["x"], [String(repeating: "ü", count: 2500)])] {
      let scratch = try Self.folder(inputs, outputs: outputs)
      let outcome = try Tool.run("convert", "m.onnx", "--input-shape", inputs[0] + ":1,2", in: scratch.path)
      #expect(outcome.code == 69 && outcome.err.contains("has 5000 bytes, a bundle holds 4096"), "\(outcome.err)")
      #expect(outcome.err.count < 400)
      expectMessageForm(outcome.err)
    }
    let scratch = try Scratch()
    try Data(("a\n" + String(repeating: "b", count: 5000)).utf8).write(to: URL(fileURLWithPath: scratch / "labels.txt"))
    let labels = try Tool.run("convert", Tool.model, "-o", scratch / "m.o2m", "--labels", scratch / "labels.txt")
    #expect(labels.code == 65 && labels.err.contains("line 2 has 5000 bytes"))
  }

  /// Pictures that fit no input are refused before the work, and labels that are not one for each class.
  @Test func picturesAndLabelsFitTheModel() throws {
    let scratch = try Scratch()
    func convert(_ flags: String...) throws -> Outcome {
      try Tool.start(Tool.binary, ["convert", Tool.model, "-o", scratch / "m.o2m", "--no-verify"] + flags, in: Tool.root, environment: [:])
    }
    for wrong in [
      "imagenet", "resize=16x17", "resize=short:20,crop=15x16", "crop=16x16,layout=nhwc", "crop=16x16,mean=1,2,3", "resize=short:8",
    ] {
      let outcome = try convert("--preprocess", wrong)
      #expect(outcome.code == 64 && !FileManager.default.fileExists(atPath: scratch / "m.o2m"), "\(wrong): \(outcome.err)")
      expectMessageForm(outcome.err)
      #expect(wrong.contains("mean") || outcome.err.contains("must end in it, as resize=16x16 does"), "\(outcome.err)")
    }
    for (wrong, words) in [
      ("resize=short:15,crop=16x16", "resize=short:16"), ("resize=16x15,crop=16x16", "resize to at least the crop"),
      ("mode=tensorflow", "tf, torch or caffe"),
    ] {
      let outcome = try convert("--preprocess", wrong)
      #expect(outcome.code == 64 && outcome.err.contains(words), "\(wrong): \(outcome.err)")
      expectMessageForm(outcome.err)
    }
    for right in [
      "none", "NONE", "RESIZE=16x16,order=BGR,layout=NCHW,mode=tf", "resize=16x16", "resize=short:20,crop=16x16", "crop=16x16,mean=1",
    ] {
      #expect(try convert("--preprocess", right).code == 0, "\(right)")
    }
    for (count, words) in [(9, "background"), (10, ""), (11, "is no class"), (99, "the labels of this model")] {
      try Data((0..<count).map { "class \($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: scratch / "labels.txt"))
      let outcome = try convert("--labels", scratch / "labels.txt")
      #expect(outcome.code == (words.isEmpty ? 0 : 64) && (words.isEmpty || outcome.err.contains(words)), "\(count): \(outcome.err)")
      guard !words.isEmpty else { continue }
      #expect(outcome.err.contains("has \(count) labels, the output 'logits' of ") && outcome.err.contains("has 10 classes"))
      expectMessageForm(outcome.err)
    }
  }
}
