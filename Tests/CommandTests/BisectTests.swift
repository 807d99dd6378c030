import Foundation
import O2MBundle
import O2MConvert
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing
import onnx2mobile

/// `verify --bisect` as a user runs it: what is right, what only the bundle has wrong, and what fewer bits cost.
struct BisectTests {
  /// The bundle with other signs in its first packed weights, hashed anew.
  static func change(_ bundle: String, to path: String) throws {
    let bytes = [UInt8](try bytes(bundle)), model = try bytes.withUnsafeBytes { try Model.unpacking($0) }
    let slot = try #require(model.plan.slots.first { $0.packing.isWeights })
    guard case .weights(let offset, let count, _) = slot.place else { return }
    var parts = try Parts(bytes)
    let index = try #require(parts.sections.firstIndex { $0.type == .weights }), size = slot.precision.size(of: .float32)
    for last in stride(from: offset + size - 1, to: offset + count, by: 4 * size) {
      let byte = parts.sections[index].raw[last]
      parts.sections[index].raw[last] = size == 1 ? 0 &- byte : byte ^ 0x80
    }
    try Data(parts.bundle()).write(to: URL(fileURLWithPath: path))
  }

  @Test(arguments: ["float32", "float16", "int8-weights"])
  func aRightBundleHasNothingWrong(precision: String) throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle, ["--precision", precision]).code == 0)
    let outcome = try Tool.run("verify", Tool.model, bundle, "--bisect")
    #expect(outcome.code == 0 && outcome.out.contains("nothing is wrong: 18 rewrites and "), "\(outcome.out)")
    #expect(!FileManager.default.fileExists(atPath: scratch / "d.bisect"))
  }

  /// A bundle that was changed is told apart from a conversion that is wrong, and its step is named.
  @Test func aChangedBundleIsNoFaultOfTheTool() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m", changed = scratch / "changed.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    try Self.change(bundle, to: changed)
    let outcome = try Tool.run("verify", Tool.model, changed, "--bisect", "-o", scratch / "out", "--json")
    #expect(outcome.code == 1)
    let found = try #require(outcome.json["bisection"] as? [String: Any])
    #expect(found["stage"] as? String == "bundle" && found["operator"] as? String == "Conv")
    #expect(outcome.err.contains("this tool converts model.onnx rightly, but this bundle, which onnx2mobile "))
    #expect(outcome.err.contains("\n  help: convert the model again\n"))
    expectMessageForm(outcome.err)
    #expect(!FileManager.default.fileExists(atPath: scratch / "out"))
    let layers = try #require(Tool.run("verify", Tool.model, changed, "--per-layer", "--json").json["layers"] as? [[String: Any]])
    #expect(layers.first { $0["over"] as? Bool == true }?["name"] as? String == found["tensor"] as? String)
  }

  /// What is written for a fault is a case in ONNX's layout that any tool can run. No fault of this tool is known, so one is put in.
  @Test func whatIsWrittenRuns() throws {
    var options = ConversionOptions(), stages = ConversionStages()
    (options.precision, options.verifies) = (.float32, false)
    let bundle = try Conversion(path: Tool.model, options: options).bundle
    stages.lower = { graph throws(PlanError) in
      var model = try FlatModel(graph)
      guard let node = model.graph.nodes.last(where: { $0.code == .conv }), let input = node.inputs[1], let weights = model.constant(input)
      else { return model }
      model.constants[input - model.graph.inputCount] = Tensor(.float32, weights.shape, rounding: weights.doubles().map { -$0 })
      return model
    }
    var verification = try Verification(
      model: Tool.model, Session(OpenedBundle(bundle, of: "d.o2m").model), tolerance: .float32)
    try verification.add(1, seed: 1)
    let found = try verification.bisect(stages), reproduction = try #require(found.reproduction)
    #expect(found.fault?.stage == .lowering && found.fault?.op == "Conv" && reproduction.operators.contains("Conv"))
    let scratch = try Scratch(), folder = scratch / "case"
    try ReproductionFolder.write(reproduction, to: folder)
    for route in ["reference", "bundle"] {
      let suite = try Tool.run("verify", "--suite", scratch.path, "--through", route, "--json")
      #expect(try suite.code == 0 && suite.json["passed"] as? Int == 1, "\(suite.out)\(suite.err)")
    }
    // Another search may write over it; what else there is stays.
    try ReproductionFolder.write(reproduction, to: folder)
    try FileManager.default.createDirectory(atPath: scratch / "mine", withIntermediateDirectories: true)
    try Data([1]).write(to: URL(fileURLWithPath: scratch / "mine/model.onnx"))
    for other in ["mine", "mine/model.onnx"] {
      #expect(throws: (any Error).self) { try ReproductionFolder.write(reproduction, to: scratch / other) }
    }
    #expect(Array(try bytes(scratch / "mine/model.onnx")) == [1])
    // Names and numbers are new.
    let text = String(decoding: try bytes(folder + "/model.onnx"), as: UTF8.self)
    #expect(!text.contains("stem") && !text.contains("head"))
  }

  /// Before the work, with what there is to write or without.
  @Test(arguments: [("", Int32(64)), ("-", 64), ("d.o2m", 73), (".", 73)])
  func foldersAreLookedAtFirst(output: String, code: Int32) throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    let folder = output.isEmpty || output == "-" ? output : scratch / output
    let outcome = try Tool.run("verify", Tool.model, bundle, "--bisect", "-o", folder)
    #expect(outcome.code == code && outcome.out.isEmpty, "\(outcome.err)")
    expectMessageForm(outcome.err)
  }

  @Test func fewerBitsAreNoFault() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    let outcome = try Tool.run("verify", Tool.model, bundle, "--bisect", "--min-sqnr", "90")
    #expect(outcome.code == 1 && outcome.out.contains("what is lost is what int8-weights costs"))
    expectMessageForm(outcome.err)
  }
}
