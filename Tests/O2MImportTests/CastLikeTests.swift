import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// ONNX's suite has no case of CastLike with `round_mode`: 3 lies as far from 2 as from 4, 5 is nearer to 4 than to 8.
@Test(arguments: [
  (nil, [4.0, 8], ""), ("up", [4, 8], ""), ("down", [2, 4], " round_mode down"), ("nearest", [4, 4], " round_mode nearest"),
])
func castLikeRoundsAsItIsTold(mode: String?, expected: [Double], words: String) throws {
  var model = ModelWriter(opset: 25)
  model.input("x", .float32, [2])
  model.input("like", .float8e8m0, [1])
  model.node("CastLike", ["x", "like"], ["y"], name: "n", mode.map { [("round_mode", .string($0))] } ?? [])
  model.output("y", .float8e8m0)
  let imported = try imported(model.bytes).get()
  #expect(imported.notes.isEmpty)
  #expect(imported.graph.nodes.map(\.op.summary) == ["to float8e8m0" + words])
  let y = try Evaluator(imported.graph).run([Tensor([2], [3, 5] as [Float]), Tensor(.float8e8m0, [1], rounding: [1])])[0]
  #expect(y.doubles() == expected)
}

@Test func castLikePassesSaturateOn() throws {
  var model = ModelWriter(opset: 19)
  model.input("x", .float32, [2])
  model.input("like", .float8e4m3fn, [1])
  model.node("CastLike", ["x", "like"], ["y"], name: "n", [("saturate", .int(0))])
  model.output("y", .float8e4m3fn)
  let graph = try imported(model.bytes).get().graph
  #expect(graph.nodes.map(\.op.summary) == ["to float8e4m3fn saturate 0"])
}

@Test func castLikeRefusesAnUnknownRounding() throws {
  var model = ModelWriter(opset: 25)
  model.input("x", .float32, [2])
  model.input("like", .float8e8m0, [1])
  model.node("CastLike", ["x", "like"], ["y"], name: "n", [("round_mode", .string("odd"))])
  model.output("y", .float8e8m0)
  guard case .node(_, let fault)? = try imported(model.bytes).failure else { return #expect(Bool(false), "it was taken") }
  #expect(fault == .attribute(.round_mode, .unknownValue))
}
