import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// A node of one input, and what it gives.
private struct Decomposed: Sendable {
  let type: String
  var domain = ""
  var opset = 23
  var attributes: [(String, ModelWriter.Attribute)] = []
  let x: Tensor
  var constants: [Tensor] = []
  let expected: [Double]
  var shape: Shape?

  /// In all of these a neighbour of the rule gives something else.
  static let all: [Decomposed] = [
    // A line of zeros stays.
    Decomposed(type: "LpNormalization", x: f32([2, 2], [0, 0, 3, 4]), expected: [0, 0, 0.6, 0.8]),
    // By channel: over samples and pixels.
    Decomposed(
      type: "MeanVarianceNormalization", x: f32([2, 2, 1, 2], [1, 3, 0, 0, 5, 7, 0, 8]),
      expected: [-1.34164079, -0.44721360, -0.57735027, -0.57735027, 0.44721360, 1.34164079, -0.57735027, 1.73205081]),
    // The odd one is cut, or added, at the end.
    Decomposed(type: "CenterCropPad", x: f32([4], [1, 2, 3, 4]), constants: [.indices([1])], expected: [2], shape: [1]),
    Decomposed(type: "CenterCropPad", x: f32([1], [5]), constants: [.indices([4])], expected: [0, 5, 0, 0], shape: [4]),
    // Centres of pixels; of one that is to be the corner as well.
    Decomposed(
      type: "AffineGrid", x: f32([1, 2, 3], [1, 0, 0, 0, 1, 0]), constants: [.indices([1, 1, 1, 2])], expected: [-0.5, 0, 0.5, 0]),
    Decomposed(
      type: "AffineGrid", attributes: [("align_corners", .int(1))], x: f32([1, 2, 3], [1, 0, 0, 0, 1, 0]),
      constants: [.indices([1, 1, 1, 2])], expected: [-1, -1, 1, -1]),
    // A scale for each group, later for each channel.
    Decomposed(
      type: "GroupNormalization", opset: 18, attributes: [("num_groups", .int(1)), ("epsilon", .float(0))],
      x: f32([1, 2, 2], [1, 1, 3, 3]),
      constants: [f32([1], [2]), f32([1], [1])], expected: [-1, -1, 3, 3]),
    Decomposed(
      type: "GroupNormalization", opset: 21, attributes: [("num_groups", .int(1)), ("epsilon", .float(0))],
      x: f32([1, 2, 2], [1, 1, 3, 3]),
      constants: [f32([2], [2, 3]), f32([2], [1, 0])], expected: [-1, -1, 3, 3]),
    // One in each row of a matrix, later one in each line.
    Decomposed(type: "Hardmax", opset: 11, x: f32([1, 2, 2], [1, 2, 4, 3]), expected: [0, 0, 1, 0]),
    Decomposed(type: "Hardmax", opset: 13, x: f32([1, 2, 2], [1, 2, 4, 3]), expected: [0, 1, 1, 0]),
    // Of 4 elements 2 are turned, by a quarter; all are without the attribute.
    Decomposed(
      type: "RotaryEmbedding", attributes: [("rotary_embedding_dim", .int(2))], x: f32([1, 2, 1, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
      constants: [f32([1, 1, 1], [0]), f32([1, 1, 1], [1])], expected: [-2, 1, 3, 4, -6, 5, 7, 8]),
    Decomposed(
      type: "RotaryEmbedding", attributes: [("num_heads", .int(2))], x: f32([1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
      constants: [f32([1, 2, 1], [0, 1]), f32([1, 2, 1], [1, 0])], expected: [-2, 1, -4, 3, 5, 6, 7, 8]),
    Decomposed(
      type: "Scaler", domain: "ai.onnx.ml", attributes: [("offset", .floats([1, 2])), ("scale", .floats([2]))], x: f32([1, 2], [3, 5]),
      expected: [4, 6]),
  ]
}

private func f32(_ shape: Shape, _ values: [Float]) -> Tensor { Tensor(shape, values) }

struct DecompositionTests {
  private func model(_ item: Decomposed) -> ModelWriter {
    var model = ModelWriter(opset: item.opset)
    if !item.domain.isEmpty { model.opsets.append((item.domain, 3)) }
    model.input("x", .float32, item.x.shape.dims.map { .fixed($0) })
    for (index, tensor) in item.constants.enumerated() { model.initializer("c\(index)", tensor) }
    model.node(item.type, ["x"] + item.constants.indices.map { "c\($0)" }, ["y"], name: "n", domain: item.domain, item.attributes)
    model.output("y")
    return model
  }

  @Test(arguments: Decomposed.all.indices) func gives(index: Int) throws {
    let item = Decomposed.all[index], graph = try imported(model(item).bytes).get().graph
    let y = try Evaluator(graph).run([item.x])[0]
    #expect(y.shape == item.shape ?? item.x.shape || item.type == "AffineGrid", "\(item.type)")
    #expect(zip(y.doubles(), item.expected).allSatisfy { abs($0 - $1) <= 1e-6 }, "\(item.type): \(y.doubles())")
    #expect(y.shape.count == item.expected.count)
  }

  /// As many numbers as columns, or one.
  @Test(arguments: [2, 4]) func scalerRefusesOtherCounts(count: Int) throws {
    let ones = [Float](repeating: 1, count: count)
    let item = Decomposed(
      type: "Scaler", domain: "ai.onnx.ml", attributes: [("scale", .floats(ones))], x: f32([1, 3], [1, 2, 3]), expected: [])
    guard case .node(_, let fault)? = try imported(model(item).bytes).failure else { return #expect(Bool(false), "it was taken") }
    #expect(fault == .attribute(.scale, .count(expected: 3, found: count)))
  }
}
