import O2MOps
import O2MTensor
import Testing

struct ConvTests {
  @Test func sumsOverTapsAndChannels() throws {
    let conv = Conv(window: Window(kernel: [3, 3], pads: [1, 1, 1, 1]))
    let y = try conv.reference([counting([1, 1, 3, 3], from: 1), f32([1, 1, 3, 3], [Float](repeating: 1, count: 9)), f32([1], [0.5])])[0]
    #expect(y.shape == [1, 1, 3, 3])
    #expect(y.floats == [12.5, 21.5, 16.5, 27.5, 45.5, 33.5, 24.5, 39.5, 28.5])
  }

  @Test func groupsStridesAndResiduals() throws {
    let conv = Conv(window: Window(kernel: [1], strides: [2]), group: 2, activation: .relu)
    let y = try conv.reference([
      counting([1, 2, 3]), f32([4, 1, 1], [1, -1, 2, -2]), nil, f32([1, 4, 2], [1, 1, 1, 1, 1, 1, 1, 1]),
    ])[0]
    #expect(y.floats == [1, 3, 1, 0, 7, 11, 0, 0])
  }

  @Test func shapesThatDisagreeAreRefused() {
    let conv = Conv(window: Window(kernel: [3, 3]), group: 2)
    #expect(throws: OpFault.extent(input: 1, axis: 1, expected: 2, found: 3)) { try conv.infer(facts([1, 4, 5, 5], [2, 3, 3, 3])) }
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 2, found: 3)) { try conv.infer(facts([1, 4, 5, 5], [3, 2, 3, 3])) }
    #expect(throws: OpFault.extent(input: 2, axis: 0, expected: 2, found: 3)) { try conv.infer(facts([1, 4, 5, 5], [2, 2, 3, 3], [3])) }
    #expect(throws: OpFault.emptyOutput(axis: 3, extent: 0)) { try conv.infer(facts([1, 4, 5, 2], [2, 2, 3, 3])) }
    #expect(throws: OpFault.rank(input: 0, expected: 3...5, found: 2)) { try conv.infer(facts([1, 4], [2, 2, 3, 3])) }
    #expect(throws: OpFault.attribute(.group, .outOfRange)) { try Conv(TestNode(2, (.group, .int(0)))) }
    #expect(throws: OpFault.attribute(.dilations, .outOfRange)) { try Conv(TestNode(2, (.dilations, .ints([Int.max, 1])))) }
  }

  @Test func samePadsLeaveTheExtentDividedByTheStride() throws {
    let upper = Conv(window: Window(kernel: [2], strides: [1], autoPad: .sameUpper)), w = f32([1, 1, 2], [1, 10])
    #expect(try upper.reference([counting([1, 1, 3], from: 1), w])[0].floats == [21, 32, 3])
    let lower = Conv(window: Window(kernel: [2], strides: [1], autoPad: .sameLower))
    #expect(try lower.reference([counting([1, 1, 3], from: 1), w])[0].floats == [10, 21, 32])
    let strided = Conv(window: Window(kernel: [2], strides: [2], autoPad: .sameUpper))
    #expect(try strided.reference([counting([1, 1, 3], from: 1), w])[0].floats == [21, 3])
  }

  @Test func transposedScattersItsWindow() throws {
    let op = ConvTranspose(window: Window(kernel: [3], strides: [2]))
    let x = f32([1, 1, 2], [1, 2]), w = f32([1, 1, 3], [1, 10, 100])
    #expect(try op.reference([x, w])[0].floats == [1, 10, 102, 20, 200])
    var padded = op
    padded.window.pads = [1, 0]
    padded.outputPadding = [1]
    #expect(try padded.reference([x, w, f32([1], [0.5])])[0].floats == [10.5, 102.5, 20.5, 200.5, 0.5])
    var shaped = op
    shaped.outputShape = [4]
    #expect(try shaped.reference([x, w])[0].floats == [10, 102, 20, 200])
    var same = op
    same.window.autoPad = .sameUpper
    #expect(try same.reference([x, w])[0].floats == [1, 10, 102, 20])
  }

  @Test func transposedGroupsAreApart() throws {
    let op = ConvTranspose(window: Window(kernel: [1]), group: 2)
    let y = try op.reference([f32([1, 2, 1], [1, 10]), f32([2, 2, 1], [1, 2, 3, 4])])[0]
    #expect(y.shape == [1, 4, 1])
    #expect(y.floats == [1, 2, 30, 40])
  }
}

