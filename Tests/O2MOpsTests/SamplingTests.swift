import O2MOps
import O2MTensor
import Testing

/// What ONNX's own cases leave out; values worked out by hand.
@Suite struct SamplingTests {
  /// A picture of 4 × 4 that counts from 0. The region from (1, 1) to (3, 3) in whole elements is 3 × 3, its bins 1.5 wide: rows 1–2 and
  /// 2–3.
  @Test func regionsShareTheElementsBetweenBins() throws {
    let node = TestNode(2, (.pooled_shape, .ints([2, 2])), (.spatial_scale, .float(0.5)))
    let rois = f32([3, 5], [0, 2, 2, 6, 6, 1, 6.4, 6.4, 6.4, 6.4, 1, 40, 40, 50, 50])
    let y = try MaxRoiPool(node).reference([counting([2, 1, 4, 4]), rois])[0]
    #expect(y.shape == [3, 1, 2, 2])
    #expect(y.floats == [10, 11, 14, 15, 31, 31, 31, 31, 0, 0, 0, 0])
    #expect(throws: OpFault.index(input: 1, found: 2, limit: 2)) {
      try MaxRoiPool(node).reference([counting([2, 1, 4, 4]), f32([1, 5], [2, 0, 0, 1, 1])])
    }
  }

  /// A reflection turns once every 4: there and back over a plane from −1 to 1. A position that is no number reads nothing.
  @Test(arguments: [(0, [-0.625, 0.625, 0]), (1, [-1, 1, 0])])
  func reflectionReturnsFromFarAway(corners: Int, centres: [Float]) throws {
    let node = TestNode(2, (.mode, .string("nearest")), (.padding_mode, .string("reflection")), (.align_corners, .int(corners)))
    let grid = f32([1, 4, 1], centres.map { $0 + 1000 } + [.nan])
    #expect(try GridSample(node).reference([f32([1, 1, 3], [5, 6, 7]), grid])[0].floats == [5, 7, 6, 0])
  }

  @Test func oldModesHaveOldNames() throws {
    #expect(throws: OpFault.attribute(.mode, .unknownValue)) { try GridSample(TestNode(2, opset: 16, (.mode, .string("linear")))) }
    #expect(throws: OpFault.attribute(.mode, .unknownValue)) { try GridSample(TestNode(2, opset: 20, (.mode, .string("bilinear")))) }
    #expect(try GridSample(TestNode(2)).infer(facts([2, 3, 4], [2, 7, 1]))[0].shape == [2, 3, 7])
    #expect(throws: OpFault.extent(input: 1, axis: 2, expected: 1, found: 2)) {
      try GridSample(TestNode(2)).infer(facts([2, 3, 4], [2, 7, 2]))
    }
  }

  @Test func regionsNameAPicture() throws {
    let x = counting([2, 1, 3, 3]), batch = Tensor([1], [Int64(2)])
    #expect(throws: OpFault.index(input: 2, found: 2, limit: 2)) {
      try RoiAlign(TestNode(3)).reference([x, f32([1, 4], [0, 0, 1, 1]), batch])
    }
    let first = Tensor([1], [Int64(0)])
    #expect(throws: OpFault.index(input: 1, found: .max, limit: 1 << 16)) {
      try RoiAlign(TestNode(3)).reference([x, f32([1, 4], [0, 0, .infinity, 1]), first])
    }
    // Before -16 a region is not moved: its only sample is the centre of the picture.
    let node = TestNode(3, opset: 10, (.sampling_ratio, .int(1)))
    #expect(try RoiAlign(node).reference([x, f32([1, 4], [0, 0, 2, 2]), first])[0].floats == [4])
  }

  /// Offsets of zero and a mask of one leave a convolution, whatever the groups.
  @Test(arguments: [1, 2])
  func withoutOffsetsItIsAConvolution(group: Int) throws {
    let x = seeded([2, 4, 5, 4]), w = seeded([6, 4 / group, 3, 2], 2), b = seeded([6], 3)
    let attributes: [(AttributeName, TestNode.Value)] = [(.group, .int(group)), (.pads, .ints([1, 0, 2, 1])), (.strides, .ints([2, 1]))]
    var node = TestNode(5)
    node.attributes = attributes + [(.offset_group, .int(2))]
    let y = try Conv(window: Window(kernel: [], strides: [2, 1], pads: [1, 0, 2, 1]), group: group).reference([x, w, b])[0]
    let places = y.shape.dims.dropFirst(2)
    let offset = f32(Shape([2, 2 * 6 * 2] + places), [Float](repeating: 0, count: 48 * places.reduce(1, *)))
    let mask = f32(Shape([2, 2 * 6] + places), [Float](repeating: 1, count: 24 * places.reduce(1, *)))
    let found = try DeformConv(node).reference([x, w, offset, b, mask])[0]
    #expect(found.shape == y.shape)
    #expect(zip(found.doubles(), y.doubles()).allSatisfy { abs($0 - $1) <= 1e-6 })
    #expect(throws: OpFault.extent(input: 2, axis: 1, expected: 24, found: 12)) { try DeformConv(node).infer([x, w, mask].facts) }
  }

  @Test func unpoolingChecksItsIndices() throws {
    let op = try MaxUnpool(TestNode(2, (.kernel_shape, .ints([2])), (.strides, .ints([2]))))
    let x = Tensor([1, 1, 2], [UInt8(7), 9])
    #expect(try op.reference([x, .indices([1, 2]).reshaped([1, 1, 2])])[0].ints() == [0, 7, 9, 0])
    #expect(throws: OpFault.index(input: 1, found: 4, limit: 4)) { try op.reference([x, .indices([1, 4]).reshaped([1, 1, 2])]) }
    #expect(throws: OpFault.extent(input: 2, axis: 2, expected: 4, found: 3)) {
      try op.reference([x, .indices([1, 2]).reshaped([1, 1, 2]), .indices([1, 1, 3])])
    }
  }

  @Test func lpPoolOfAnyPower() throws {
    func pool(_ p: Int) throws -> [Float] {
      try LpPool(TestNode(1, (.kernel_shape, .ints([2])), (.pads, .ints([1, 0])), (.p, .int(p)))).reference([f32([1, 1, 3], [3, -4, 0])])[0]
        .floats
    }
    #expect(try pool(1) == [3, 7, 4])
    #expect(try pool(2) == [3, 5, 4])
    #expect(throws: OpFault.attribute(.p, .outOfRange)) { try pool(0) }
  }

  /// Lengths that are odd, a power of two, and a product: there and back again.
  @Test(arguments: [1, 5, 8, 12])
  func transformsReturn(length: Int) throws {
    let x = seeded([2, length, 3, 1])
    let whole = try DFT(TestNode(1, opset: 17)).reference([x])[0]
    let back = try DFT(TestNode(1, opset: 17, (.inverse, .int(1)))).reference([whole])[0].doubles()
    #expect(zip(x.doubles(), stride(from: 0, to: back.count, by: 2)).allSatisfy { abs($0 - back[$1]) <= 1e-6 && abs(back[$1 + 1]) <= 1e-6 })
    let half = try DFT(TestNode(1, opset: 17, (.onesided, .int(1)))).reference([x])[0]
    #expect(half.shape == [2, length / 2 + 1, 3, 2])
    let real = try DFT(TestNode(2, opset: 17, (.onesided, .int(1)), (.inverse, .int(1)))).reference([half, .scalar(Int64(length))])[0]
    #expect(real.shape == x.shape && zip(x.doubles(), real.doubles()).allSatisfy { abs($0 - $1) <= 1e-6 })
  }

  @Test func transformsOfWhatIsNotASignalAreRefused() throws {
    #expect(throws: OpFault.axis(1, rank: 1)) { try DFT(TestNode(1, opset: 17)).infer(facts([4, 2])) }
    #expect(throws: OpFault.extent(input: 0, axis: 2, expected: 1, found: 2)) {
      try DFT(TestNode(1, (.onesided, .int(1)))).infer(facts([1, 4, 2]))
    }
    #expect(throws: OpFault.extent(input: 0, axis: 2, expected: 2, found: 3)) { try DFT(TestNode(1)).infer(facts([1, 4, 3])) }
  }
}
