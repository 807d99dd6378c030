import Foundation
import O2MImport
import O2MParity
import O2MTensor
import O2MTestSupport
import Testing

/// Models that are run on one chunk after another, on the command line. Those of Fixtures/streaming come with sequences of onnxruntime's.
struct StateCommandTests {
  struct Streaming: CustomTestStringConvertible, Sendable {
    var name: String
    var states: [String]
    /// The first output, and how many chunks are stored.
    var output: String
    var chunks: Int
    var folder: String { Tool.root + "/Fixtures/streaming/" + name }
    var model: String { folder + "/model.onnx" }
    var flags: [String] { states.flatMap { ["--state", $0] } }
    var testDescription: String { name }
  }

  static let all = [
    Streaming(name: "voice", states: ["h=hn", "c=cn"], output: "voice", chunks: 8),
    Streaming(name: "keywords", states: ["cache0=kept0", "cache1=kept1", "cache2=kept2"], output: "keyword", chunks: 8),
    Streaming(name: "decoder", states: ["state=next"], output: "scores", chunks: 10),
  ]

  private static func convert(_ item: Streaming, to bundle: String, _ more: String...) throws -> Outcome {
    try Tool.start(Tool.binary, ["convert", item.model, "-o", bundle] + item.flags + more, in: Tool.root, environment: [:])
  }

  /// At every precision a bundle holds on drawn chunks and on the stored ones, whose outputs are another runtime's; errors of each chunk
  /// are told, and the certificate is a sequence.
  @Test(arguments: all, ["float32", "float16", "int8-weights"]) func sequencesAreVerified(item: Streaming, precision: String) throws {
    let scratch = try Scratch(), bundle = scratch / "m.o2m"
    let converted = try Self.convert(item, to: bundle, "--precision", precision, "--json")
    #expect(converted.code == 0, "\(converted.err)")
    let report = try converted.json, parity = try #require(report["parity"] as? [String: Any])
    let drawn = try #require((parity["sequences"] as? [[String: Any]])?.first)
    #expect(drawn["chunks"] as? Int == 8 && (report["state"] as? [[String: String]])?.count == item.states.count)
    let alone = try Tool.run("verify", bundle, "--json"), certificate = try alone.json["certificate"] as? [String: Any]
    #expect(alone.code == 0 && certificate?["cases"] as? Int == 3)
    let stored = try Tool.run("verify", item.model, bundle, "--data", item.folder, "--json")
    #expect(stored.code == 0, "\(stored.out)")
    #expect(try JSONSchema("verify-report.json").faults(stored.json) == [])
    let sequence = try #require((try stored.json["sequences"] as? [[String: Any]])?.first)
    let outputs = try #require(sequence["outputs"] as? [[String: Any]])
    #expect(sequence["chunks"] as? Int == item.chunks && (outputs[0]["sqnr_db"] as? [Any])?.count == item.chunks)
    let text = try Tool.run("verify", item.model, bundle)
    let junit = try Tool.run("verify", item.model, bundle, "--format", "junit")
    let figures = junit.out.components(separatedBy: "the 8 chunks: ").dropFirst()
      .map { $0.prefix { $0 != "<" }.components(separatedBy: ", ") }
    #expect(junit.code == 0 && figures.allSatisfy { $0.count == 8 } && figures.joined().contains { $0.hasSuffix(" dB") })
    #expect(text.code == 0 && text.out.contains("one sequence of 8 chunks") && text.out.contains("worst chunk: "))
    #expect(text.out.split(separator: "\n").allSatisfy { $0.count <= 120 })
  }