struct MatrixTests {
  @Test func gemmScalesAndTransposes() throws {
    let a = f32([2, 2], [1, 2, 3, 4]), b = f32([2, 2], [1, 0, 1, 1]), c = f32([2], [10, 20])
    #expect(try Gemm().reference([a, b, c])[0].floats == [13, 22, 17, 24])
    #expect(try Gemm(alpha: 2, beta: 0.5, transA: true, transB: true).reference([a, b, c])[0].floats == [7, 18, 9, 22])
    #expect(try Gemm(activation: .clip(low: 0, high: 5)).reference([a, b, nil, f32([2, 2], [0, 0, 0, 1])])[0].floats == [3, 2, 5, 5])
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 2, found: 3)) { try Gemm().infer(facts([2, 2], [3, 2])) }
    #expect(throws: OpFault.broadcast(axis: 1, left: 2, right: 3)) { try Gemm().infer(facts([2, 2], [2, 2], [3])) }
  }

  @Test func matMulBroadcastsItsBatch() throws {
    let a = counting([2, 1, 1, 2], from: 1), b = counting([3, 2, 1])
    let y = try MatMul().reference([a, b])[0]
    #expect(y.shape == [2, 3, 1, 1])
    #expect(y.floats == [2, 8, 14, 4, 18, 32])
  }

  @Test func vectorsLoseTheirAxis() throws {
    let v = f32([2], [1, 2]), m = f32([2, 2], [1, 2, 3, 4])
    #expect(try MatMul().reference([v, v])[0].shape == [])
    #expect(try MatMul().reference([v, m])[0].floats == [7, 10])
    #expect(try MatMul().reference([m, v])[0].floats == [5, 11])
    #expect(try MatMul(activation: .relu).reference([m, v, f32([1], [-6])])[0].floats == [0, 5])
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 2, found: 3)) { try MatMul().infer(facts([2, 2], [3])) }
    #expect(throws: OpFault.broadcast(axis: 0, left: 2, right: 3)) { try MatMul().infer(facts([2, 1, 1], [3, 1, 1])) }
  }

  @Test func integersWrap() throws {
    #expect(try MatMul().reference([Tensor([1, 2], [Int32.max, 1]), Tensor([2, 1], [Int32(2), 1])])[0].ints() == [-1])
  }
}

struct PoolTests {
  @Test func maxIgnoresThePadding() throws {
    let pool = MaxPool(window: Window(kernel: [2, 2], strides: [2, 2], pads: [1, 1, 0, 0]))
    #expect(try pool.reference([f32([1, 1, 3, 3], [-1, -2, -3, -4, -5, -6, -7, -8, .nan])])[0].floats[..<3] == [-1, -2, -4])
    #expect(try pool.reference([f32([1, 1, 3, 3], [-1, -2, -3, -4, -5, -6, -7, -8, .nan])])[0].floats[3].isNaN)
    let bytes = Tensor([1, 1, 3], [Int8(-5), -128, 3])
    #expect(try MaxPool(window: Window(kernel: [2])).reference([bytes])[0].ints() == [-5, 3])
  }

  @Test func ceilModeAddsAWindowThatStartsInside() throws {
    let x = counting([1, 1, 6], from: 1)
    #expect(try MaxPool(window: Window(kernel: [3], strides: [2]), ceil: false).reference([x])[0].floats == [3, 5])
    #expect(try MaxPool(window: Window(kernel: [3], strides: [2]), ceil: true).reference([x])[0].floats == [3, 5, 6])
    #expect(try MaxPool(window: Window(kernel: [1], strides: [4]), ceil: true).infer(facts([1, 1, 6]))[0].shape == [1, 1, 2])
    // The third window would start right behind the input.
    #expect(try MaxPool(window: Window(kernel: [1], strides: [2]), ceil: true).infer(facts([1, 1, 4]))[0].shape == [1, 1, 2])
  }

