import O2MOps
import O2MTensor
import Testing

/// Operators that find as many results as the data say: kernels against the plain references, bit by bit, as far as results go.
struct CountingTests {
  /// Runs a kernel and the reference; both must find the same rows, and the kernel must write behind none.
  private func expectSameRows(_ op: Op, _ inputs: [Tensor?], computed: Set<Int>, _ location: SourceLocation = #_sourceLocation) throws {
    let expected = try op.reference(inputs), found = try run(op, inputs, layout: .plain, computed: computed)
    #expect(!found.isReference, sourceLocation: location)
    let count = expected[1].ints()[0], width = expected[0].shape[1]
    #expect(found.outputs[1].ints() == [count], sourceLocation: location)
    let rows = found.outputs[0].ints().prefix(count * width)
    #expect(Array(rows) == Array(expected[0].ints().prefix(count * width)), sourceLocation: location)
  }

  /// Rows on both sides of the 64 bytes that are looked at at once, few and many results.
  @Test(arguments: [[] as Shape, [0], [1], [63], [64], [65], [3, 67], [2, 1, 130], [5, 0, 3], [2, 3, 4, 5]], [0.0, 0.05, 0.5, 1.0])
  func nonZero(shape: Shape, share: Double) throws {
    var random = Draw(UInt64(shape.count) + 7)
    for element in [ElementType.float32, .float16, .float64, .int8, .uint16, .int32, .int64, .bool] {
      let values = (0..<shape.count).map { index in Double(random.next() % 1000) < share * 1000 ? (index % 2 == 0 ? 1.0 : 3.0) : -0.0 }
      try expectSameRows(.nonZero(NonZero()), [Tensor(element, shape, rounding: values)], computed: [0])
    }
  }

  @Test func nanIsNotZero() throws {
    let x = Tensor([5], [Float.nan, 0, -0.0, .leastNonzeroMagnitude, -.infinity])
    try expectSameRows(.nonZero(NonZero()), [x], computed: [0])
    #expect(try Op.nonZero(NonZero()).reference([x])[1].ints() == [3])
  }

  struct Boxes: Sendable, CustomTestStringConvertible {
    var batches = 1
    var classes = 1
    var count: Int
    var most: Int?
    var overlap: Float? = 0.5
    var threshold: Float?
    var testDescription: String { "\(batches)x\(classes)x\(count), \(most ?? -1), \(overlap ?? -1), \(threshold ?? -1)" }
  }

  /// Ties, empty boxes, NaN and infinite scores among them; more chosen boxes than are compared at once.
  @Test(
    arguments: [
      Boxes(count: 0, most: 5), Boxes(count: 1, most: 1), Boxes(count: 40, most: nil), Boxes(count: 40, most: 0),
      Boxes(count: 40, most: -3), Boxes(count: 300, most: 300), Boxes(count: 300, most: Int.max, threshold: 0.4),
      Boxes(batches: 2, classes: 3, count: 57, most: 10, overlap: 0.3, threshold: 0.1), Boxes(count: 60, most: 60, overlap: nil),
      Boxes(count: 60, most: 60, overlap: -0.5), Boxes(count: 60, most: 60, overlap: 1),
    ], [false, true])
  func suppression(item: Boxes, isCentered: Bool) throws {
    var random = Draw(3)
    func number(_ range: Int) -> Float { Float(random.next() % UInt64(range)) / 4 }
    let boxes = (0..<item.batches * item.count).flatMap { index -> [Float] in
      let y = number(60), x = number(60), h = index % 9 == 0 ? 0 : number(30), w = number(30)
      return isCentered ? [x, y, w, h] : index % 3 == 0 ? [y + h, x + w, y, x] : [y, x, y + h, x + w]
    }
    let scores = (0..<item.batches * item.classes * item.count).map { index -> Float in
      index % 41 == 40 ? .nan : index % 37 == 36 ? -.infinity : number(8)
    }
    let inputs: [Tensor?] = [
      Tensor([item.batches, item.count, 4], boxes), Tensor([item.batches, item.classes, item.count], scores),
      item.most.map { .indices([$0]) }, item.overlap.map { .scalar($0) }, item.threshold.map { Tensor([1], [$0]) },
    ]
    let op = Op.nonMaxSuppression(NonMaxSuppression(isCentered: isCentered))
    try expectSameRows(op, inputs, computed: [0, 1])
  }

