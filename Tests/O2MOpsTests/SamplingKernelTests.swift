import O2MOps
import O2MTensor
import Testing

/// GridSample and ScatterElements on the device against their references.
@Suite struct SamplingKernelTests {
  /// Positions inside, at the ends, around them, far outside, and one that is none.
  private let grid: Tensor = {
    var random: UInt64 = 5
    var values = (0..<2 * 6 * 5 * 2).map { _ in
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(random >> 40) * 0x1p-24 * 3.2 - 1.6
    }
    values.replaceSubrange(0..<12, with: [-1, 1, 1, -1, 0, 0, .nan, 0, 0.5, .infinity, 9, -9])
    return Tensor([2, 6, 5, 2], values)
  }()

  /// Weights of float32 whose magnitudes add up to at most 2.1 per axis, and sums of at most 4 terms per axis.
  @Test(arguments: ["nearest", "linear", "cubic"], ["zeros", "border", "reflection"])
  func gridSample(mode: String, padding: String) throws {
    let x = counted([2, 9, 4, 7])
    for alignsCorners in [0, 1] {
      let op = try Op(
        .gridSample,
        BuiltNode(2, opset: 20, [(.mode, .string(mode)), (.padding_mode, .string(padding)), (.align_corners, .int(alignsCorners))]))
      let expected = try op.reference([x, grid])[0].doubles()
      let largest = x.doubles().map(\.magnitude).max() ?? 0
      for (layout, gap) in [(Layout.plain, 0), (.channelsLast, 0), (.channelsLast, 3)] {
        let found = try run(op, [x, grid], layout: layout, gap: gap, computed: [0, 1])
        #expect(!found.isReference)
        let error = zip(found.outputs[0].doubles(), expected).map { abs($0 - $1) }.max() ?? 0
        #expect(error <= 64 * Double(Float.ulpOfOne) * largest, "align_corners \(alignsCorners), layout \(layout): \(error)")
      }
    }
  }

  @Test func gridSampleOfVolumesIsTheReference() throws {
    let op = try Op(.gridSample, BuiltNode(2, opset: 20)), grid = Tensor([1, 1, 2, 1, 3], [Float](repeating: 0.1, count: 6))
    #expect(try run(op, [counted([1, 2, 3, 4, 5]), grid], layout: .plain, computed: [0, 1]).isReference)
  }

  @Test(arguments: [ElementType.uint8, .float16, .float32, .int64], [0, 1, -1])
  func scatterElements(element: ElementType, axis: Int) throws {
    let x = counted([3, 4, 5], as: element), updates = counted([2, 2, 3], as: element)
    let indices = Tensor.indices([0, 1, 2, 2, -1, 0, 1, 1, 0, -3, 2, 0]).reshaped([2, 2, 3])
    try expectSameBits(.scatterElements, BuiltNode(3, opset: 18, [(.axis, .int(axis))]), [x, indices, updates], computed: [0, 1, 2])
  }

  @Test func scatterElementsRefusesAnIndex() throws {
    let op = try Op(.scatterElements, BuiltNode(3, opset: 18))
    #expect(throws: OpFault.index(input: 1, found: 4, limit: 4)) {
      try run(op, [counted([4]), .indices([0, 4]), counted([2])], layout: .plain, computed: [0, 1, 2])
    }
  }
}
