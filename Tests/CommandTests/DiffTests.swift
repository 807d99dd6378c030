import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// `diff`.
struct DiffTests {
  /// Two layers with weights, and something between that has none; each test changes one thing.
  private struct Net {
    var names = ["c1", "r1", "c2", "r2", "p", "y"]
    var first: Float = 0.5
    var second: Float = -0.25
    /// Of a kernel that is as much dilated, so that the extents stay.
    var pad = 1
    var isSwapped = false
    var hasRelu = true
    var output = "y"

    func write(_ path: String) throws {
      func weights(_ value: Float, _ shape: Shape) -> Tensor { Tensor(shape, (0..<shape.count).map { value + Float($0 % 7) / 64 }) }
      var model = ModelWriter()
      model.input("x", .float32, [1, 4, 8, 8])
      model.initializer(names[0] + ".w", weights(first, [4, 4, 3, 3]))
      model.initializer(names[2] + ".w", weights(second, [4, 4, 1, 1]))
      let branches: [(inout ModelWriter) -> Void] = [
        { model in
          model.node(
            "Conv", ["x", names[0] + ".w"], [names[0]], name: names[0],
            [("pads", .ints([pad, pad, pad, pad])), ("dilations", .ints([pad, pad])), ("kernel_shape", .ints([3, 3]))])
          if hasRelu { model.node("Relu", [names[0]], [names[1]], name: names[1]) }
        },
        { model in
          model.node("Conv", ["x", names[2] + ".w"], [names[2]], name: names[2])
          model.node("Sigmoid", [names[2]], [names[3]], name: names[3])
        },
      ]
      for branch in isSwapped ? branches.reversed() : branches { branch(&model) }
      model.node("Add", [hasRelu ? names[1] : names[0], names[3]], [names[4]], name: names[4])
      model.node("Tanh", [names[4]], [output], name: names[5])
      model.output(output)
      try Data(model.bytes).write(to: URL(fileURLWithPath: path))
    }
  }

  private static func diff(_ scratch: Scratch, _ a: Net, _ b: Net, _ flags: String...) throws -> Outcome {
    try a.write(scratch / "a.onnx")
    try b.write(scratch / "b.onnx")
    return try Tool.start(Tool.binary, ["diff", "a.onnx", "b.onnx"] + flags, in: scratch.path, environment: [:])
  }

  @Test func namesAndOrderMakeNoDifference() throws {
    let scratch = try Scratch()
    let same = try Self.diff(scratch, Net(), Net())
    #expect(same.code == 0 && same.out.contains("\nsame\n6 nodes matched\n"), "\(same)")
    let renamed = try Self.diff(scratch, Net(), Net(names: ["a", "b", "c", "d", "e", "f"]), "--json")
    #expect(renamed.code == 0, "\(renamed.out)")
    let json = try renamed.json
    // The output keeps its name.
    #expect(json["same"] as? Bool == true && json["renamed"] as? Int == 5 && json["moved"] as? Int == 0)
    let moved = try Self.diff(scratch, Net(), Net(isSwapped: true), "--json").json
    #expect(moved["same"] as? Bool == true && moved["moved"] as? Int == 2 && moved["renamed"] as? Int == 0)
    let both = try Self.diff(scratch, Net(), Net(names: ["a", "b", "c", "d", "e", "f"], isSwapped: true), "--run")
    #expect(both.code == 0 && both.out.contains("exact"), "\(both.out)")
  }