  /// Lines of every length against k, NaN, both zeros and equal elements; any axis.
  @Test(arguments: [1, 2, 7, 64, 333], [ElementType.float32, .int32])
  func topK(count: Int, element: ElementType) throws {
    var random = Draw(UInt64(count))
    for (shape, axis) in [([count] as Shape, 0), ([3, count], 1), ([count, 5], 0), ([2, count, 3], -2)] {
      let values = (0..<shape.count).map { _ in Double(Int(random.next() % 21)) - 10 }
      var x = Tensor(element, shape, rounding: values)
      if element == .float32 {
        x = Tensor(.float32, shape, rounding: values.map { $0 == 5 ? .nan : $0 == 3 ? -0.0 : $0 == -10 ? -.infinity : $0 })
      }
      for (k, largest) in [(0, 1), (1, 0), (1, 1), (count / 2, 0), (count / 2, 1), (count, 0), (count, 1)] {
        let op = try Op(.topK, BuiltNode(2, outputs: 2, [(.axis, .int(axis)), (.largest, .int(largest))]))
        try expectSameBits(op, [x, .indices([k])], computed: [0], gaps: [0])
      }
    }
  }

  /// Tuples of every length, with and without a batch; negative indices, slices of several elements and none.
  @Test(arguments: [ElementType.int64, .int32])
  func gatherND(element: ElementType) throws {
    let cases: [(x: Shape, indices: Shape, batch: Int)] = [
      ([7, 3], [5, 1], 0), ([7, 3], [4, 2], 0), ([2, 3, 4], [2, 5, 1], 1), ([2, 3, 4, 2], [2, 3, 1, 2], 2), ([5], [0, 1], 0),
      ([4, 0], [3, 1], 0),
    ]
    for item in cases {
      let depth = item.indices[item.indices.rank - 1]
      let numbers = (0..<item.indices.count).map { index -> Double in
        let extent = item.x[item.batch + index % depth]
        return Double(index * 5 % (2 * extent) - extent)
      }
      let x = Tensor(.float32, item.x, rounding: (0..<item.x.count).map { Double($0) })
      let op = try Op(.gatherND, BuiltNode(2, [(.batch_dims, .int(item.batch))]))
      try expectSameBits(op, [x, Tensor(element, item.indices, rounding: numbers)], computed: [0, 1], gaps: [0])
    }
    let op = try Op(.gatherND, BuiltNode(2)), x = Tensor([3, 2], [Float](repeating: 1, count: 6))
    #expect(throws: OpFault.index(input: 1, found: -4, limit: 3)) {
      try run(op, [x, Tensor(element, [2, 1], rounding: [0, -4])], layout: .plain, computed: [0, 1])
    }
  }

  @Test func uniqueIsSortedOrInOrder() throws {
    let x = Tensor([7], [2, 1, 1, 3, 4, 3, 2] as [Float])
    func results(_ isSorted: Bool) throws -> [[Int]] {
      let all = try Op.unique(Unique(axis: nil, isSorted: isSorted)).reference([x]).map { $0.ints() }
      return [Array(all[0].prefix(all[3][0])), all[1], Array(all[2].prefix(all[3][0]))]
    }
    #expect(try results(true) == [[1, 0, 3, 4], [1, 0, 0, 2, 3, 2, 1], [2, 2, 2, 1]])
    #expect(try results(false) == [[0, 1, 3, 4], [0, 1, 1, 2, 3, 2, 0], [2, 2, 2, 1]])
  }

  @Test(arguments: [-1, 6, Int.max, Int.min]) func shortenRefusesACount(count: Int) {
    let x = Tensor([5, 2], [Float](repeating: 1, count: 10))
    let bounded = [InputFact?].bounded(count)
    #expect(throws: OpFault.index(input: 1, found: bounded, limit: 6)) { try Op.shorten(Shorten()).infer([x, .indices([count])].facts) }
  }

  @Test(arguments: [0, 1, 5]) func shortenKeepsTheFirstRows(count: Int) throws {
    let x = Tensor([5, 2], (0..<10).map { Float($0) })
    let y = try Op.shorten(Shorten()).reference([x, .indices([count])])[0]
    #expect(y.shape == [count, 2] && y.doubles() == (0..<2 * count).map { Double($0) })
  }
}

/// Numbers that follow from a seed.
private struct Draw {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