  /// `run` on chunks gives what the stored sequence says, in each way in which chunks are given; without state it would not.
  @Test(arguments: all) func chunksAreRunInOrder(item: Streaming) throws {
    let scratch = try Scratch(), bundle = scratch / "m.o2m"
    #expect(try Self.convert(item, to: bundle, "--precision", "float32", "--no-verify").code == 0)
    let inputs = try (0..<item.chunks).map { try TensorFile(path: item.folder + "/test_data_set_\($0)/input_0.pb").tensor }
    let expected = try (0..<item.chunks).map { try TensorFile(path: item.folder + "/test_data_set_\($0)/output_0.pb").tensor.doubles() }
    let folder = scratch / "chunks"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var bytes: [UInt8] = []
    for (index, tensor) in inputs.enumerated() {
      try Data(Npy.encode(tensor)).write(to: URL(fileURLWithPath: folder + "/chunk_\(index).npy"))
      bytes += tensor.bytes
    }
    let all = Tensor(inputs[0].element, Shape([item.chunks] + inputs[0].shape.dims), bytes: bytes)
    try Data(Npy.encode(all)).write(to: URL(fileURLWithPath: scratch / "all.npy"))
    let files = (0..<item.chunks).flatMap { ["--input", folder + "/chunk_\($0).npy"] }
    for arguments in [["--data", item.folder], ["--input", folder], ["--input", scratch / "all.npy"], files] {
      let outcome = try Tool.start(Tool.binary, ["run", bundle, "--json"] + arguments, in: Tool.root, environment: [:])
      #expect(outcome.code == 0, "\(outcome.err)")
      let results = try #require(try outcome.json["results"] as? [[String: Any]])
      #expect(results.count == item.chunks)
      for (result, wanted) in zip(results, expected) {
        let output = try #require((result["outputs"] as? [[String: Any]])?.first { $0["name"] as? String == item.output })
        let found = try #require(output["values"] as? [Double])
        #expect(zip(found, wanted).allSatisfy { ($0 - $1).magnitude <= 1e-5 * max(1, $1.magnitude) })
      }
    }
    let alone = try Tool.run("run", bundle, "--json", "--input", folder + "/chunk_\(item.chunks - 1).npy")
    let values = ((try alone.json["results"] as? [[String: Any]])?[0]["outputs"] as? [[String: Any]])?[0]["values"] as? [Double]
    #expect(zip(try #require(values), expected[item.chunks - 1]).contains { ($0 - $1).magnitude > 1e-3 })
  }

  /// The other commands know the state of a bundle, also where the model stores what it begins with.
  @Test(arguments: all) func otherCommandsTakeState(item: Streaming) throws {
    let scratch = try Scratch(), bundle = scratch / "m.o2m"
    #expect(try Self.convert(item, to: bundle, "--precision", "float32").code == 0)
    let same = try Tool.run("diff", item.model, bundle, "--run")
    #expect(same.code == 0, "\(same.out)\(same.err)")
    let sound = try Tool.run("verify", item.model, bundle, "--bisect", "--per-layer", "--output", scratch / "b")
    #expect(sound.code == 0, "\(sound.out)\(sound.err)")
    #expect(try Tool.run("bench", bundle, "--runs", "2", "--warmup", "1").code == 0)
    #expect(try Tool.run("unpack", bundle, "-o", scratch / "i.o2m").code == 0)
    #expect(try Tool.run("verify", scratch / "i.o2m").code == 0)
  }

  @Test func dumpMarksState() throws {
    let scratch = try Scratch(), bundle = scratch / "m.o2m"
    #expect(try Self.convert(Self.all[0], to: bundle, "--no-verify").code == 0)
    let text = try Tool.run("dump", bundle)
    #expect(text.out.contains("format 1.8") && text.out.contains("state: hn of the run before"))
    let ports = try #require(try Tool.run("dump", bundle, "--json").json["inputs"] as? [[String: Any]])
    #expect(ports.map { $0["state"] as? String } == [nil, "hn", "cn"])
  }

  /// What `--state` cannot mean is refused with the names and types that decide.
  @Test(arguments: [
    (["hh=hn"], "it has no input 'hh'; did you mean 'h'?", 64), (["h=hm"], "it has no output 'hm'; did you mean 'hn'?", 64),
    (["h=voice"], "input 'h' is float32 [1, 1, 24], output 'voice' is float32 [1, 1]", 64), (["h=hn", "h=cn"], "twice for 'h'", 64),
    (["h"], "--state takes INPUT=OUTPUT, not 'h'", 64), (["=hn"], "--state takes INPUT=OUTPUT, not '=hn'", 64),
    (["audio=hn"], "input 'audio' is float32 [1, 256], output 'hn' is float32 [1, 1, 24]", 64),
  ])
  func badPairsAreRefused(states: [String], sentence: String, code: Int) throws {
    let scratch = try Scratch(), model = Self.all[0].model
    let outcome = try Tool.start(
      Tool.binary, ["convert", model, "-o", scratch / "m.o2m"] + states.flatMap { ["--state", $0] }, in: Tool.root, environment: [:])
    #expect(outcome.code == Int32(code) && outcome.err.contains(sentence), "\(outcome.err)")
    expectMessageForm(outcome.err)
  }