  @Test func whatDiffersIsNamed() throws {
    let scratch = try Scratch()
    func changes(_ net: Net, _ flags: String...) throws -> [String: Any] {
      let outcome = try Self.diff(scratch, Net(), net, "--json")
      #expect(outcome.code == 1 && outcome.err.isEmpty)
      let json = try outcome.json
      #expect(json["same"] as? Bool == false)
      return json
    }
    // A weight, in a graph whose names are others too.
    for names in [Net().names, ["a", "b", "c", "d", "e", "f"]] {
      let tuned = try changes(Net(names: names, second: -0.125))
      let weights = try #require(tuned["weights"] as? [[String: Any]])
      #expect(weights.count == 1 && weights[0]["node"] as? String == "c2" && weights[0]["max_abs"] as? Double == 0.125)
      #expect(weights[0]["difference_norm"] as? Double == 0.5)
      #expect(tuned["matched"] as? Int == 6 && (tuned["only_a"] as? [Any])?.isEmpty == true)
    }
    let padded = try #require(changes(Net(pad: 2))["nodes"] as? [[String: Any]])
    #expect(padded.first { $0["a"] as? String == "c1" }?["changes"] as? [String] == ["attributes"])
    // One node fewer: the other side says what it went into.
    let fewer = try changes(Net(hasRelu: false))
    let gone = try #require(fewer["only_a"] as? [[String: Any]])
    #expect(gone.count == 1 && gone[0]["name"] as? String == "r1" && gone[0]["into"] as? String == "p")
    let port = try #require(changes(Net(output: "z"))["ports"] as? [[String: Any]])
    #expect(port.count == 1 && port[0]["port"] as? String == "output")
  }

  /// A bundle is what its model is: the same at float32, and else with weights that are rounded alone.
  @Test func aBundleIsComparedWithItsModel() throws {
    let scratch = try Scratch()
    for (precision, code) in [("float32", 0), ("int8-weights", 1)] as [(String, Int32)] {
      #expect(try Tool.convertDigits(to: scratch / "\(precision).o2m", ["--precision", precision]).code == 0)
      let outcome = try Tool.run("diff", Tool.model, scratch / "\(precision).o2m", "--json", "--run")
      #expect(outcome.code == code, "\(outcome.out) \(outcome.err)")
      let json = try outcome.json
      #expect(
        (json["only_a"] as? [Any])?.isEmpty == true && (json["only_b"] as? [Any])?.isEmpty == true
          && (json["ports"] as? [Any])?.isEmpty == true)
      #expect(json["matched"] as? Int == 12)
      let nodes = try #require(json["nodes"] as? [[String: Any]])
      #expect(nodes.allSatisfy { ($0["changes"] as? [String])?.filter { $0 != "renamed" } == (code == 0 ? [] : ["weights"]) }, "\(nodes)")
      let outputs = try #require((json["run"] as? [String: Any])?["outputs"] as? [[String: Any]])
      #expect(try #require(outputs.first?["sqnr_db"] as? Double) > (code == 0 ? 100 : 20))
    }
    let precisions = try Tool.run("diff", scratch / "float32.o2m", scratch / "int8-weights.o2m", "--json")
    #expect(try precisions.code == 1 && (precisions.json["weights"] as? [Any])?.count == 10)
    // As imported: what the passes folded went into its layer.
    let imported = try Tool.run("diff", Tool.model, scratch / "float32.o2m", "--stage", "imported", "--json").json
    let gone = try #require(imported["only_a"] as? [[String: Any]])
    #expect(gone.count == 18 && gone.allSatisfy { $0["into"] is String })
  }

  @Test func refusals() throws {
    let scratch = try Scratch()
    try Net().write(scratch / "a.onnx")
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    for (arguments, code) in [
      (["a.onnx", "none.onnx"], 66), (["a.onnx", "a.onnx", "--seed", "2"], 64), (["d.o2m", "d.o2m", "--stage", "imported"], 64),
      (["a.onnx", Tool.model, "--run"], 64), (["a.onnx", "a.onnx", "--json", "--format", "text"], 64), (["a.onnx"], 64),
      (["d.o2m", "d.o2m", "--input-shape", "image:1,1,16,16"], 64), (["a.onnx", "a.onnx", "--limit", "nodes=1"], 69),
    ] as [([String], Int32)] {
      let outcome = try Tool.start(Tool.binary, ["diff"] + arguments, in: scratch.path, environment: [:])
      #expect(outcome.code == code && outcome.out.isEmpty, "\(arguments): \(outcome)")
      expectMessageForm(outcome.err)
    }
  }
}
