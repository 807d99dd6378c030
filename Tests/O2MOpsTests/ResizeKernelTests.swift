import O2MOps
import O2MTensor
import Testing

@Suite struct ResizeKernelTests {
  /// Float32 weights and sums of at most 4 terms per axis, none of whose factors exceeds 2 in magnitude.
  private func expectClose(
    _ attributes: [(AttributeName, BuiltNode.Value)], _ x: Tensor, sizes: [Int], roi: [Float]? = nil, gaps: [Int] = [0]
  ) throws {
    let op = try Op(.resize, BuiltNode(4, attributes))
    let inputs: [Tensor?] = [x, roi.map { Tensor([$0.count], $0) }, nil, .indices(sizes)]
    let expected = try op.reference(inputs)[0].doubles()
    let largest = x.doubles().map(\.magnitude).max() ?? 0
    for layout in [Layout.plain, .channelsLast] {
      for gap in gaps {
        let found = try run(op, inputs, layout: layout, gap: gap)
        #expect(!found.isReference)
        let error = zip(found.outputs[0].doubles(), expected).map { abs($0 - $1) }.max() ?? 0
        #expect(error <= 32 * Double(Float.ulpOfOne) * largest, "layout \(layout): \(error)")
      }
    }
  }

  @Test(arguments: ["nearest", "linear", "cubic"], ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"])
  func images(mode: String, coordinates: String) throws {
    let attributes: [(AttributeName, BuiltNode.Value)] = [
      (.mode, .string(mode)), (.coordinate_transformation_mode, .string(coordinates)),
    ]
    for sizes in [[2, 5, 6, 14], [2, 5, 2, 3], [2, 5, 3, 9], [2, 5, 5, 7], [2, 5, 3, 7]] {
      try expectClose(attributes, counted([2, 5, 3, 7]), sizes: sizes, gaps: [0])
    }
    try expectClose(attributes, counted([2, 5, 3, 7]), sizes: [2, 5, 6, 14], gaps: [3])
  }

  /// One axis, all axes, and three of five: one to three passes.
  @Test func ranks() throws {
    try expectClose([(.mode, .string("linear"))], counted([2, 5, 7]), sizes: [2, 5, 11])
    try expectClose([(.mode, .string("linear"))], counted([2, 3, 4, 5]), sizes: [3, 5, 7, 4])
    try expectClose([(.mode, .string("cubic"))], counted([1, 3, 4, 5, 6]), sizes: [1, 3, 7, 3, 8])
  }

  @Test func cropAndResize() throws {
    let attributes: [(AttributeName, BuiltNode.Value)] = [
      (.mode, .string("linear")), (.coordinate_transformation_mode, .string("tf_crop_and_resize")), (.extrapolation_value, .float(-7)),
    ]
    try expectClose(attributes, counted([1, 3, 4, 5]), sizes: [1, 3, 5, 6], roi: [0, 0, 0.2, -0.3, 1, 1, 1.4, 0.9])
  }

  /// Other element types take the reference, which is why they stay plain.
  @Test func bytes() throws {
    try expectSameBits(.resize, BuiltNode(4), [counted([1, 3, 2, 5], as: .uint8), nil, nil, .indices([1, 3, 4, 7])], reference: true)
  }
}
