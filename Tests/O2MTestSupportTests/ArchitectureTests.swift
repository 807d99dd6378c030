import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

struct ArchitectureTests {
  @Test(arguments: [
    (Architecture.squeezenet11, 1_235_496), (.mobileNetV2, 3_504_872 + 34_112), (.shuffleNetV2, 2_278_604 + 16_180),
    (.resNet18, 11_689_512 + 9_600),
  ])
  func hasTheParametersOfTorchvision(architecture: Architecture, parameters: Int) throws {
    let graph = try imported(architecture.model())
    let weights = graph.constants.filter { $0.constant?.element == .float32 && $0.type.rank > 0 }
    #expect(weights.reduce(0) { $0 + ($1.type.shape?.count ?? 0) } == parameters)
    #expect(graph[graph.outputs[0]].type == TensorType(.float32, [1, 1000]))
  }

  /// Depth must neither blow activations up nor make them vanish, or nothing could be measured on these networks.
  @Test(arguments: Architecture.allCases)
  func activationsStaySane(architecture: Architecture) throws {
    let graph = try imported(architecture.model(size: 64, classes: 10))
    var random = Seeded(7)
    let output = try Evaluator(graph).run([random.normal([1, 3, 64, 64], deviation: 1)]) { node, results in
      for tensor in results where tensor.element == .float32 {
        let values = tensor.doubles()
        let square = values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))
        #expect(square > 1e-4 && square < 1e4, "mean square \(square) at \(node.name)")
      }
    }
    let scores = try #require(output.first).doubles()
    #expect(Set(scores).count > 1)
  }

  @Test func sameSeedSameBytes() {
    #expect(Architecture.mobileNetV2.model(size: 32, classes: 4).bytes == Architecture.mobileNetV2.model(size: 32, classes: 4).bytes)
    #expect(
      Architecture.mobileNetV2.model(size: 32, classes: 4).bytes
        != Architecture.mobileNetV2.model(size: 32, classes: 4, seed: 2).bytes)
  }

  @Test func everyAttributeKindComesBack() throws {
    var model = ModelBuilder()
    let x = model.input("x", [1, 2, 4, 4])
    let filled = model.node(
      "ConstantOfShape", [model.initializer("shape", .indices([1, 2, 4, 4]))], "filled", ["value": .tensor(Tensor([1], [Float(3)]))])
    let leaky = model.node("LeakyRelu", [x], "leaky", ["alpha": .float(0.5)])
    let up = model.node(
      "Resize", [leaky, "", model.initializer("scales", Tensor([4], [Float](repeating: 1, count: 4)))], "same",
      ["mode": .string("nearest")])
    model.output(model.node("Add", [up, filled], "y"), [1, 2, 4, 4])
    let input = Tensor([1, 2, 4, 4], (0..<32).map { Float($0) - 16 })
    let y = try #require(try Evaluator(try imported(model)).run([input]).first)
    #expect(
      y.doubles()
        == (0..<32).map { index in
          let value = Double(index) - 16
          return (value < 0 ? value / 2 : value) + 3
        })
  }

  private func imported(_ model: ModelBuilder) throws -> Graph {
    let folder = try ScratchFolder()
    let path = folder.file("model.onnx")
    try model.write(to: path)
    return try importModel(path: path).graph
  }
}

struct AgreementTests {
  @Test func namesTheWorstElement() throws {
    let expected = Tensor([2, 2], [Float(1), 2, 3, 4]), found = Tensor([2, 2], [Float(1), 2.5, 3, 6])
    let error = #expect(throws: Disagreement.self) {
      try expectAgreement(found, expected, .ulp(4), output: "y", seed: 9)
    }
    #expect(error?.description.contains("element [1, 1] is 6.0, expected 4.0") == true)
    #expect(error?.description.contains("seed 9") == true)
  }

  @Test func treatsWhatIsNotFiniteByKind() throws {
    let special = Tensor([3], [Float.nan, .infinity, 0])
    try expectAgreement(special, special, .exact)
    for other: [Float] in [[0, .infinity, 0], [.nan, -.infinity, 0], [.nan, .infinity, .nan]] {
      #expect(throws: Disagreement.self) {
        try expectAgreement(Tensor([3], other), special, .bounds(absolute: 1e30, relative: 1e30))
      }
    }
  }

  @Test func countsSteps() throws {
    let one = Tensor([1], [Float(1)])
    let next = Tensor([1], [Float(1).nextUp.nextUp])
    try expectAgreement(next, one, .ulp(2))
    #expect(throws: Disagreement.self) { try expectAgreement(next, one, .ulp(1)) }
    #expect(throws: Disagreement.self) { try expectAgreement(next, one, .exact) }
  }
}
