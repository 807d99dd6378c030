import Foundation
import O2MConvert
import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// What inputs hold where no data is given.
struct SampleInputsTests {
  typealias Step = (type: String, more: [String], attributes: [(String, ModelWriter.Attribute)])

  private func graph(_ model: ModelWriter) throws -> Graph {
    let folder = try ScratchFolder()
    try Data(model.bytes).write(to: URL(fileURLWithPath: folder.file("model.onnx")))
    return try importModel(path: folder.file("model.onnx")).graph
  }

  private func drawn(_ model: ModelWriter, seed: UInt64 = 1) throws -> [Tensor] {
    var samples = SampleInputs(seed: seed)
    let graph = try graph(model)
    return samples.tensors(for: graph, graph.inputTraits())
  }

  /// A model whose `ids` reach a table of 50 rows by way of `steps`, and whose `flags` choose between numbers.
  private func table(by steps: [Step], _ element: ElementType = .int32) -> ModelWriter {
    var model = ModelWriter()
    model.input("ids", element, [1, 6])
    model.input("flags", .int64, [1, 6])
    model.initializer("table", Tensor([50, 2], [Float](repeating: 1, count: 100)))
    model.initializer("axes", .indices([0]))
    model.initializer("shape", .indices([6, 1]))
    for number in [-3, 2, 7, 10, 40] { model.initializer("n\(number)", Tensor(element, [], wrapping: [number])) }
    model.initializer("columns", Tensor(element, [1, 6], wrapping: [0, 8, 16, 24, 32, 40]))
    var ids = "ids"
    for step in steps {
      model.node(
        step.type, step.more.contains("ids") ? step.more.map { $0 == "ids" ? ids : $0 } : [ids] + step.more, [ids + "'"], step.attributes)
      ids += "'"
    }
    model.node("Gather", ["table", ids], ["y"])
    model.node("Add", ["flags", "flags"], ["z"])
    model.output("y")
    model.output("z", .int64)
    return model
  }

  /// The numbers are those of SplitMix64, so every host draws them.
  @Test func tokensAreDrawnFromTheWholeTable() throws {
    let ways: [[Step]] = [
      [], [("Cast", [], [("to", .int(7))])], [("Unsqueeze", ["axes"], []), ("Cast", [], [("to", .int(7))])],
      [("Reshape", ["shape"], []), ("Transpose", [], [])],
    ]
    for way in ways {
      let tensors = try drawn(table(by: way))
      #expect(tensors[0].ints() == [28, 37, 48, 22, 22, 38])
      #expect(tensors[1].ints().allSatisfy { (0...1).contains($0) })
    }
  }

  /// Arithmetic with constants moves and stretches the range that a table accepts.
  @Test(
    arguments: [
      ([("Neg", [], [])], -49...0), ([("Add", ["n7"], [])], -7...42), ([("Add", ["n-3"], [])], 3...52), ([("Sub", ["n7"], [])], 7...56),
      ([("Sub", ["n40", "ids"], [])], -9...40), ([("Mul", ["n2"], [])], 0...24), ([("Div", ["n2"], [])], 0...99),
      ([("Add", ["columns"], [])], 0...9), ([("Mod", ["n10"], [])], 0...19), ([("Clip", ["n2", "n10"], [])], 2...10),
      ([("Mul", ["n7"], []), ("Add", ["n2"], [])], 0...6), ([("Abs", [], [])], 0...49), ([("CumSum", ["axis"], [])], 0...8),
    ] as [([Step], ClosedRange<Int>)])
  func indicesBehindArithmeticStayInTheTable(steps: [Step], range: ClosedRange<Int>) throws {
    var model = table(by: steps)
    model.initializer("axis", Tensor([], [Int32(1)]))
    let graph = try graph(model)
    for seed in 1...20 {
      var samples = SampleInputs(seed: UInt64(seed))
      let tensors = samples.tensors(for: graph, graph.inputTraits())
      #expect(tensors[0].ints().allSatisfy { range.contains($0) }, "\(steps.map(\.type)): \(tensors[0].ints())")
      #expect(throws: Never.self) { try Evaluator(graph).run(tensors) }
    }
  }