  @Test func averageCountsWhatItShould() throws {
    let x = f32([1, 1, 3], [3, 6, 9]), window = Window(kernel: [3], strides: [2], pads: [1, 0])
    #expect(try AveragePool(window: window).reference([x])[0].floats == [4.5])
    #expect(try AveragePool(window: window, countsPadding: true).reference([x])[0].floats == [3])
    #expect(try AveragePool(window: window, ceil: true, countsPadding: true).reference([x])[0].floats == [3, 7.5])
    let dilated = AveragePool(window: Window(kernel: [2], dilations: [2]))
    #expect(try dilated.reference([x])[0].floats == [6])
    // It knows dilations since opset 19, and counts no padding unless told.
    let node = [(AttributeName.kernel_shape, TestNode.Value.ints([2])), (.dilations, .ints([2])), (.pads, .ints([1, 0]))]
    for (opset, expected) in [(11, [3, 4.5, 7.5]), (22, [6, 6])] as [(Int, [Float])] {
      var source = TestNode(1, opset: opset)
      source.attributes = node
      #expect(try AveragePool(source).reference([x])[0].floats == expected)
    }
  }

  @Test(arguments: [(0, [0, 1, 2, 3, 4, 5]), (1, [0, 2, 4, 1, 3, 5])])
  func indicesCountRowsOrColumns(order: Int, places: [Int]) throws {
    let node = TestNode(1, outputs: 2, (.kernel_shape, .ints([1, 1])), (.storage_order, .int(order)))
    // Every element is its own window: its place in a plane of 2 × 3 is its index, read by rows or by columns.
    let found = try MaxPool(node).reference([counting([2, 2, 2, 3])])[1]
    #expect(found.element == .int64)
    let expected: [Int] = (0..<24).map { index in index / 6 * 6 + places[index % 6] }
    #expect(found.ints() == expected)
  }

  @Test func theFirstMaximumIsFoundAndNaNBeatsIt() throws {
    let node = TestNode(1, outputs: 2, (.kernel_shape, .ints([3])), (.pads, .ints([1, 0])))
    #expect(try MaxPool(node).reference([f32([1, 1, 4], [2, 2, .nan, 2])])[1].ints() == [0, 2, 2])
    #expect(try MaxPool(node).reference([Tensor([1, 1, 4], [UInt8(9), 9, 200, 1])])[1].ints() == [0, 2, 2])
  }

  @Test func wrongWindowsAreRefused() {
    #expect(throws: OpFault.attribute(.kernel_shape, .missing)) { try AveragePool(TestNode(1)) }
    #expect(throws: OpFault.attribute(.kernel_shape, .count(expected: 1, found: 2))) {
      try MaxPool(window: Window(kernel: [2, 2])).infer(facts([1, 1, 6]))
    }
  }

  @Test func globalPoolsKeepTheRank() throws {
    let x = counting([1, 2, 2, 2])
    #expect(try GlobalAveragePool().reference([x])[0].shape == [1, 2, 1, 1])
    #expect(try GlobalAveragePool().reference([x])[0].floats == [1.5, 5.5])
    #expect(try GlobalMaxPool().reference([x])[0].floats == [3, 7])
    #expect(throws: OpFault.rank(input: 0, expected: 3...Int.max, found: 2)) { try GlobalMaxPool().infer(facts([1, 2])) }
  }
}