  /// A batch that is open is that of the state too; state whose extents do not follow its output is refused.
  @Test func openBatches() throws {
    let scratch = try Scratch()
    func write(_ state: ModelWriter.Extent, _ name: String) throws -> String {
      var model = ModelWriter()
      model.input("x", .float32, ["N", 3])
      model.input("s", .float32, [state, 3])
      model.node("Add", ["x", "s"], ["sum"])
      model.node("Tanh", ["sum"], ["y"])
      model.output("y")
      model.output("sum")
      try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / name))
      return scratch / name
    }
    let model = try write("N", "open.onnx"), bundle = scratch / "m.o2m"
    let converted = try Tool.run("convert", model, "-o", bundle, "--state", "s=y", "--symbol", "N=1..6", "--precision", "float32")
    #expect(converted.code == 0, "\(converted.err)")
    #expect(try Tool.run("verify", bundle).code == 0)
    let verified = try Tool.run("verify", model, bundle, "--json"), sequences = try verified.json["sequences"] as? [Any]
    #expect(verified.code == 0 && sequences?.count ?? 0 > 1, "\(verified.out)")
    let x = Tensor([2, 4, 3], (0..<24).map { Float($0) / 24 })
    try Data(Npy.encode(x)).write(to: URL(fileURLWithPath: scratch / "x0.npy"))
    for index in 0..<2 {
      let chunk = Tensor([4, 3], (0..<12).map { Float($0 + 12 * index) / 24 })
      try Data(Npy.encode(chunk)).write(to: URL(fileURLWithPath: scratch / "c\(index).npy"))
    }
    let run = try Tool.run("run", bundle, "--input", "x=" + scratch / "c0.npy", "--input", "x=" + scratch / "c1.npy", "--json")
    let results = try #require(try run.json["results"] as? [[String: Any]])
    let sums = ((results[1]["outputs"] as? [[String: Any]])?[1]["values"] as? [Double]) ?? []
    for index in 0..<12 {
      let wanted = Double(index + 12) / 24 + tanh(Double(index) / 24)
      #expect((sums[index] - wanted).magnitude < 1e-6)
    }
    let other = try write("M", "apart.onnx")
    let refused = try Tool.run("convert", other, "-o", scratch / "n.o2m", "--state", "s=y", "--symbol", "N=1..6", "--symbol", "M=1..1")
    #expect(refused.code == 64 && refused.err.contains("--state: with input 's' [1, 3] the output 'y' is ["), "\(refused.err)")
    expectMessageForm(refused.err)
  }

  /// Sets that store another state than the set before left are sequences of their own; those that store what it left are one.
  @Test func storedStatesTellSequencesApart() throws {
    let scratch = try Scratch(), item = Self.all[0], bundle = scratch / "m.o2m"
    #expect(try Self.convert(item, to: bundle, "--precision", "float32").code == 0)
    func copy(_ name: String, _ state: (Int, Int) throws -> Tensor) throws -> String {
      for chunk in 0..<4 {
        let target = scratch / "\(name)/test_data_set_\(chunk)", source = item.folder + "/test_data_set_\(chunk)"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: source + "/input_0.pb", toPath: target + "/input_0.pb")
        for index in 1...2 {
          try Data(TensorFile(name: ["h", "c"][index - 1], tensor: try state(chunk, index)).bytes).write(
            to: URL(fileURLWithPath: target + "/input_\(index).pb"))
        }
      }
      return scratch / name
    }
    let zeros = Tensor([1, 1, 24], [Float](repeating: 0, count: 24))
    let carried = try copy("carried") { chunk, index in
      chunk == 0 ? zeros : try TensorFile(path: item.folder + "/test_data_set_\(chunk - 1)/output_\(index).pb").tensor
    }
    let apart = try copy("apart") { chunk, _ in Tensor([1, 1, 24], [Float](repeating: Float(chunk) / 4, count: 24)) }
    let one = try Tool.run("verify", item.model, bundle, "--data", carried, "--json")
    let whole = try one.json["sequences"] as? [[String: Any]]
    #expect(one.code == 0 && whole?.map { $0["chunks"] as? Int } == [4])
    let several = try Tool.run("verify", item.model, bundle, "--data", apart, "--json"), none = try several.json["sequences"]
    #expect(several.code == 0 && none == nil)
  }
}
