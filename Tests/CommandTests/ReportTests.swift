import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// One report says everything that stands against a model.
struct ReportTests {
  private func convert(_ model: ModelWriter) throws -> Outcome {
    let scratch = try Scratch()
    try Data(model.bytes).write(to: URL(fileURLWithPath: scratch / "model.onnx"))
    let outcome = try Tool.run("convert", "model.onnx", "-o", "out.o2m", in: scratch.path)
    #expect(!FileManager.default.fileExists(atPath: scratch / "out.o2m"))
    expectMessageForm(outcome.err)
    return outcome
  }

  /// Post-processing of boxes: a branch depends on what was detected. Lengths that do are no reason.
  @Test func boxesAreRefusedWithEveryReason() throws {
    var model = ModelWriter(opset: 11)
    model.opsets.append(("com.example", 2))
    model.input("scores", .float32, [1, 4])
    model.input("boxes", .float32, [4, 4])
    model.node("NonZero", ["scores"], ["hits"], name: "post/nonzero")
    model.node("Gather", ["boxes", "hits"], ["found"], name: "post/gather")
    for index in 0..<2 { model.node("Suppress", ["boxes", "scores"], ["kept\(index)"], name: "post/nms\(index)", domain: "com.example") }
    model.node("HardSwish", ["boxes"], ["late"], name: "post/act")
    model.node("Bernoulli", ["boxes"], ["noise"], name: "post/noise")
    model.node("Shape", ["hits"], ["size"])
    model.node("Size", ["scores"], ["count"])
    var long = ModelWriter(), short = ModelWriter()
    long.node("Neg", ["boxes"], ["r"])
    long.output("r")
    short.node("Neg", ["scores"], ["r"])
    short.output("r")
    model.node("ReduceMax", ["scores"], ["best"], [("keepdims", .int(0))])
    model.initializer("limit", .scalar(0.5 as Float))
    model.node("Greater", ["best", "limit"], ["any"])
    model.node("If", ["any"], ["result"], name: "post/if", [("then_branch", .graph(long)), ("else_branch", .graph(short))])
    for name in ["result", "found", "kept0", "kept1", "late", "noise"] { model.output(name) }
    let outcome = try convert(model)
    #expect(outcome.code == 69)
    #expect(
      outcome.err == """
        error: model.onnx: 2 reasons:
          3 operators are not supported: com.example.Suppress ×2 (opset 2, first at 'post/nms0'), HardSwish (opset 11, at 'post/act', not in ONNX before opset 14), Bernoulli (opset 11, at 'post/noise', random)
          node 'post/if' (If, opset 11): its branches give 'result' as float32 [4, 4] and as float32 [1, 4], and a run decides which; a bundle takes one type on both sides
          help: `onnx2mobile dump --operators` lists what is supported; what depends on data is best cut off from the graph

        """)
  }

  @Test func everyContradictionHasBothValues() throws {
    var model = ModelWriter()
    model.input("x", .float32, [2, 3])
    model.input("y", .float32, [4, 5])
    model.node("Add", ["x", "y"], ["a"], name: "sum")
    model.node("MatMul", ["x", "y"], ["b"], name: "product")
    model.node("Relu", ["x"], ["c"], name: "relu")
    model.node("Relu", ["y"], ["d"], name: "other")
    model.note("d", .float16, [4, 5])
    for name in ["a", "b", "c", "d"] { model.output(name, name == "d" ? .float16 : .float32) }
    let outcome = try convert(model)
    #expect(outcome.code == 65)
    #expect(
      outcome.err == """
        error: model.onnx: 3 reasons:
          node 'sum' (Add, opset 17): 2 and 4 along axis 0 do not broadcast
          node 'product' (MatMul, opset 17): input 1 has 4 elements along axis 0, the other operands need 3
          'd' is noted as float16 [4, 5], its inputs make it float32 [4, 5]
          help: the file contradicts itself, no runtime can run it; get another copy or version of the model from where it comes from

        """)
  }

  /// Strings stay outside of bundles.
  @Test func textsAreNamed() throws {
    var model = ModelWriter(opset: 20)
    model.input("name", .string, [1])
    model.input("x", .float32, [1])
    model.node("StringNormalizer", ["name"], ["clean"])
    model.node("Relu", ["x"], ["y"])
    model.output("y")
    let outcome = try convert(model)
    #expect(outcome.code == 69)
    #expect(outcome.err.contains("input 'name' holds strings"))
  }
}
