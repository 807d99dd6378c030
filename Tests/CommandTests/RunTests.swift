import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

import onnx2mobile

/// `run` and `dump`.
struct RunTests {
  @Test func picturesAreClassified() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    let outcome = try Tool.run("run", scratch / "d.o2m", "--input", "image=" + Tool.picture, "--top", "3")
    #expect(outcome.code == 0)
    let lines = outcome.out.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first?.hasSuffix("2  two") == true)

    let missing = try Tool.run("run", scratch / "d.o2m", "--input", "image=none.png")
    #expect(missing.code == 66)
    #expect(try Tool.run("run", scratch / "d.o2m", "--input", "nothing=" + Tool.picture).code == 64)
    #expect(try Tool.run("run", scratch / "d.o2m").code == 64)
    #expect(try Tool.run("run", scratch / "d.o2m", "--reference", "--input", Tool.picture).code == 64)
  }

  /// Where the bundle has labels, classes are printed; many pictures are many runs, and JSON has all of it.
  @Test func manyPicturesAreManyRuns() throws {
    let scratch = try Scratch(), pictures = Tool.digits + "/pictures", bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: pictures).sorted().map { pictures + "/" + $0 }
    let one = try Tool.run("run", bundle, Tool.picture)
    #expect(one.code == 0 && one.out.split(separator: "\n").count == 5 && one.out.contains("2  two"))
    let two = try Tool.run("run", bundle, names[0], "--top", "1", "--input", "image=" + names[1])
    #expect(two.code == 0 && two.out.hasPrefix(names[0] + "\n") && two.out.contains("\n\n" + names[1] + "\n"))

    let all = try Tool.run("run", bundle, "--input", pictures, "--json", "--top", "2")
    let results = try #require(try all.json["results"] as? [[String: Any]])
    #expect(results.compactMap { $0["input"] as? String } == names)
    for (name, result) in zip(names, results) {
      let output = try #require((result["outputs"] as? [[String: Any]])?.first), top = try #require(output["top"] as? [[String: Any]])
      #expect(top.count == 2 && (output["values"] as? [Double])?.count == 10 && output["type"] as? String == "float32")
      #expect(name.hasSuffix("label\(top[0]["class"] as? Int ?? -1).png") && top[0]["label"] is String)
    }
    #expect(try Tool.run("run", bundle, "--input", pictures, "--output-dir", scratch / "out").code == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch / "out").count == names.count)
    #expect(FileManager.default.fileExists(atPath: scratch / "out/digit_00_label2/logits.npy"))
    // Tensors are one for each input.
    let set = Tool.digits + "/test_data_set_0/input_0.pb"
    let twice = try Tool.run("run", bundle, "--input", "image=" + set, "--input", "image=" + set)
    #expect(twice.code == 64 && twice.err.contains("--input is given twice for 'image'"))
    expectMessageForm(twice.err)
  }

  /// Shares are no scores, whichever output gives them, and whether what makes them is a node or the activation of a layer.
  @Test(arguments: [false, true]) func sharesStayWhatTheyAre(isLayer: Bool) throws {
    let scratch = try Scratch(), logits: [Float] = [2, -1, 0.5]
    var model = ModelWriter()
    model.input("x", .float32, [1, 3])
    model.initializer("w", Tensor([3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float]))
    model.node("Mul", ["x", "two"], ["scores"], name: "scores")
    model.initializer("two", Tensor([1], [1] as [Float]))
    if isLayer { model.node("Gemm", ["x", "w"], ["z"], name: "z") }
    model.node("Sigmoid", [isLayer ? "z" : "x"], ["shares"], name: "shares")
    model.output("scores")
    model.output("shares")
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    try Data(TensorFile(name: "", tensor: Tensor([1, 3], logits)).bytes).write(to: URL(fileURLWithPath: scratch / "x.pb"))
    try Data("cat\ndog\nbird\n".utf8).write(to: URL(fileURLWithPath: scratch / "labels.txt"))
    let exponents = logits.map { exp(Double($0)) }, sum = exponents.reduce(0, +)
    for labels in [["--labels", scratch / "labels.txt"], []] {
      let flags = ["--precision", "float32"] + labels
      let converted = try Tool.start(
        Tool.binary, ["convert", scratch / "m.onnx", "-o", scratch / "m.o2m"] + flags, in: Tool.root, environment: [:])
      #expect(converted.code == 0, "\(converted.err)")
      for file in [scratch / "m.onnx", scratch / "m.o2m"] {
        let outcome = try Tool.run("run", file, "--input", scratch / "x.pb", "--top", "3", "--json")
        let result = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
        let outputs = try #require(result["outputs"] as? [[String: Any]])
        let shares = try outputs.map { output in
          let top = try #require(output["top"] as? [[String: Any]])
          #expect(top.map { $0["class"] as? Int } == [0, 2, 1])
          let isNamed = !labels.isEmpty && file.hasSuffix("o2m")
          #expect(isNamed ? top[0]["label"] as? String == "cat" : top[0]["label"] is NSNull)
          return try [0, 2, 1].map { try #require(top[$0]["share"] as? Double) }
        }
        for (index, logit) in logits.enumerated() {
          #expect((shares[0][index] - exponents[index] / sum).magnitude < 1e-6)
          #expect((shares[1][index] - 1 / (1 + exp(-Double(logit)))).magnitude < 1e-6)
        }
      }
    }
  }

  /// A model has no preparation of its own.
  @Test func modelsTakePictures() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle, ["--precision", "float32"]).code == 0)
    let arguments = ["--input", Tool.picture, "--top", "1", "--json"]
    let model = try Tool.start(
      Tool.binary, ["run", Tool.model, "--preprocess", Tool.digits + "/preprocess.json"] + arguments, in: Tool.root, environment: [:])
    let own = try Tool.start(Tool.binary, ["run", bundle] + arguments, in: Tool.root, environment: [:])
    func share(_ outcome: Outcome) throws -> Double {
      let result = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
      let top = try #require(((result["outputs"] as? [[String: Any]])?.first?["top"] as? [[String: Any]])?.first)
      #expect(top["class"] as? Int == 2)
      return try #require(top["share"] as? Double)
    }
    #expect(try (share(model) - share(own)).magnitude < 1e-4)
    #expect(try Tool.run("run", bundle, "--input", Tool.picture, "--preprocess", "none").code == 64)
    #expect(try Tool.run("run", Tool.model, "--input", Tool.picture, "--preprocess", "nothing=1").code == 64)
  }

  /// Whoever takes a picture refuses it where nothing says how it becomes the input, though it has the input's size.
  @Test func picturesNeedAPreparation() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m", pictures = Tool.digits + "/pictures"
    let unprepared = ["convert", Tool.model, "-o", bundle, "--precision", "float32"]
    #expect(try Tool.start(Tool.binary, unprepared, in: Tool.root, environment: [:]).code == 0)
    for arguments in [
      ["run", bundle, Tool.picture], ["run", bundle, pictures], ["run", Tool.model, Tool.picture],
      ["verify", Tool.model, bundle, "--pictures", pictures],
      ["convert", Tool.model, "-o", scratch / "n.o2m", "--pictures", pictures],
    ] {
      let outcome = try Tool.start(Tool.binary, arguments, in: Tool.root, environment: [:])
      #expect(outcome.code == 64 && outcome.out.isEmpty, "\(arguments)")
      #expect(outcome.err.contains("how a picture becomes its input") && outcome.err.contains("--preprocess HOW"), "\(outcome.err)")
      expectMessageForm(outcome.err)
    }
    // Who wants the levels says so.
    let levels = try Tool.start(Tool.binary, ["run", Tool.model, Tool.picture, "--preprocess", "none"], in: Tool.root, environment: [:])
    #expect(levels.code != 64 || !levels.err.contains("how a picture becomes"), "\(levels.err)")
  }

  /// A model runs on the reference; an output's name becomes the name of a file.
  @Test func outputsBecomeFiles() throws {
    let scratch = try Scratch()
    let set = Tool.digits + "/test_data_set_0/input_0.pb"
    #expect(try Tool.run("run", Tool.model, "--input", "image=" + set, "--output-dir", scratch / "out").code == 0)
    let written = try bytes(scratch / "out/logits.npy")
    #expect(written.starts(with: [0x93] + Array("NUMPY".utf8)))
    #expect(written.count == 128 + 40)
  }

  @Test func namesOfFilesAreApart() {
    let long = String(repeating: "ä", count: 200)
    let names = FileNames.npy(for: ["a/b", "a_b", "A_B", "a", "A", long, long + "x", "/"])
    #expect(names.prefix(5) == ["a_b_3.npy", "a_b.npy", "A_B_2.npy", "a.npy", "A_2.npy"])
    #expect(names[7] == "_.npy")
    #expect(Set(names.map { $0.lowercased() }).count == names.count && names.allSatisfy { $0.utf8.count <= 255 })
  }

  @Test func graphsAreShown() throws {
    let all = try Tool.run("dump", Tool.model)
    #expect(all.code == 0)
    #expect(all.out.contains("(imported): 30 nodes, 19,194 parameters, 664 K MACs"))
    #expect(try Tool.run("dump", Tool.model, "--stage", "optimized").out.contains("(optimized): 12 nodes"))
    let one = try Tool.run("dump", Tool.model, "--node", "/classifier/*", "--weights")
    #expect(one.out.contains("1 of 30 nodes matches"))
    #expect(one.out.contains("classifier.bias"))
    #expect(try Tool.run("dump", Tool.model, "--node", "nothing").code == 64)
    #expect(try Tool.run("dump", Tool.model, "--stage", "planned").out.contains("arena"))
    let graph = try Tool.run("dump", Tool.model, "--format", "dot")
    #expect(graph.out.hasPrefix("digraph ") && graph.out.hasSuffix("}\n"))
    let json = try Tool.run("dump", Tool.model, "--format", "json").json
    #expect((json["nodes"] as? [Any])?.count == 30)
    for stage in ["imported", "optimized", "planned"] {
      for line in try Tool.run("dump", Tool.model, "--stage", stage).out.split(separator: "\n").dropFirst() { #expect(line.count <= 80) }
    }
  }

  /// What an operator is set to stands in words, never as Swift describes a value.
  @Test func attributesAreWords() throws {
    let folder = URL(fileURLWithPath: Tool.root + "/Fixtures/ops")
    let models = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)).compactMap { $0 as? URL }
      .filter { $0.pathExtension == "onnx" }.sorted { $0.path < $1.path }
    #expect(models.count >= 100)
    var texts: Set<String> = []
    for model in models {
      let outcome = try Tool.run("dump", model.path, "--json")
      guard outcome.code == 0 else { continue }
      for node in try #require(outcome.json["nodes"] as? [[String: Any]]) { texts.insert(node["attributes"] as? String ?? "") }
    }
    for text in texts {
      #expect(!text.contains(/[A-Z]\w*\(|\w+: |Optional|\[|O2M/) || text.contains("->"), "\(text)")
    }
    #expect(texts.contains("keepdims 0") && texts.count >= 50)
  }

  @Test func weightsAreSummedUp() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m", ["--precision", "float32"]).code == 0)
    func weights(_ arguments: String...) throws -> [[String: Any]] {
      let outcome = try Tool.start(Tool.binary, ["dump"] + arguments + ["--weights", "--json"], in: Tool.root, environment: [:])
      return try #require(outcome.json["weights"] as? [[String: Any]], "\(outcome.err)")
    }
    // A bundle stores what the passes left, in another order.
    let key = { (weight: [String: Any]) in "\(weight["minimum"] ?? "") \(weight["maximum"] ?? "") \(weight["shape"] ?? "")" }
    let model = try weights(Tool.model, "--stage", "optimized"), bundle = try weights(scratch / "d.o2m")
    #expect(!model.isEmpty && model.map(key).sorted() == bundle.map(key).sorted())
    #expect(try weights(Tool.model, "--stage", "planned").map(key).sorted() == bundle.map(key).sorted())
    #expect(try weights(scratch / "d.o2m", "--node", "Gemm").count == 2)
    #expect(try Tool.run("dump", scratch / "d.o2m", "--weights").out.contains("\n  weight "))
  }

  /// The same constants at every precision; those that are rounded have other hashes.
  @Test func constantsAreHashedBeforeTheyArePacked() throws {
    func constants(_ precision: String) throws -> [[String: Any]] {
      let json = try Tool.run("dump", Tool.model, "--stage", "planned", "--precision", precision, "--format", "json").json
      return try #require(json["constants"] as? [[String: Any]])
    }
    let exact = try constants("float32"), rounded = try constants("int8-weights")
    #expect(exact.map { $0["value"] as? Int } == Array(1...exact.count))
    #expect(exact.map { $0["name"] as? String } == rounded.map { $0["name"] as? String })
    for (a, b) in zip(exact, rounded) {
      let isWeight = (a["shape"] as? [Int])?.count ?? 0 > 1
      #expect((a["xxh64"] as? String)?.count == 16)
      #expect((a["xxh64"] as? String == b["xxh64"] as? String) != isWeight, "\(a["name"] ?? "")")
    }
  }

  @Test func bundlesAreShown() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    let outcome = try Tool.run("dump", scratch / "d.o2m")
    #expect(outcome.out.contains("task      classify: 'logits', 10 classes\n"), "\(outcome.out)")
    for section in ["manifest", "graph", "plan", "weights", "certificate", "names"] { #expect(outcome.out.contains("\n  \(section) ")) }
    for line in outcome.out.split(separator: "\n").dropFirst() { #expect(line.count <= 80) }
    for arguments in [[scratch / "d.o2m"], [Tool.model, "--stage", "planned"]] {
      let dot = try Tool.start(Tool.binary, ["dump"] + arguments + ["--format", "dot"], in: Tool.root, environment: [:])
      #expect(dot.out.hasPrefix("digraph ") && dot.out.hasSuffix("}\n"))
      #expect(dot.out.split(separator: "\n").count { $0.hasPrefix("  s") && $0.contains("[label=") } == 12)
      for end in ["in0 -> s0", "s11 -> out0"] { #expect(dot.out.contains("  \(end);\n")) }
    }
    #expect(try Tool.run("dump", scratch / "d.o2m", "--stage", "imported").code == 64)
  }
}