  /// One-hot by comparison covers every class, thresholds lie among what they cut.
  @Test func comparisonsTellTheRange() throws {
    var model = ModelWriter()
    model.input("class", .int32, [1, 400, 1])
    model.input("lowest", .float32, [])
    model.input("highest", .float32, [])
    model.initializer("classes", Tensor([1, 1, 257], (0..<257).map { Int32($0) }))
    model.initializer("pitches", Tensor([9], (0..<9).map { 50 + 50 * Float($0) }))
    model.node("Equal", ["class", "classes"], ["hot"])
    model.node("Greater", ["pitches", "lowest"], ["low"])
    model.node("Less", ["pitches", "highest"], ["high"])
    model.output("hot", .bool)
    model.output("low", .bool)
    model.output("high", .bool)
    let tensors = try drawn(model)
    let classes = tensors[0].ints()
    #expect(classes.min() == 0 || classes.contains { $0 < 16 })
    #expect(classes.contains { $0 > 240 } && classes.allSatisfy { (0...256).contains($0) })
    #expect((50...150).contains(tensors[1].doubles()[0]) && (350...450).contains(tensors[2].doubles()[0]))
  }

  @Test func masksAreOnesThenZeros() throws {
    var model = ModelWriter()
    model.input("mask", .int64, [5, 12])
    model.node("Cast", ["mask"], ["y"], [("to", .int(1))])
    model.output("y")
    let mask = try drawn(model)[0].ints()
    for row in 0..<5 {
      let flags = Array(mask[row * 12..<row * 12 + 12])
      #expect(flags == flags.sorted(by: >) && (6...11).contains(flags.reduce(0, +)), "\(flags)")
    }
  }

  /// A network of means sees more than rounding errors; bytes are pixels.
  @Test(arguments: [
    (ElementType.float32, [1, 3, 16, 20]), (.float32, [2, 16, 20, 1]), (.uint8, [1, 3, 16, 20]), (.uint8, [1, 16, 20, 3]),
  ])
  func picturesHaveAMean(element: ElementType, dims: [Int]) throws {
    var model = ModelWriter()
    model.input("x", element, dims.map { .fixed($0) })
    model.node("Cast", ["x"], ["y"], [("to", .int(1))])
    model.output("y")
    for seed in 1...3 {
      let values = try drawn(model, seed: UInt64(seed))[0].doubles()
      let mean = values.reduce(0, +) / Double(values.count)
      if element == .uint8 {
        #expect((40...220).contains(mean) && values.allSatisfy { (0...255).contains($0) } && (values.max() ?? 0) - (values.min() ?? 0) > 80)
      } else {
        #expect(mean.magnitude > 1e-3 && mean.magnitude < 0.7)
      }
    }
  }

  /// A picture that the graph divides by 255 is one of pixels.
  @Test func scaledPicturesAreOfPixels() throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, 3, 16, 20])
    model.initializer("scale", Tensor([], [Float(255)]))
    model.node("Div", ["x", "scale"], ["y"])
    model.output("y")
    let values = try drawn(model)[0].doubles()
    #expect(values.allSatisfy { (0...255).contains($0) && $0 == $0.rounded() } && (values.max() ?? 0) > 100)
  }

  /// What a convolution of one channel reads is a sound: most of it is quiet, and neighbours are alike.
  @Test func longSignalsAreSounds() throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, 16000])
    model.initializer("axes", .indices([1]))
    model.initializer("w", Tensor([4, 1, 64], [Float](repeating: 0.1, count: 256)))
    model.node("Unsqueeze", ["x", "axes"], ["u"])
    model.node("Conv", ["u", "w"], ["y"])
    model.output("y")
    let x = try drawn(model)[0].doubles()
    let power = x.reduce(0) { $0 + $1 * $1 }, change = zip(x, x.dropFirst()).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(x.allSatisfy { $0.magnitude <= 1 } && (0.01...0.4).contains((power / 16000).squareRoot()))
    #expect(change < power / 2)
  }

  /// A refused draw is followed by simpler ones; the graph cannot tell that the sum of both must stay below 3.
  @Test func refusedNumbersAreDrawnAgain() throws {
    var model = ModelWriter(opset: 18)
    model.input("a", .int64, [4])
    model.initializer("table", Tensor([3], [Float](repeating: 1, count: 3)))
    model.initializer("three", .indices([3, 3, 3, 3]))
    model.node("BitwiseXor", ["a", "three"], ["i"])
    model.node("Gather", ["table", "i"], ["y"])
    model.output("y")
    let graph = try graph(model)
    var samples = SampleInputs(seed: 1)
    let item = try samples.reference(of: Evaluator(graph), graph.inputTraits())
    #expect(item.inputs[0].ints() == [1, 1, 1, 1])
  }
}
