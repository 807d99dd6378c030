import Foundation
import O2MConvert
import O2MParity
import Testing

/// What a verdict asks for: flags, `onnx2mobile.json`, baselines.
struct PolicyTests {
  /// A text that is no JSON: line and column of the place, and why.
  static let faults: [(text: String, fault: JSONFault)] = [
    ("", .init(line: 1, column: 1, reason: .ended)), ("{", .init(line: 1, column: 2, reason: .ended)),
    ("{\n  \"a\": 1,\n}", .init(line: 3, column: 1, reason: .unexpected)), ("{\n\"a\" 1}", .init(line: 2, column: 5, reason: .unexpected)),
    ("{\"a\": 1 \"b\": 2}", .init(line: 1, column: 9, reason: .unexpected)), ("[1,,2]", .init(line: 1, column: 4, reason: .unexpected)),
    ("{\"a\": 1,\n \"a\": 2}", .init(line: 2, column: 2, reason: .repeatedKey("a"))), ("[01]", .init(line: 1, column: 2, reason: .word)),
    ("[NaN]", .init(line: 1, column: 2, reason: .word)), ("[1e999]", .init(line: 1, column: 2, reason: .word)),
    ("[True]", .init(line: 1, column: 2, reason: .word)), ("[\"a\nb\"]", .init(line: 1, column: 4, reason: .control)),
    ("[\"\\x\"]", .init(line: 1, column: 4, reason: .escape)), ("[\"\\ud800\"]", .init(line: 1, column: 9, reason: .escape)),
    ("1 2", .init(line: 1, column: 3, reason: .more)), ("[\"abc", .init(line: 1, column: 6, reason: .ended)),
    (String(repeating: "[", count: 40), .init(line: 1, column: 34, reason: .nesting(limit: 32))),
  ]

  @Test(arguments: faults.indices)
  func jsonFaultsHaveTheirPlace(index: Int) {
    let (text, fault) = Self.faults[index]
    #expect(throws: fault) { try PlacedJSON(Array(text.utf8)) }
  }

  @Test func jsonIsRead() throws {
    let text = "\u{FEFF}{ \"a\" : [ -1.5e2, true, null, {} ],\r\n \"\\u00e9\\ud83d\\ude00\\n\\/\": \"x\" }"
    let value = try PlacedJSON(Array(text.utf8))
    #expect(value["a"]?.list?[0].number == -150 && value["a"]?.list?[1].truth == true && value["a"]?.list?[2].content == .null)
    #expect(value["é😀\n/"]?.text == "x" && value.members?[1].line == 2)
    #expect(throws: JSONFault.self) { try PlacedJSON([0x22, 0xFF, 0x22]) }
  }

  /// What stands in the file, and what an output then has to hold.
  @Test func theNearestThresholdCounts() throws {
    let policy = try VerificationPolicy(
      Array(
        """
        { "min_sqnr_db": 10, "min_top1": 0.5, "rtol": 1,
          "precisions": { "float16": { "min_sqnr_db": 20 } },
          "outputs": { "a": { "min_sqnr_db": 30, "precisions": { "int8-weights": { "min_sqnr_db": 40, "atol": 2 } } } },
          "max_fall_db": 7, "require_evidence": true }
        """.utf8))
    func least(_ output: String, _ precision: Precision) -> Double? { policy.thresholds(output, precision).minimumSQNR }
    #expect(least("b", .float32) == 10 && least("b", .float16) == 20 && least("a", .float16) == 30 && least("a", .int8Weights) == 40)
    #expect(policy.thresholds("a", .int8Weights).minimumTop1 == 0.5)
    // A pair is kept whole.
    #expect(policy.thresholds("a", .int8Weights).relative == nil && policy.thresholds("b", .float16).relative == 1)
    #expect(policy.maximumFall == 7 && policy.requiresEvidence)
  }

