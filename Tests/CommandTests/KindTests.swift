import Foundation
import Testing

/// What is taken for a model, a bundle or a picture and is something else is named, with the way from there.
struct KindTests {
  /// The first bytes of a file, its name in the message, and words of the help, for a model and for a bundle.
  struct Kind: CustomTestStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]
    var model: String
    var bundle: String
    var testDescription: String { name }

    init(_ name: String, _ start: [UInt8], _ text: String = "", model: String, bundle: String? = nil) {
      self.name = name
      bytes = start + Array(text.utf8)
      self.model = model
      self.bundle = bundle ?? model
    }
  }

  private static let zip: [UInt8] = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26)
  private static let wrote = "onnx2mobile convert` wrote"

  static let kinds: [Kind] = [
    Kind("a PyTorch file", zip, "net/data.pkl and its tensors", model: "torch.onnx.export", bundle: wrote),
    Kind("a PyTorch file", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC], "rest", model: "torch.onnx.export", bundle: wrote),
    Kind("a TensorFlow Lite model", [0x1C, 0, 0, 0], "TFL3 and tables", model: "tf2onnx.convert --tflite", bundle: wrote),
    Kind("a model in ONNX Runtime's own format", [0x1C, 0, 0, 0], "ORTM and tables", model: "it was made from", bundle: wrote),
    Kind("a Keras model or another HDF5 file", [0x89], "HDF\r\n\u{1A}\n", model: "model.export", bundle: wrote),
    Kind(
      "a safetensors file", [40, 0, 0, 0, 0, 0, 0, 0], "{\"w\": {\"dtype\": \"F32\"}}", model: "weights without a graph", bundle: wrote),
    Kind("compressed with gzip", [0x1F, 0x8B, 8], "bytes", model: "gunzip -k"),
    Kind("compressed with zstd", [0x28, 0xB5, 0x2F, 0xFD], "bytes", model: "zstd -d"),
    Kind("a zip archive", zip, "readme.md", model: "unzip"),
    Kind("a tar archive", [UInt8](repeating: 0x61, count: 257), "ustar", model: "tar -xf"),
    Kind(
      "a pointer of git-lfs, not the file itself", [], "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
      model: "git lfs pull"),
    Kind("a web page", [], "\n<!DOCTYPE html>\n<html><head>", model: "the address of the file itself"),
    Kind("a web page", [0xEF, 0xBB, 0xBF], "<HTML lang=en>", model: "the address of the file itself"),
    Kind("JSON text", [], "{\n  \"error\": 404 }", model: "an .onnx file", bundle: wrote),
    Kind("a JPEG picture", [0xFF, 0xD8, 0xFF, 0xE0], "JFIF", model: "give the model here", bundle: "give the bundle here"),
    Kind("a PNG picture", [0x89], "PNG\r\n\u{1A}\n", model: "give the model here", bundle: "give the bundle here"),
    Kind("a WebP picture", [], "RIFF0000WEBPVP8 ", model: "give the model here", bundle: "give the bundle here"),
    Kind("a NumPy array", [0x93], "NUMPY", model: "give the model here", bundle: "give the bundle here"),
    Kind("a PDF document", [], "%PDF-1.7", model: "an .onnx file", bundle: wrote),
  ]

  @Test(arguments: kinds)
  func otherFilesAreNamed(kind: Kind) throws {
    let scratch = try Scratch()
    try Data(kind.bytes).write(to: URL(fileURLWithPath: scratch / "f"))
    for command in [["convert"], ["dump"], ["run"], ["dump", "--stage", "planned"], ["convert", "-o", "x.o2m"]] {
      try expect(command + ["f"], "this is \(kind.name), not an ONNX model", kind.model, in: scratch)
    }
    for command in [["verify"], ["unpack", "-o", "x.o2m"], ["bench"]] {
      try expect(command + ["f"], "this is \(kind.name), not a bundle", kind.bundle, in: scratch)
    }
  }

  @Test func modelsAndBundlesAreNotTakenForEachOther() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Tool.model, toPath: scratch / "m.onnx")
    #expect(try Tool.run("convert", "m.onnx", "--no-verify", in: scratch.path).code == 0)
    try expect(["convert", "m.o2m", "-o", "x.o2m"], "this is a bundle, not an ONNX model", "the model that it was made from", in: scratch)
    for command in [["verify"], ["bench"], ["unpack", "-o", "x.o2m"]] {
      try expect(command + ["m.onnx"], "this is an ONNX model, not a bundle", "`onnx2mobile convert m.onnx`", in: scratch)
    }
    // The order of the two files is a frequent slip.
    let swapped = try Tool.run("verify", "m.o2m", "m.onnx", in: scratch.path)
    #expect(swapped.code == 65 && swapped.err.contains("give MODEL.onnx, then BUNDLE.o2m"))
    try Data("GIF89a".utf8).write(to: URL(fileURLWithPath: scratch / "p.gif"))
    let picture = try Tool.run("run", "m.o2m", "--input", "p.gif", in: scratch.path)
    #expect(picture.code == 65 && picture.err.contains("this is a GIF picture, neither a JPEG nor a PNG"))
  }

  /// Whatever flag names a file that is not there, the code is that of a file that cannot be opened.
  @Test func missingFilesHaveOneCode() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Tool.model, toPath: scratch / "m.onnx")
    #expect(try Tool.run("convert", "m.onnx", "--no-verify", in: scratch.path).code == 0)
    for arguments in [
      ["convert", "none"], ["convert", "m.onnx", "--labels", "none"], ["convert", "m.onnx", "--preprocess", "none.json"],
      ["verify", "none"],
      ["verify", "none", "m.o2m"], ["verify", "m.onnx", "none"], ["verify", "m.onnx", "m.o2m", "--data", "none"],
      ["verify", "--suite", "none"],
      ["dump", "none"], ["dump", "none", "--stage", "planned"], ["run", "none"], ["run", "m.o2m", "--input", "none.png"],
      ["run", "m.o2m", "--input", "none.npy"], ["run", "m.onnx", "--input", "image=none.pb"], ["run", "m.onnx", "--input", "none.npy"],
      ["unpack", "none", "-o", "x"], ["bench", "none"],
    ] {
      let outcome = try Tool.start(Tool.binary, arguments, in: scratch.path, environment: [:])
      #expect(
        outcome.code == 66 && outcome.err.contains("no such file or directory") || outcome.err.contains("none: cannot be opened"),
        "\(arguments): \(outcome)")
      expectMessageForm(outcome.err)
    }
    // What is there and wrong is damaged, not missing.
    for (name, text) in [("bad.json", "[1]"), ("key.json", "{\"size\": 3}"), ("value.json", "{\"crop\": \"x\"}")] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: scratch / name))
      #expect(try Tool.run("convert", "m.onnx", "--preprocess", name, in: scratch.path).code == 65)
    }
    for type in ["<U5", "<c8", ">f4", "|O"] {
      let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (1, 1, 16, 16), }\n"
      try (Data([0x93]) + Data("NUMPY\u{1}\u{0}".utf8) + Data([UInt8(header.utf8.count), 0]) + Data(header.utf8)).write(
        to: URL(fileURLWithPath: scratch / "x.npy"))
      #expect(try Tool.run("run", "m.o2m", "--input", "x.npy", in: scratch.path).code == 65)
    }
  }

  private func expect(_ arguments: [String], _ words: String, _ help: String, in scratch: Scratch) throws {
    let outcome = try Tool.start(Tool.binary, arguments, in: scratch.path, environment: [:])
    #expect(
      outcome.code == 65 && outcome.err.hasPrefix("error: \(arguments[arguments.count - 1]): \(words)\n") || arguments.last == "x.o2m",
      "\(arguments): \(outcome.err)")
    #expect(outcome.err.contains(words) && outcome.err.contains(help), "\(arguments): \(outcome.err)")
    expectMessageForm(outcome.err)
    #expect(!FileManager.default.fileExists(atPath: scratch / "x.o2m"))
  }
}
