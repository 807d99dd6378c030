import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// One node over `x`, imported at `opset` and run by reference.
private func run(
  _ type: String, opset: Int, _ x: Tensor, others: [Tensor] = [], outputs: Int = 1, _ attributes: [(String, ModelWriter.Attribute)]
) throws -> [Tensor] {
  var model = ModelWriter(opset: opset)
  model.input("x", x.element, x.shape.dims.map { .fixed($0) })
  for (index, other) in others.enumerated() { model.initializer("c\(index)", other) }
  let names = (0..<outputs).map { "y\($0)" }
  model.node(type, ["x"] + others.indices.map { "c\($0)" }, names, name: "n", attributes)
  for name in names { model.output(name, x.element) }
  let imported = try imported(model.bytes).get()
  #expect(imported.notes.isEmpty)
  return try Evaluator(imported.graph).run([x])
}

/// 0, 1, 2, ... as float32.
private func counting(_ shape: Shape) -> Tensor { Tensor(.float32, shape, rounding: (0..<shape.count).map { Double($0) }) }

@Test func clip6HasItsBoundsInAttributes() throws {
  let y = try run("Clip", opset: 6, counting([5]), [("min", .float(1)), ("max", .float(3))])[0]
  #expect(y.doubles() == [1, 1, 2, 3, 3])
  let half = Tensor(.float16, [3], rounding: [-1, 0.5, 9])
  let oneSided = try run("Clip", opset: 6, half, [("max", .float(6))])[0]
  #expect(oneSided.element == .float16 && oneSided.doubles() == [-1, 0.5, 6])
}

@Test func slice1HasItsRangesInAttributes() throws {
  let y = try run("Slice", opset: 9, counting([2, 4]), [("starts", .ints([1])), ("ends", .ints([9])), ("axes", .ints([1]))])[0]
  #expect(y.shape == [2, 3] && y.doubles() == [1, 2, 3, 5, 6, 7])
}

@Test func pad2HasItsSizesInAttributes() throws {
  let y = try run(
    "Pad", opset: 9, counting([1, 2]), [("pads", .ints([0, 1, 0, 2])), ("value", .float(7)), ("mode", .string("constant"))])[0]
  #expect(y.doubles() == [7, 0, 1, 7, 7])
}

@Test func axesWereAttributes() throws {
  #expect(try run("Unsqueeze", opset: 11, counting([2]), [("axes", .ints([0, 2]))])[0].shape == [1, 2, 1])
  #expect(try run("Squeeze", opset: 11, counting([1, 2, 1]), [("axes", .ints([-1]))])[0].shape == [1, 2])
  #expect(try run("Squeeze", opset: 11, counting([1, 2, 1]), [])[0].shape == [2])
  #expect(try run("ReduceSum", opset: 11, counting([2, 2]), [("axes", .ints([0])), ("keepdims", .int(0))])[0].doubles() == [2, 4])
  #expect(try run("ReduceMean", opset: 13, counting([2, 2]), [("axes", .ints([1]))])[0].doubles() == [0.5, 2.5])
  #expect(try run("ReduceMax", opset: 17, counting([2, 2]), [])[0].doubles() == [3])
}

@Test func split2HasItsSizesInAttributes() throws {
  let parts = try run("Split", opset: 11, counting([3]), outputs: 2, [("split", .ints([1, 2])), ("axis", .int(0))])
  #expect(parts.map { $0.doubles() } == [[0], [1, 2]])
  #expect(try run("Split", opset: 11, counting([4]), outputs: 2, []).map { $0.doubles() } == [[0, 1], [2, 3]])
}

@Test func upsampleIsAResize() throws {
  let x = counting([1, 1, 1, 2])
  #expect(
    try run("Upsample", opset: 7, x, [("scales", .floats([1, 1, 1, 2])), ("mode", .string("nearest"))])[0].doubles() == [0, 0, 1, 1])
  let scales = Tensor([4], [1, 1, 1, 2] as [Float])
  #expect(try run("Upsample", opset: 9, x, others: [scales], [("mode", .string("linear"))])[0].doubles() == [0, 0.5, 1, 1])
  #expect(try run("Resize", opset: 10, x, others: [scales], [("mode", .string("linear"))])[0].doubles() == [0, 0.5, 1, 1])
}

/// Before opset 7 the second operand's axes began at `axis`.
@Test func broadcastingByAxis() throws {
  let channels = Tensor([2], [10, 20] as [Float])
  let y = try run("Add", opset: 6, counting([1, 2, 2]), others: [channels], [("broadcast", .int(1)), ("axis", .int(1))])[0]
  #expect(y.doubles() == [10, 11, 22, 23])
  let slope = try run("PRelu", opset: 6, Tensor(.float32, [1, 2, 2], rounding: [-1, 1, -1, 1]), others: [channels], [])[0]
  #expect(slope.doubles() == [-10, 1, -20, 1])
}

