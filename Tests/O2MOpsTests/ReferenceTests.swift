import O2MOps
import O2MTensor
import Testing

/// An operator over constants and what it gives.
private struct Example: Sendable {
  let code: OpCode
  let node: BuiltNode
  let inputs: [Tensor?]
  let shape: Shape
  let expected: [Double]

  init(_ code: OpCode, _ attributes: [(AttributeName, BuiltNode.Value)], _ inputs: [Tensor?], _ shape: [Int], _ expected: [Double]) {
    self.code = code
    node = BuiltNode(inputs.count, attributes)
    self.inputs = inputs
    self.shape = Shape(shape)
    self.expected = expected
  }

  static let all: [Example] = {
    var all: [Example] = []
    all.append(Example(.expand, [], [counted([3]), Tensor.indices([2, 1])], [2, 3], [0, 1, 2, 0, 1, 2]))
    all.append(Example(.expand, [], [counted([2, 1]), Tensor.indices([3])], [2, 3], [0, 0, 0, 1, 1, 1]))
    all.append(Example(.reshape, [(.allowzero, .int(1))], [counted([0, 3]), Tensor.indices([3, 0])], [3, 0], []))
    all.append(Example(.gather, [], [counted([3]), Tensor.indices([-3, -1])], [2], [0, 2]))
    all.append(Example(.reverseSequence, [], [counted([3, 1]), Tensor.indices([2])], [3, 1], [1, 0, 2]))
    all.append(Example(.trilu, [], [counted([2, 2])], [2, 2], [0, 1, 0, 3]))
    all.append(Example(.trilu, [(.upper, .int(0))], [counted([2, 2])], [2, 2], [0, 0, 2, 3]))
    let five = Tensor([1], [Float(5)]), product: [(AttributeName, BuiltNode.Value)] = [(.reduction, .string("mul"))]
    all.append(Example(.scatterElements, product, [counted([4]), Tensor.indices([3]), five], [4], [0, 1, 2, 15]))
    let centred: [(AttributeName, BuiltNode.Value)] = [
      (.mode, .string("linear")), (.coordinate_transformation_mode, .string("pytorch_half_pixel")),
    ]
    all.append(Example(.resize, centred, [counted([4]), nil, nil, Tensor.indices([1])], [1], [0]))
    let halves = Tensor([4], [Float(0.5), 1.5, 2.5, 3.5]), one = Tensor([], [Float(1)])
    all.append(Example(.quantizeLinear, [], [halves, one], [4], [0, 2, 2, 4]))
    return all
  }()
}

/// What references give where a neighbour of the rule would give something else. Each is read back from its record as well.
struct ReferenceTests {
  @Test(arguments: Example.all.indices) func gives(index: Int) throws {
    let example = Example.all[index], y = try outputs(example.code, example.node, example.inputs)[0]
    #expect(y.shape == example.shape && y.doubles() == example.expected, "\(example.code) \(index)")
  }

  @Test func indicesByColumnsAreReadBack() throws {
    let node = BuiltNode(1, outputs: 2, [(.kernel_shape, .ints([1, 1])), (.storage_order, .int(1))])
    #expect(try outputs(.maxPool, node, [counted([1, 1, 2, 2])])[1].ints() == [0, 2, 1, 3])
  }

  @Test(arguments: [
    Activation.relu, .clip(low: 0.5, high: 1.5), .leakyRelu(alpha: 0.25), .hardSigmoid(alpha: 0.25, beta: 0.5),
    .hardSwish(alpha: 0.25, beta: 0.5), .sigmoid, .silu, .tanh, .gelu, .geluTanh,
  ])
  func activationsAreReadBack(activation: Activation) throws {
    let conv = Op.conv(Conv(window: Window(kernel: [1]), activation: activation))
    let x = Tensor([1, 1, 4], [Float(-2), -0.5, 1, 3])
    let y = try outputs(conv, [x, Tensor([1, 1, 1], [Float(1)])])[0].floats
    for (value, source) in zip(y, x.floats) { #expect(value == Float(activation.apply(Double(source)))) }
  }

  /// The product of two open extents is no extent that has a name.
  @Test func symbolsAreNotMultiplied() throws {
    let x = InputFact(TensorType(.float32, [Dim.symbol(0), .symbol(1), .fixed(3)]))
    #expect(try Op(.flatten, BuiltNode(1, [(.axis, .int(2))])).infer([x])[0].dims == [.unknown, .fixed(3)])
    #expect(try Op(.flatten, BuiltNode(1, [(.axis, .int(1))])).infer([x])[0].dims == [.symbol(0), .unknown])
  }
}
