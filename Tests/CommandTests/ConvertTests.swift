import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// Converting and verifying the digits, the files and numbers that come of it.
struct ConvertTests {
  @Test func jsonHasTheKeysOfTheContract() throws {
    let scratch = try Scratch()
    let converted = try Tool.convertDigits(to: scratch / "d.o2m", ["--json"])
    #expect(converted.code == 0)
    let report = try converted.json
    #expect(
      Set(report.keys) == [
        "bundle", "source_bytes", "bundle_bytes", "nodes_imported", "nodes_optimized", "passes", "precision", "task", "parity",
        "warnings", "seconds",
      ])
    let passes = try #require(report["passes"] as? [[String: Any]])
    #expect(passes.allSatisfy { Set($0.keys) == ["name", "rewrites"] })
    #expect(report["precision"] as? String == "int8-weights")
    #expect(try report["bundle_bytes"] as? Int == bytes(scratch / "d.o2m").count)

    let verified = try Tool.run("verify", Tool.model, scratch / "d.o2m", "--data", Tool.digits, "--format", "json")
    #expect(verified.code == 0)
    let verdict = try verified.json
    #expect(
      Set(verdict.keys) == [
        "schema_version", "tool", "bundle", "bundle_sha256", "precision", "model", "verdict", "failed", "compared_with", "identity",
        "model_against_data", "baseline", "pictures", "evidence", "evidence_reason", "outputs",
      ])
    #expect(verdict["evidence"] as? String == "data")
    let outputs = try #require(verdict["outputs"] as? [[String: Any]])
    #expect(
      outputs.allSatisfy {
        Set($0.keys) == [
          "name", "cases", "max_abs", "mean_abs", "rmse", "sqnr_db", "cosine", "top1_agree", "worst_index", "failures", "bound_db",
          "noise_db", "thresholds",
        ]
      })
    #expect(outputs[0]["cases"] as? Int == 10)

    let timed = try Tool.run("bench", scratch / "d.o2m", "--runs", "3", "--warmup", "1", "--json")
    let times = try timed.json
    #expect(
      Set(times.keys) == ["threads", "runs", "latency_ms", "load_ms", "first_run_ms", "arena_bytes", "weights_bytes"])
    let latency = try #require(times["latency_ms"] as? [String: Any])
    #expect(Set(latency.keys) == ["min", "median", "p90", "max"])
    #expect(times["profile"] == nil)

    let profiled = try Tool.run("bench", scratch / "d.o2m", "--runs", "3", "--warmup", "1", "--json", "--profile").json
    let profile = try #require(profiled["profile"] as? [String: Any])
    #expect(try #require(profile["peak_gflops"] as? Double) > 0)
    let steps = try #require(profile["steps"] as? [[String: Any]])
    #expect(!steps.isEmpty && steps.allSatisfy { Set($0.keys) == ["index", "step", "median_ns", "min_ns", "macs", "bytes"] })
    #expect(steps.reduce(0) { $0 + ($1["macs"] as? Int ?? 0) } > 0)
    let shown = try Tool.run("bench", scratch / "d.o2m", "--runs", "3", "--profile")
    #expect(shown.out.contains("of peak") && shown.out.contains("GFLOP/s that fused multiply-adds reach here"))
  }

  @Test(arguments: ["float32", "float16", "int8-weights"])
  func isDeterministicAndProven(precision: String) throws {
    let scratch = try Scratch()
    for name in ["a.o2m", "b.o2m"] { #expect(try Tool.convertDigits(to: scratch / name, ["--precision", precision]).code == 0) }
    #expect(try bytes(scratch / "a.o2m") == bytes(scratch / "b.o2m"))
    #expect(try Tool.run("verify", scratch / "a.o2m").code == 0)
    let verified = try Tool.run("verify", Tool.model, scratch / "a.o2m", "--data", Tool.digits)
    #expect(verified.code == 0)
    #expect(verified.out.contains("10 cases against stored outputs"))
    for line in verified.out.split(separator: "\n").dropFirst() { #expect(line.count <= 100) }
  }

  /// Tokens are those of the table, whatever its length, in the certificate too.
  @Test(arguments: [2, 100, 300])
  func tokensStayInTheirTable(rows: Int) throws {
    let scratch = try Scratch()
    var model = ModelWriter()
    model.input("ids", .int64, [1, 9])
    model.initializer("table", Tensor([rows, 2], (0..<2 * rows).map { Float($0) }))
    model.node("Gather", ["table", "ids"], ["y"])
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    let converted = try Tool.run("convert", scratch / "m.onnx", "-o", scratch / "m.o2m", "--precision", "float32")
    #expect(converted.code == 0, "\(converted.err)")
    #expect(try Tool.run("verify", scratch / "m.onnx", scratch / "m.o2m").code == 0)
    #expect(try Tool.run("verify", scratch / "m.o2m").code == 0)
  }

  @Test func seedChangesTheCertificate() throws {
    let scratch = try Scratch()
    for seed in ["1", "2"] { #expect(try Tool.convertDigits(to: scratch / seed, ["--precision", "float32", "--seed", seed]).code == 0) }
    #expect(try bytes(scratch / "1") != bytes(scratch / "2"))
    #expect(try Tool.run("verify", scratch / "2").code == 0)
  }

  @Test func failedVerdictLeavesTheOldBundle() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    let before = try bytes(scratch / "d.o2m")
    let failed = try Tool.convertDigits(to: scratch / "d.o2m", ["--min-sqnr", "200"])
    #expect(failed.code == 1)
    #expect(failed.out.contains("not written"))
    expectMessageForm(failed.err)
    #expect(try bytes(scratch / "d.o2m") == before)
    #expect(try Tool.run("convert", Tool.broken + "/cycle.onnx", "-o", scratch / "d.o2m").code == 65)
    #expect(try bytes(scratch / "d.o2m") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["d.o2m"])

    let verified = try Tool.run("verify", Tool.model, scratch / "d.o2m", "--data", Tool.digits, "--min-sqnr", "150")
    #expect(verified.code == 1)
    expectMessageForm(verified.err)
    #expect(verified.out.contains("fail (sqnr): "))
    #expect(try Tool.run("verify", scratch / "d.o2m", "--min-sqnr", "150").code == 1)
  }

  @Test func unwritableTargets() throws {
    let scratch = try Scratch()
    let converted = try Tool.convertDigits(to: scratch / "none/none/d.o2m")
    #expect(converted.code == 73)
    expectMessageForm(converted.err)
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    #expect(try Tool.run("unpack", scratch / "d.o2m", "-o", scratch / "none/none/e.o2m").code == 73)
    #expect(try Tool.run("verify", scratch / "d.o2m", "--report", scratch / "none/report").code == 73)
    #expect(try Tool.run("run", scratch / "d.o2m", "--input", Tool.picture, "--output-dir", scratch / "d.o2m/x").code == 73)
  }

  @Test func passesCanBeWatchedAndStopped() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "a", ["--check-passes", "--precision", "float32"]).code == 0)
    var nodes: [Int] = []
    for patches in ["0", "1", "5"] {
      let outcome = try Tool.convertDigits(to: scratch / "b", ["--stop-after", patches, "--precision", "float32", "--json"])
      #expect(outcome.code == 0)
      let report = try outcome.json
      let passes = try #require(report["passes"] as? [[String: Any]])
      #expect(passes.reduce(0) { $0 + ($1["rewrites"] as? Int ?? 0) } == Int(patches))
      nodes.append(try #require(report["nodes_optimized"] as? Int))
    }
    #expect(nodes == nodes.sorted(by: >))
    let skipped = try Tool.convertDigits(
      to: scratch / "c",
      ["--skip-pass", "fold-batchnorm", "--skip-pass", "replace-batchnorm-with-conv", "--precision", "float32", "--explain"])
    #expect(skipped.code == 0)
    #expect(!skipped.out.contains("fold-batchnorm"))
    #expect(skipped.out.contains("declined"))
  }

  @Test func unpackIsIdempotent() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    #expect(try Tool.run("unpack", scratch / "d.o2m", "-o", scratch / "once.o2m").code == 0)
    #expect(try Tool.run("unpack", scratch / "once.o2m", "-o", scratch / "twice.o2m").code == 0)
    #expect(try bytes(scratch / "once.o2m") == bytes(scratch / "twice.o2m"))
    #expect(try Tool.run("verify", Tool.model, scratch / "once.o2m", "--data", Tool.digits).code == 0)
    #expect(try Tool.run("dump", scratch / "once.o2m").out.contains("installed form"))
  }
}