@Test func softmax11TakesAllAxesFromOneOn() throws {
  let y = try run("Softmax", opset: 11, Tensor(.float32, [1, 2, 2], rounding: [0, 0, 0, 0]), [])[0]
  #expect(y.doubles() == [0.25, 0.25, 0.25, 0.25])
}

/// Opsets 1 to 5.
@Test func theOldestFormsAreRead() throws {
  let x = counting([2, 2])
  #expect(try run("Not", opset: 1, Tensor(.bool, [2], wrapping: [0, 1]), [])[0].ints() == [1, 0])
  #expect(try run("Relu", opset: 1, Tensor([2], [-1, 1] as [Float]), [("consumed_inputs", .ints([0]))])[0].doubles() == [0, 1])
  #expect(try run("Reshape", opset: 4, x, [("shape", .ints([0, -1, 1]))])[0].shape == [2, 2, 1])
  #expect(try run("Concat", opset: 1, x, others: [x], [])[0].doubles() == [0, 1, 0, 1, 2, 3, 2, 3])
  #expect(try run("Pad", opset: 1, counting([2]), [("paddings", .ints([1, 0])), ("value", .float(9))])[0].doubles() == [9, 0, 1])
  #expect(try run("Tile", opset: 1, x, others: [.scalar(2 as Float), .scalar(1 as Float)], [])[0].doubles() == [0, 1, 0, 1, 2, 3, 2, 3])
  let sizes = Tensor([2], [1, 3] as [Float])
  #expect(
    try run("Split", opset: 1, counting([4]), others: [sizes], outputs: 2, [("axis", .int(0))]).map { $0.doubles() } == [[0], [1, 2, 3]])
  let image = counting([1, 1, 1, 2])
  #expect(
    try run("Upsample", opset: 1, image, [("height_scale", .float(1)), ("width_scale", .float(2)), ("mode", .string("nearest"))])[0]
      .doubles()
      == [0, 0, 1, 1])
}

/// Cast-1 spells its type.
@Test func theOldestCastNamesItsType() throws {
  var model = ModelWriter(opset: 1)
  model.input("x", .float32, [2])
  model.node("Cast", ["x"], ["y"], name: "n", [("to", .string("INT32"))])
  model.output("y", .int32)
  let y = try Evaluator(try imported(model.bytes).get().graph).run([Tensor([2], [1.5, -2] as [Float])])[0]
  #expect(y.element == .int32 && y.ints() == [1, -2])
}

@Test func trainingWithoutDropsIsInference() throws {
  let x = counting([3]), on = Tensor([], [Truth(true)])
  let results = try run("Dropout", opset: 13, x, others: [.scalar(0 as Float), on], outputs: 1, [("seed", .int(1))])
  #expect(results[0].doubles() == [0, 1, 2])
  #expect(try run("Dropout", opset: 6, x, [("ratio", .float(0))])[0].doubles() == [0, 1, 2])
  for (opset, others) in [(6, []), (13, [.scalar(0.5 as Float), on])] as [(Int, [Tensor])] {
    var model = ModelWriter(opset: opset)
    model.input("x", .float32, [3])
    for (index, other) in others.enumerated() { model.initializer("c\(index)", other) }
    model.node("Dropout", ["x"] + others.indices.map { "c\($0)" }, ["y"], name: "d")
    model.output("y")
    #expect(
      try imported(model.bytes).failure == .node(NodeReference(name: "d", type: "Dropout", domain: "", opset: opset), .unsupported(.random))
    )
  }
}

/// `spatial` 0: a scale, bias, mean and variance for every element.
@Test func batchNormalization7OfElements() throws {
  let each = counting([1, 2, 2]), ones = Tensor([1, 2, 2], [1, 1, 1, 1] as [Float])
  let y = try run(
    "BatchNormalization", opset: 7, counting([2, 1, 2, 2]), others: [each, ones, ones, ones],
    [("spatial", .int(0)), ("epsilon", .float(0))])[0]
  #expect(y.shape == [2, 1, 2, 2] && y.doubles() == [1, 1, 3, 7, 1, 5, 11, 19])
}

@Test func trainingAttributesGo() throws {
  #expect(try run("Dropout", opset: 11, counting([3]), [("ratio", .float(0.25))])[0].doubles() == [0, 1, 2])
  let ones = Tensor([2], [1, 1] as [Float]), zeros = Tensor([2], [0, 0] as [Float])
  let y = try run(
    "BatchNormalization", opset: 9, counting([1, 2]), others: [ones, zeros, zeros, ones],
    [("momentum", .float(0.9)), ("epsilon", .float(0))])
  #expect(y[0].doubles() == [0, 1])
}
