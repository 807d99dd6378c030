import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// What a bundle does not hold together: each is refused with file, node, operator, what stands against it and a way out.
struct OpenRefusalTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var name: String
    var model: ModelWriter
    var arguments: [String] = []
    /// What the message says.
    var words: [String]
    var testDescription: String { name }
  }

  static let refusals = [
    Refusal(
      name: "a loop beside an open extent", model: loop("N"), arguments: ["--symbol", "N=1..9"],
      words: ["a run decides which branch 'turns' takes, or how often it turns, while 'N' stays open", "pin it with --input-shape"]),
    Refusal(
      name: "a branch beside an open extent", model: branch("N"), arguments: ["--symbol", "N=1..9"],
      words: ["a run decides which branch 'choice' takes, or how often it turns, while 'N' stays open", "pin it with --input-shape"]),
    Refusal(
      name: "a loop that reads what was counted", model: countedLoop,
      words: ["built in another way where lengths that depend on data are others, from 'y' on", "cut the model before 'y'"]),
    Refusal(
      name: "sides of two shapes", model: sides(.float32, [3]),
      words: ["node 'choice' (If, opset 17)", "its branches give 'y' as float32 [2] and as float32 [3]", "takes one type on both sides"]),
    Refusal(
      name: "sides of two element types", model: sides(.int64, [2]),
      words: ["node 'choice' (If, opset 17)", "its branches give 'y' as float32 [2] and as int64 [2]", "takes one type on both sides"]),
    Refusal(
      name: "parts that a run decides beside an open extent", model: parts, arguments: ["--symbol", "N=1..9"],
      words: [
        "how long '", "depends on data, and how long it may become at other extents is not known", "pin the extents with --input-shape",
      ]),
  ]

  @Test(arguments: refusals) func isRefusedWithAWayOut(refusal: Refusal) throws {
    let scratch = try Scratch()
    try Data(refusal.model.bytes).write(to: URL(fileURLWithPath: scratch / "m.onnx"))
    let outcome = try Tool.start(
      Tool.binary, ["convert", "m.onnx", "-o", "m.o2m", "--no-verify"] + refusal.arguments, in: scratch.path, environment: [:])
    #expect(outcome.code == 69 && outcome.err.contains("m.onnx: ") && outcome.err.contains("help: "), "\(outcome.err)")
    for words in refusal.words { #expect(outcome.err.contains(words), "\(words): \(outcome.err)") }
    #expect(!FileManager.default.fileExists(atPath: scratch / "m.o2m"))
    expectMessageForm(outcome.err)
  }

  /// Doubles x as often as an input says.
  private static func loop(_ extent: Extent) -> ModelWriter {
    var body = ModelWriter()
    body.input("i", .int64, [])
    body.input("go", .bool, [])
    body.input("v", .float32, [extent])
    body.node("Identity", ["go"], ["on"])
    body.node("Add", ["v", "v"], ["w"])
    for name in ["on", "w"] { body.output(name) }
    var model = ModelWriter()
    model.input("x", .float32, [extent])
    model.input("turns", .int64, [])
    model.node("Loop", ["turns", "", "x"], ["y"], name: "turns", [("body", .graph(body))])
    model.output("y")
    return model
  }

  private typealias Extent = ModelWriter.Extent

  /// So many nodes that a choice between two values would cost more.
  private static func side(_ op: String) -> ModelWriter {
    var side = ModelWriter()
    for step in 0..<6 { side.node(op, [step == 0 ? "x" : "\(op)\(step)"], ["\(op)\(step + 1)"]) }
    side.output("\(op)6")
    return side
  }

  private static func branch(_ extent: Extent) -> ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [extent])
    model.input("c", .bool, [])
    model.node("If", ["c"], ["y"], name: "choice", [("then_branch", .graph(side("Neg"))), ("else_branch", .graph(side("Abs")))])
    model.output("y")
    return model
  }

  /// Turns over the places that are not zero.
  private static var countedLoop: ModelWriter {
    var body = ModelWriter()
    body.input("i", .int64, [])
    body.input("go", .bool, [])
    body.input("v", .int64, [])
    body.node("Identity", ["go"], ["on"])
    body.node("ReduceSum", ["places"], ["sum"], [("keepdims", .int(0))])
    body.node("Add", ["v", "sum"], ["w"])
    body.output("on", .bool)
    body.output("w", .int64)
    var model = ModelWriter()
    model.input("x", .float32, [8])
    model.input("turns", .int64, [])
    model.initializer("zero", .scalar(Int64(0)))
    model.node("NonZero", ["x"], ["places"])
    model.node("Loop", ["turns", "", "zero"], ["y"], name: "turns", [("body", .graph(body))])
    model.output("y", .int64)
    return model
  }

  /// An If that gives x on one side, and a constant of another type on the other.
  private static func sides(_ element: ElementType, _ shape: Shape) -> ModelWriter {
    var constant = ModelWriter()
    constant.initializer("other", Tensor(element, shape, rounding: (0..<shape.count).map { Double($0) }))
    constant.node("Identity", ["other"], ["o"])
    constant.output("o")
    var own = ModelWriter()
    own.node("Neg", ["x"], ["n"])
    own.output("n")
    var model = ModelWriter()
    model.input("x", .float32, [2])
    model.input("s", .float32, [])
    model.initializer("limit", Tensor([], [0.5] as [Float]))
    model.node("Greater", ["s", "limit"], ["c"])
    model.node("If", ["c"], ["y"], name: "choice", [("then_branch", .graph(own)), ("else_branch", .graph(constant))])
    model.output("y")
    return model
  }

  /// Two parts of x whose lengths are what another input holds.
  private static var parts: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, ["N"])
    model.input("lengths", .int64, [2])
    model.node("Split", ["x", "lengths"], ["a", "b"], name: "cut")
    for name in ["a", "b"] { model.output(name) }
    return model
  }
}