  /// A broken file beside the model: exit code 65 with the line and the key.
  @Test(arguments: [
    ("{\n  \"min_sqnr\": 30\n}", "line 2: there is no 'min_sqnr'; did you mean 'min_sqnr_db'?"),
    ("{ \"min_top1\": 2 }", "line 1: 'min_top1' is not a number from 0 to 1"),
    ("{\n \"outputs\": {\n  \"logit\": {} } }", "line 3: there is no 'logit'; did you mean 'logits'?"),
    ("{ \"outputs\": { \"logits\": { \"max_fall_db\": 1 } } }", "line 1: there is no 'max_fall_db'"),
    ("{ \"precisions\": { \"int8\": {} } }", "line 1: there is no 'int8'; did you mean 'int8-weights'?"),
    ("{ \"precisions\": { \"float16\": { \"precisions\": {} } } }", "line 1: there is no 'precisions'"),
    ("{ \"require_evidence\": 1 }", "line 1: 'require_evidence' is not true or false"),
    ("{ \"outputs\": [] }", "line 1: 'outputs' is not an object"),
    ("{\n \"rtol\": -1 }", "line 2: 'rtol' is not a number of 0 or more"), ("[]", "line 1: 'the file' is not an object"),
    ("{\n\n \"rtol\" }", "line 3, column 9: something else is expected here"), ("", "line 1, column 1: the text ends before"),
  ])
  func brokenFilesHaveTheirLine(text: String, words: String) throws {
    let scratch = try Scratch(), file = scratch / "onnx2mobile.json"
    try FileManager.default.copyItem(atPath: Tool.model, toPath: scratch / "m.onnx")
    #expect(try Tool.run("convert", "m.onnx", in: scratch.path).code == 0)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    for arguments in [["verify", "m.onnx", "m.o2m"], ["verify", "m.o2m", "--config", "onnx2mobile.json"]] {
      let outcome = try Tool.start(Tool.binary, arguments, in: scratch.path, environment: [:])
      #expect(outcome.code == 65 && outcome.err.hasPrefix("error: onnx2mobile.json: \(words)"), "\(outcome.err)")
      expectMessageForm(outcome.err)
    }
    // Another file in its place, and a bundle alone does not look for it.
    try Data("{}".utf8).write(to: URL(fileURLWithPath: scratch / "other.json"))
    #expect(try Tool.run("verify", "m.onnx", "m.o2m", "--config", "other.json", in: scratch.path).code == 0)
    #expect(try Tool.run("verify", "m.o2m", in: scratch.path).code == 0)
    #expect(try Tool.run("verify", scratch / "m.onnx", scratch / "m.o2m").code == 65)
    #expect(try Tool.run("verify", "m.onnx", "m.o2m", "--config", "none.json", in: scratch.path).code == 66)
  }

  /// Flags come before the file, the file before what the precision asks for.
  @Test func filesDecideWhereNoFlagDoes() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Tool.model, toPath: scratch / "m.onnx")
    #expect(try Tool.run("convert", "m.onnx", in: scratch.path).code == 0)
    func verify(_ text: String, _ flags: String...) throws -> Outcome {
      try Data(text.utf8).write(to: URL(fileURLWithPath: scratch / "onnx2mobile.json"))
      return try Tool.start(Tool.binary, ["verify", "m.onnx", "m.o2m", "--format", "json"] + flags, in: scratch.path, environment: [:])
    }
    #expect(try verify("{}").code == 0)
    let strict = "{ \"precisions\": { \"int8-weights\": { \"min_sqnr_db\": 70 } } }"
    let failed = try verify(strict)
    #expect(failed.code == 1)
    let criterion = try #require((try failed.json["failed"] as? [[String: Any]])?.first)
    #expect(
      criterion["criterion"] as? String == "sqnr" && criterion["output"] as? String == "logits" && criterion["needed"] as? Double == 70)
    #expect(try verify(strict, "--min-sqnr", "10").code == 0)
    #expect(try verify("{ \"precisions\": { \"float32\": { \"min_sqnr_db\": 200 } } }").code == 0, "another precision")
    #expect(try verify("{ \"min_sqnr_db\": 70, \"outputs\": { \"logits\": { \"min_sqnr_db\": 10 } } }").code == 0)
    let own = try verify("{ \"outputs\": { \"logits\": { \"min_sqnr_db\": 12 } } }")
    let output = try #require((try own.json["outputs"] as? [[String: Any]])?.first)
    #expect((output["thresholds"] as? [String: Any])?["min_sqnr_db"] as? Double == 12)
  }

  /// What `verify` will ask for is asked for before a bundle is written.
  @Test func convertHeedsTheFile() throws {
    let scratch = try Scratch(), file = scratch / "onnx2mobile.json"
    try FileManager.default.copyItem(atPath: Tool.model, toPath: scratch / "m.onnx")
    func convert(_ text: String, _ flags: String...) throws -> Outcome {
      try? FileManager.default.removeItem(atPath: scratch / "m.o2m")
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      let outcome = try Tool.start(Tool.binary, ["convert", "m.onnx"] + flags, in: scratch.path, environment: [:])
      #expect(FileManager.default.fileExists(atPath: scratch / "m.o2m") == (outcome.code == 0))
      if outcome.code != 0 { expectMessageForm(outcome.err) }
      return outcome
    }
    // The search goes on to wider weights until the file is content, which verify then is too.
    let plain = try convert("{}")
    #expect(plain.code == 0 && plain.out.contains("SQNR ≥ 20 dB"))
    let strict = try convert("{ \"min_sqnr_db\": 90 }")
    #expect(strict.code == 0 && strict.out.contains("SQNR ≥ 90 dB"), "\(strict.err)")
    #expect(try Tool.run("verify", "m.onnx", "m.o2m", in: scratch.path).code == 0)
    #expect(try Tool.run("verify", "m.o2m", in: scratch.path).code == 0)
    let own = try convert("{ \"outputs\": { \"logits\": { \"min_sqnr_db\": 15 } } }")
    #expect(own.code == 0 && own.out.contains("asked for SQNR ≥ 15 dB"))
    #expect(try convert("{ \"min_sqnr_db\": 199 }").code == 1)
    #expect(try convert("{ \"min_sqnr_db\": 199 }", "--min-sqnr", "20").code == 0)
    #expect(try convert("{ \"min_sqnr_db\": 199 }", "--no-verify").code == 0)
    let classes = try convert("{}", "--min-top1", "1")
    #expect(classes.code == 0 && classes.out.contains("best class ≥ 100.0 %"))
    #expect(try convert("{ \"min_sqnr_db\": 199 }", "--config", "none.json").code == 66)
    let unknown = try convert("{ \"outputs\": { \"logit\": {} } }")
    #expect(unknown.code == 65 && unknown.err.hasPrefix("error: onnx2mobile.json: line 1: there is no 'logit'"), "\(unknown.err)")
    #expect(try convert("{ \"min_sqnr\": 1 }").code == 65)
  }

  /// A fall by more than is allowed fails; what lies above 100 dB is no fall.
  @Test func baselinesHold() throws {
    let scratch = try Scratch(), model = Tool.model, bundle = scratch / "m.o2m"
    #expect(try Tool.run("convert", model, "-o", bundle).code == 0)
    let report = try Tool.run("verify", model, bundle, "--format", "json").out
    let digits = try #require(report.firstMatch(of: /"sqnr_db" : ([0-9.]+)/)).1
    let sqnr = try #require(Double(digits))
    func verify(_ before: Double, _ flags: String...) throws -> Outcome {
      let text = report.replacing(/"sqnr_db" : [0-9.]+/) { _ in "\"sqnr_db\" : \(before)" }
      try Data(text.utf8).write(to: URL(fileURLWithPath: scratch / "b.json"))
      return try Tool.start(
        Tool.binary, ["verify", model, bundle, "--baseline", scratch / "b.json"] + flags, in: Tool.root, environment: [:])
    }
    #expect(try verify(sqnr).code == 0)
    #expect(try verify(sqnr - 20).code == 0)
    #expect(try verify(sqnr + 2.9).code == 0)
    let fallen = try verify(sqnr + 3.1)
    #expect(fallen.code == 1 && fallen.err.contains("SQNR fell by 3.1 dB") && fallen.out.contains("\nfail (baseline): "))
    expectMessageForm(fallen.err)
    #expect(try verify(sqnr + 3.1, "--max-fall", "4").code == 0)
    #expect(try verify(sqnr + 0.2, "--max-fall", "0").code == 1)
    // What else could have lowered it is said.
    let given = try verify(sqnr, "--data", Tool.digits)
    #expect(given.out.contains("b.json was measured against the reference evaluator, not stored outputs"), "\(given.out)")
    #expect(!(try verify(sqnr)).out.contains("was measured against"))

    let high = Baseline.Output(name: "y", sqnr: 104, cases: 1)
    let kept = try Baseline(
      Array(
        "{\"schema_version\": 1, \"bundle\": \"x/m.o2m\", \"precision\": \"float32\", \"outputs\": [{\"name\": \"y\", \"sqnr_db\": 139}]}"
          .utf8))
    #expect(kept.falls(of: [high], "m.o2m", "float16")?.outputs.first?.fall == 0, "the name of the file tells")
    #expect(kept.falls(of: [high], "n.o2m", "float32")?.outputs.first?.fall == 0, "else the precision")
    #expect(kept.falls(of: [high], "n.o2m", "float16") == nil)
    #expect(kept.falls(of: [.init(name: "z", sqnr: 1, cases: 1)], "m.o2m", "float32") == nil)
  }

  @Test(
    arguments: [
      ("[]", 65, "it lacks 'schema_version'"), ("{\"schema_version\": 3}", 65, "the report has the form 3, this tool knows 2"),
      ("{\"schema_version\": 1e300}", 65, "the report has the form"), ("{\"schema_version\": 1,\n\"bundle\": 3}", 65, "it lacks 'bundle'"),
      ("{\"schema_version\": 1, \"bundles\": []}", 64, "it holds no report of"), ("{\"schema_version\": 1,", 65, "line 1, column 22"),
    ] as [(String, Int32, String)])
  func otherFilesAreNoBaseline(text: String, code: Int32, words: String) throws {
    let scratch = try Scratch(), bundle = scratch / "m.o2m"
    #expect(try Tool.run("convert", Tool.model, "-o", bundle).code == 0)
    try Data(text.utf8).write(to: URL(fileURLWithPath: scratch / "b.json"))
    let outcome = try Tool.run("verify", bundle, "--baseline", scratch / "b.json")
    #expect(outcome.code == code && outcome.err.contains(words), "\(outcome.err)")
    expectMessageForm(outcome.err)
  }
}
