import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// GlobalLpPool has no case in ONNX's suite.
@Test(arguments: [(1, 10.0), (2, 30.0.squareRoot()), (3, 4.641588834)])
func globalLpPoolIsAReduction(p: Int, expected: Double) throws {
  var model = ModelWriter(opset: 22)
  model.input("x", .float32, [.fixed(1), .fixed(1), .fixed(2), .fixed(2)])
  model.node("GlobalLpPool", ["x"], ["y"], name: "n", [("p", .int(p))])
  model.output("y", .float32)
  let graph = try imported(model.bytes).get().graph
  let y = try Evaluator(graph).run([Tensor([1, 1, 2, 2], [-1, 2, -3, 4] as [Float])])[0]
  #expect(y.shape == [1, 1, 1, 1])
  #expect(abs(y.doubles()[0] - expected) <= 1e-6)
}
