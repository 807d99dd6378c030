import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// Inputs that are constants in the bundle, on the command line.
struct InputValueTests {
  /// y = x · 2 where the rate is 16000, x + [1, 2, 3], which fits no x of two elements, where it is not.
  private func write(to scratch: Scratch) throws -> String {
    var twice = ModelWriter(), other = ModelWriter()
    twice.node("Add", ["x", "x"], ["r"])
    twice.output("r")
    other.initializer("three", Tensor([3], [1, 2, 3] as [Float]))
    other.node("Add", ["x", "three"], ["r"], name: "sum")
    other.output("r")
    var model = ModelWriter()
    model.input("rate", .int64, [])
    model.input("x", .float32, [2])
    model.initializer("high", .scalar(Int64(16000)))
    model.node("Equal", ["rate", "high"], ["c"])
    model.node("If", ["c"], ["y"], name: "choice", [("then_branch", .graph(twice)), ("else_branch", .graph(other))])
    model.output("y")
    let path = scratch / "m.onnx"
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func store(_ rate: Int64, in folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let x = Tensor([2], [1, 5] as [Float]), y = Tensor([2], [2, 10] as [Float])
    for (file, tensor) in [("input_0.pb", .scalar(rate)), ("input_1.pb", x), ("output_0.pb", y)] as [(String, Tensor)] {
      try Data(TensorFile(name: "", tensor: tensor).bytes).write(to: URL(fileURLWithPath: folder + "/" + file))
    }
  }

  @Test func theModelSaysWhichInputDecides() throws {
    let scratch = try Scratch()
    let outcome = try Tool.run("convert", write(to: scratch), "-o", scratch / "m.o2m")
    #expect(outcome.code == 69)
    #expect(outcome.err.contains("input 'rate', int64 [], decides which branch of node 'choice' (If) runs"))
    #expect(outcome.err.contains("--input-value rate=16000"))
    expectMessageForm(outcome.err)
  }

  /// The bundle knows the value, so that nobody has to repeat it.
  @Test func theBundleKnowsItsConstants() throws {
    let scratch = try Scratch(), model = try write(to: scratch), bundle = scratch / "m.o2m"
    #expect(try Tool.run("convert", model, "-o", bundle, "--input-value", "rate=16000").code == 0)
    let shown = try Tool.run("dump", bundle, "--format", "json").json
    #expect((shown["inputs"] as? [[String: Any]])?.map { $0["name"] as? String } == ["x"])
    #expect(try Tool.run("verify", model, bundle).code == 0)
    #expect(try Tool.run("verify", bundle).code == 0)
    #expect(try Tool.run("unpack", bundle, "-o", scratch / "i.o2m").code == 0)
    try store(16000, in: scratch / "good")
    #expect(try Tool.run("verify", model, scratch / "i.o2m", "--data", scratch / "good").code == 0)
    try store(8000, in: scratch / "bad")
    let refused = try Tool.run("verify", model, bundle, "--data", scratch / "bad")
    #expect(refused.code == 64 && refused.err.contains("'rate'"))
    expectMessageForm(refused.err)
  }

  @Test func otherCommandsTakeTheValue() throws {
    let scratch = try Scratch(), model = try write(to: scratch)
    let graph = try Tool.run("dump", model, "--input-value", "rate=16000", "--format", "json")
    #expect(graph.code == 0 && !graph.out.contains("choice/sum"))
    try store(16000, in: scratch / "data")
    let run = try Tool.run("run", model, "--input", "rate=" + scratch / "data/input_0.pb", "--input", "x=" + scratch / "data/input_1.pb")
    #expect(run.code == 0 && run.out.contains("2.0, 10.0"))
    #expect(try Tool.run("convert", model, "--input-value", "rate=1", "--input-value", "rate=2").code == 64)
    #expect(try Tool.run("convert", model, "--input-value", "rate=fast").code == 64)
    #expect(try Tool.run("convert", model, "--input-value", "speed=1").code == 64)
    #expect(try Tool.run("convert", model, "--input-value", "rate=" + scratch / "none.npy").code == 66)
  }
}