struct NormalizationTests {
  @Test func batchUsesStoredStatistics() throws {
    let y = try BatchNormalization(epsilon: 0).reference([
      f32([1, 2, 2], [1, 2, 3, 4]), f32([2], [2, 1]), f32([2], [0, 10]), f32([2], [1, 3]), f32([2], [4, 1]),
    ])[0]
    #expect(y.floats == [0, 1, 10, 11])
    #expect(throws: OpFault.outputCount(expected: 1...1, found: 3)) { try BatchNormalization(TestNode(5, outputs: 3)) }
    #expect(throws: OpFault.attribute(.spatial, .outOfRange)) { try BatchNormalization(TestNode(5, opset: 7, (.spatial, .int(0)))) }
    #expect(throws: OpFault.extent(input: 3, axis: 0, expected: 2, found: 3)) {
      try BatchNormalization().infer(facts([1, 2], [2], [2], [3], [2]))
    }
  }

  /// A tensor of one axis has one channel.
  @Test func aVectorHasOneChannel() throws {
    let one = f32([1], [1]), y = try BatchNormalization(epsilon: 0).reference([f32([3], [1, 2, 3]), one, one, one, one])[0]
    #expect(y.floats == [1, 2, 3])
  }

  /// Channels hold 1, 5 and 2, 4: means 3 and 3, variances 4 and 1.
  @Test(arguments: [(22, 3), (9, 5), (6, 1)])
  func batchMeasuresItsOwnInTraining(opset: Int, outputs: Int) throws {
    let node = TestNode(5, outputs: outputs, opset: opset, (.training_mode, .int(1)), (.momentum, .float(0.25)), (.epsilon, .float(0)))
    let ones = f32([2], [1, 1]), zeros = f32([2], [0, 0])
    let y = try BatchNormalization(node).reference([f32([2, 2], [1, 2, 5, 4]), ones, zeros, zeros, ones])
    #expect(y.map(\.floats) == Array([[-1, -1, 1, 1], [2.25, 2.25], [3.25, 1], [3, 3], [4, 1]].prefix(outputs)))
  }

  @Test func instanceAndLayerMeasureTheirOwn() throws {
    let x = f32([1, 2, 2], [1, 3, 10, 14])
    let y = try InstanceNormalization(epsilon: 0).reference([x, f32([2], [1, 10]), f32([2], [0, 5])])[0]
    #expect(y.floats == [-1, 1, -5, 15])
    #expect(try LayerNormalization(epsilon: 0).reference([x, f32([2], [1, 2])])[0].floats == [-1, 2, -1, 2])
    #expect(try LayerNormalization(axis: 1, epsilon: 0).infer(facts([1, 2, 2], [2, 2]))[0].shape == [1, 2, 2])
    let statistics = try LayerNormalization(TestNode(2, outputs: 3, (.axis, .int(1)), (.epsilon, .float(0)))).reference([
      x, f32([2], [1, 2]),
    ])
    #expect(statistics.map(\.shape) == [[1, 2, 2], [1, 1, 1], [1, 1, 1]])
    #expect(statistics[1].floats == [7] && statistics[2].floats == [Float(1 / 27.5.squareRoot())])
  }

  @Test func neighbouringChannelsDampEachOther() throws {
    let y = try LRN(size: 3, alpha: 3, beta: 1, bias: 1).reference([f32([1, 3, 1], [1, 2, 3])])[0]
    #expect(y.floats == [Float(1.0 / 6), Float(2.0 / 15), Float(3.0 / 14)])
    #expect(throws: OpFault.attribute(.size, .missing)) { try LRN(TestNode(1)) }
  }
}

struct ExpandDepthwiseTests {
  /// The two convolutions that it stands for, one after the other.
  @Test(arguments: [Activation.relu, .silu])
  func isTheCompositionOfTwoConvolutions(expansion: Activation) throws {
    let x = seeded([2, 3, 6, 5]), w = seeded([7, 3, 1, 1], 2), b = seeded([7], 3), v = seeded([7, 1, 3, 3], 4), c = seeded([7], 5)
    let window = Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])
    let op = ExpandDepthwise(window: window, expansion: expansion, activation: .clip(low: 0, high: 6))
    let e = try Conv(window: Window(kernel: [1, 1]), activation: expansion).reference([x, w, b])
    let y = try Conv(window: window, group: 7, activation: .clip(low: 0, high: 6)).reference([e[0], v, c])
    #expect(try op.reference([x, w, b, v, c])[0].floats == y[0].floats)
    #expect(try op.infer([x, w, b, v, c].facts) == [y[0].type])
  }

  @Test func shapesThatDisagreeAreRefused() {
    let op = ExpandDepthwise(window: Window(kernel: [3, 3]))
    #expect(throws: OpFault.extent(input: 1, axis: 1, expected: 3, found: 2)) {
      try op.infer(facts([1, 3, 5, 5], [7, 2, 1, 1], [7], [7, 1, 3, 3]))
    }
    #expect(throws: OpFault.extent(input: 1, axis: 1, expected: 1, found: 2)) {
      try op.infer(facts([1, 3, 5, 5], [7, 3, 1, 1], [7], [7, 2, 3, 3]))
    }
  }
}
