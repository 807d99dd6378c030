import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// What a verdict is measured on, and what that is worth.
struct EvidenceTests {
  /// `y = Sigmoid(gain · x + offset)` of four numbers.
  private func write(_ path: String, gain: Float, offset: Float) throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, 4])
    model.initializer("gain", Tensor([], [gain]))
    model.initializer("offset", Tensor([], [offset]))
    model.node("Mul", ["x", "gain"], ["a"])
    model.node("Add", ["a", "offset"], ["b"])
    model.node("Sigmoid", ["b"], ["y"])
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
  }

  private func store(_ inputs: [(String, Tensor)], _ outputs: [(String, Tensor)], in folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (kind, tensors) in [("input", inputs), ("output", outputs)] {
      for (index, item) in tensors.enumerated() {
        let bytes = TensorFile(name: item.0, tensor: item.1).bytes
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(kind)_\(index).pb"))
      }
    }
  }

  @Test(
    arguments: [
      (2, 0, "seeded", "measured on 3 inputs that were drawn"), (0, 1, "weak", "output 'y' is the same for all drawn inputs"),
      (2, 60, "weak", "output 'y' is "), (2000, 0, "weak", "output 'y' is 0 or 1 throughout for drawn inputs, which hides errors"),
      (0.001, 1, "weak", "drawn inputs move output 'y' by -"),
    ] as [(Float, Float, String, String)])
  func evidenceIsWhatTheOutputsTell(gain: Float, offset: Float, evidence: String, reason: String) throws {
    let scratch = try Scratch()
    try write(scratch / "m.onnx", gain: gain, offset: offset)
    func convert(_ flag: String) throws -> Outcome { try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "m.o2m", flag) }
    let converted = try convert("--json")
    #expect(converted.code == 0, "\(converted.err)")
    let parity = try #require(try converted.json["parity"] as? [String: Any])
    #expect(parity["evidence"] as? String == evidence)
    #expect((parity["evidence_reason"] as? String)?.hasPrefix(reason) == true, "\(parity["evidence_reason"] ?? "")")
    for verified in [
      try Tool.run("verify", scratch / "m.onnx", scratch / "m.o2m", "--format", "json"),
      try Tool.run("verify", scratch / "m.o2m", "--format", "json"),
    ] {
      #expect(verified.code == 0)
      #expect(try verified.json["evidence"] as? String == evidence)
    }
    let isWeak = evidence == "weak"
    #expect(try convert("--explain").out.contains("pass, weak evidence: ") == isWeak)
    try FileManager.default.removeItem(atPath: scratch / "m.o2m")
    let strict = try convert("--require-evidence")
    #expect(strict.code == (isWeak ? 1 : 0))
    #expect(FileManager.default.fileExists(atPath: scratch / "m.o2m") == !isWeak)
    if isWeak { expectMessageForm(strict.err) }
  }

  @Test func dataIsEvidence() throws {
    let scratch = try Scratch()
    let x = Tensor([1, 4], [0.5, -1, 2, 0] as [Float]), y = Tensor([1, 4], x.doubles().map { Float(1 / (1 + exp(-2 * $0))) })
    try write(scratch / "m.onnx", gain: 2, offset: 0)
    try store([("x", x)], [("y", y)], in: scratch / "right")
    try store([("x", x)], [("y", x)], in: scratch / "wrong")
    try store([("x", x)], [], in: scratch / "inputs")
    // As numpy_helper.from_array writes it, where nobody gives a name.
    try store([("", x)], [("", y)], in: scratch / "unnamed")
    for folder in ["right", "inputs", "unnamed"] {
      let converted = try Tool.run(
        "convert", scratch / "m.onnx", "-o", scratch / "m.o2m", "--data", scratch / folder, "--require-evidence", "--json")
      #expect(converted.code == 0, "\(converted.err)")
      let parity = try #require(try converted.json["parity"] as? [String: Any])
      #expect(parity["evidence"] as? String == "data" && parity["evidence_reason"] as? String == "measured on 1 input that was given")
      // The certificate holds the data, so it says the same.
      #expect(try Tool.run("verify", scratch / "m.o2m", "--format", "json").json["evidence"] as? String == "data")
    }
    let refused = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "n.o2m", "--data", scratch / "wrong")
    #expect(refused.code == 1 && !FileManager.default.fileExists(atPath: scratch / "n.o2m"))
    expectMessageForm(refused.err)
    let missing = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "n.o2m", "--data", scratch / "none")
    #expect(missing.code == 66)
    expectMessageForm(missing.err)
    let pictures = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "n.o2m", "--pictures", scratch / "right")
    #expect(pictures.code == 64)
    expectMessageForm(pictures.err)
  }

  @Test func picturesAreEvidence() throws {
    let scratch = try Scratch()
    let converted = try Tool.convertDigits(to: scratch / "d.o2m", ["--pictures", Tool.digits + "/pictures", "--json"])
    #expect(converted.code == 0, "\(converted.err)")
    let parity = try #require(try converted.json["parity"] as? [String: Any])
    #expect(parity["evidence"] as? String == "data")
    let count = try FileManager.default.contentsOfDirectory(atPath: Tool.digits + "/pictures").count
    let outputs = try #require(parity["outputs"] as? [[String: Any]])
    #expect(count > 32 && outputs[0]["cases"] as? Int == 32)
  }

  /// y = exp(x), of any length.
  private func writeOpen(_ path: String) throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, "length"])
    model.node("Exp", ["x"], ["y"])
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
  }

  /// An open extent is that of the data; without data it stays open.
  @Test func dataPinsOpenExtents() throws {
    let scratch = try Scratch()
    try writeOpen(scratch / "m.onnx")
    try store([("x", Tensor([1, 7], [Float](repeating: 0.5, count: 7)))], [], in: scratch / "data")
    let open = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "open.o2m")
    #expect(open.code == 0 && open.out.contains("length 1..4096"), "\(open.err)")
    let converted = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "m.o2m", "--data", scratch / "data")
    #expect(converted.code == 0 && !converted.out.contains("extent"), "\(converted.err)")
  }

  /// Data of several shapes leaves extents open, and the verdict is about each shape.
  @Test func dataOfSeveralShapesLeavesExtentsOpen() throws {
    let scratch = try Scratch()
    try writeOpen(scratch / "m.onnx")
    for (index, length) in [7, 12, 7, 30].enumerated() {
      let x = Tensor([1, length], (0..<length).map { Float($0) / Float(length) }), y = x.doubles().map { Float(exp($0)) }
      // The last one's outputs are those of another model.
      let output = Tensor([1, length], index == 3 ? y.map { 2 * $0 } : y)
      for (folder, output) in [("right", Tensor([1, length], y)), ("wrong", output)] {
        try store([("x", x)], [("y", output)], in: scratch / "\(folder)/test_data_set_\(index)")
      }
    }
    let converted = try Tool.run(
      "convert", scratch / "m.onnx", "-o", scratch / "m.o2m", "--data", scratch / "right", "--require-evidence")
    #expect(converted.code == 0 && converted.out.contains("typically 7"), "\(converted.out)\(converted.err)")
    #expect(converted.out.contains("measured  also at length=12, length=30"), "\(converted.out)")
    #expect(try Tool.run("verify", scratch / "m.onnx", scratch / "m.o2m", "--data", scratch / "right").code == 0)
    let ranged = try Tool.run(
      "convert", scratch / "m.onnx", "-o", scratch / "r.o2m", "--data", scratch / "right", "--symbol", "length=1..40", "--typical",
      "length=30")
    #expect(ranged.code == 0 && ranged.out.contains("length 1..40, typically 30"), "\(ranged.err)")
    let narrow = try Tool.run(
      "convert", scratch / "m.onnx", "-o", scratch / "n.o2m", "--data", scratch / "right", "--symbol", "length=1..20")
    #expect(narrow.code == 64 && narrow.err.contains("the data has length=30, the range is 1..20"), "\(narrow.err)")
    expectMessageForm(narrow.err)
    let wrong = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "n.o2m", "--data", scratch / "wrong")
    #expect(wrong.code == 1 && !FileManager.default.fileExists(atPath: scratch / "n.o2m"), "\(wrong.out)")
  }
}
