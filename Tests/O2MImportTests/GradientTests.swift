import O2MGraph
import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

private let training = "ai.onnx.preview.training"

/// A model of `a` and `b` that ends in `y`, with the derivatives of the sum of `y` by both.
private func model(_ a: Shape, _ b: Shape, _ build: (inout ModelWriter) -> Void) -> ModelWriter {
  var model = ModelWriter()
  model.opsets.append((training, 1))
  model.input("a", .float32, a.dims.map { .fixed($0) })
  model.input("b", .float32, b.dims.map { .fixed($0) })
  build(&model)
  model.node(
    "Gradient", ["a", "b"], ["da", "db"], name: "gradient", domain: training, [("xs", .strings(["a", "b"])), ("y", .string("y"))])
  for name in ["y", "da", "db"] { model.output(name) }
  return model
}

/// Holds each derivative against a difference of sums.
private func check(_ a: Shape, _ b: Shape, _ build: (inout ModelWriter) -> Void) throws {
  let evaluator = Evaluator(try imported(model(a, b, build).bytes).get().graph)
  // Away from kinks and poles.
  let operands = [a, b].map { shape in (0..<shape.count).map { 0.5 + Double($0 % 5) * 0.25 } }
  func run(_ operands: [[Double]]) throws -> [Tensor] {
    try evaluator.run([Tensor(.float32, a, rounding: operands[0]), Tensor(.float32, b, rounding: operands[1])])
  }
  let results = try run(operands)
  for which in 0...1 {
    let derivative = results[1 + which].doubles()
    for index in operands[which].indices {
      let sums = try [0.01, -0.01].map { step in
        var moved = operands
        moved[which][index] += step
        return try run(moved)[0].doubles().reduce(0, +)
      }
      let slope = (sums[0] - sums[1]) / 0.02
      #expect(abs(slope - derivative[index]) < 2e-3 * max(1, abs(slope)), "input \(which), element \(index)")
    }
  }
}

@Test(arguments: ["Add", "Sub", "Mul", "Div", "Pow", "Sum"], [[2, 3], [3], [2, 1], []])
func binaryRulesHold(type: String, b: [Int]) throws {
  try check([2, 3], Shape(b)) { $0.node(type, ["a", "b"], ["y"]) }
}

@Test(arguments: ["Neg", "Exp", "Log", "Sqrt", "Reciprocal", "Sin", "Cos", "Abs", "Sigmoid", "Tanh", "Softplus", "Relu", "Identity"])
func unaryRulesHold(type: String) throws {
  try check([4], [4]) {
    $0.node("Sub", ["a", "b"], ["shift"])
    $0.node("Add", ["shift", "a"], ["sum"])
    $0.node(type, ["sum"], ["y"])
  }
}

@Test func productsAndShapesHaveRules() throws {
  try check([2, 2, 3], [3, 2]) {
    $0.node("MatMul", ["a", "b"], ["m"])
    $0.node("Transpose", ["m"], ["t"], [("perm", .ints([2, 0, 1]))])
    $0.initializer("flat", .indices([-1]))
    $0.node("Reshape", ["t", "flat"], ["r"])
    $0.node("Mul", ["r", "r"], ["y"])
  }
}

@Test(arguments: ["ReduceSum", "ReduceMean"], [0, 1])
func reductionsHaveRules(type: String, keeps: Int) throws {
  try check([2, 3], [3]) {
    $0.node("Mul", ["a", "b"], ["m"])
    $0.node("Mul", ["m", "m"], ["square"])
    if type == "ReduceSum" { $0.initializer("axes", .indices([1])) }
    $0.node(
      type, type == "ReduceSum" ? ["square", "axes"] : ["square"], ["y"],
      [("keepdims", .int(keeps))] + (type == "ReduceSum" ? [] : [("axes", .ints([0]))]))
  }
}

@Test func whatDoesNotMatterHasNoSlope() throws {
  let graph = try imported(model([2], [3]) { $0.node("Exp", ["a"], ["y"]) }.bytes).get().graph
  let results = try Evaluator(graph).run([Tensor([2], [0, 0] as [Float]), Tensor([3], [1, 2, 3] as [Float])])
  #expect(results[1].doubles() == [1, 1] && results[2].doubles() == [0, 0, 0])
}

/// Other values than those named: the way to `y` is computed once more.
@Test func otherValuesMayBeFed() throws {
  var model = ModelWriter()
  model.opsets.append((training, 1))
  model.input("a", .float32, [2])
  model.input("other", .float32, [2])
  model.node("Mul", ["a", "a"], ["y"])
  model.node("Gradient", ["other"], ["da"], domain: training, [("xs", .strings(["a"])), ("y", .string("y"))])
  model.output("y")
  model.output("da")
  let results = try Evaluator(try imported(model.bytes).get().graph).run([Tensor([2], [1, 2] as [Float]), Tensor([2], [5, 6] as [Float])])
  #expect(results.map { $0.doubles() } == [[1, 4], [10, 12]])
}

@Test func operatorsWithoutARuleAreNamed() throws {
  let error = try imported(
    model([2], [2]) {
      $0.node("Add", ["a", "b"], ["s"])
      $0.node("Erf", ["s"], ["e"], name: "bend")
      $0.node("Floor", ["e"], ["y"], name: "step")
    }.bytes
  ).failure
  // What lies before a node without a rule is not reached.
  #expect(error == .node(NodeReference(name: "step", type: "Floor", domain: "", opset: 17), .unsupported(.gradient)))
}
