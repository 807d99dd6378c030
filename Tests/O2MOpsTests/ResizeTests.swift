import O2MOps
import O2MTensor
import Testing

/// Values worked out by hand from the equations of ONNX Resize-19.
@Suite struct ResizeTests {
  private func resize(
    _ x: Tensor, scales: [Float]? = nil, sizes: [Int]? = nil, roi: [Float]? = nil, _ attributes: [(AttributeName, BuiltNode.Value)]
  ) throws -> Tensor {
    let inputs: [Tensor?] = [
      x, roi.map { Tensor([$0.count], $0) }, scales.map { Tensor([$0.count], $0) }, sizes.map { .indices($0) },
    ]
    return try outputs(.resize, BuiltNode(4, attributes), inputs)[0]
  }

  private func close(_ a: Tensor, _ b: [Double]) -> Bool {
    let a = a.doubles()
    return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
  }

  @Test(arguments: [
    ("half_pixel", "round_prefer_floor", [0, 0, 1, 1, 2, 2]),
    ("asymmetric", "floor", [0, 0, 1, 1, 2, 2]),
    ("asymmetric", "ceil", [0, 1, 1, 2, 2, 2]),
    ("asymmetric", "round_prefer_floor", [0, 0, 1, 1, 2, 2]),
    ("asymmetric", "round_prefer_ceil", [0, 1, 1, 2, 2, 2]),
    ("align_corners", "round_prefer_floor", [0, 0, 1, 1, 2, 2]),
    ("tf_half_pixel_for_nn", "floor", [0, 0, 1, 1, 2, 2]),
  ])
  func nearest(coordinates: String, rounding: String, expected: [Int]) throws {
    let attributes: [(AttributeName, BuiltNode.Value)] = [
      (.coordinate_transformation_mode, .string(coordinates)), (.nearest_mode, .string(rounding)),
    ]
    #expect(try resize(counted([3], as: .int32), scales: [2], attributes).ints() == expected)
    #expect(try resize(counted([1, 3], as: .float32), sizes: [1, 6], attributes).ints() == expected)
  }

  @Test(arguments: [
    ("half_pixel", [0, 0.25, 0.75, 1.25, 1.75, 2]),
    ("pytorch_half_pixel", [0, 0.25, 0.75, 1.25, 1.75, 2]),
    ("half_pixel_symmetric", [0, 0.25, 0.75, 1.25, 1.75, 2]),
    ("align_corners", [0, 0.4, 0.8, 1.2, 1.6, 2]),
    ("asymmetric", [0, 0.5, 1, 1.5, 2, 2]),
  ])
  func linear(coordinates: String, expected: [Double]) throws {
    let y = try resize(
      counted([3]), scales: [2], [(.mode, .string("linear")), (.coordinate_transformation_mode, .string(coordinates))])
    #expect(close(y, expected))
  }

  @Test func linearIsSeparable() throws {
    let y = try resize(counted([1, 1, 2, 2]), scales: [1, 1, 2, 2], [(.mode, .string("linear"))])
    #expect(close(y, [0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3]))
  }

  /// A scale whose output is not whole keeps the scale, and the symmetric mode centres what is left.
  @Test func symmetricCentres() throws {
    let y = try resize(
      counted([4]), scales: [0.6], [(.mode, .string("linear")), (.coordinate_transformation_mode, .string("half_pixel_symmetric"))])
    // 2 outputs; centre 2 · (1 − 2/2.4) = 1/3; positions 1/3 + 5/6 − 1/2 = 2/3 and 2/3 + 5/3 = 7/3.
    #expect(close(y, [2.0 / 3, 7.0 / 3]))
  }

  @Test func cubic() throws {
    // At t = 0.5 and a = −0.75 the weights are −0.09375, 0.59375, 0.59375, −0.09375.
    let x = Tensor([4], [Float(1), 2, 4, 8])
    let y = try resize(x, sizes: [2], [(.mode, .string("cubic"))])
    #expect(close(y, [0.59375 * 3 - 0.09375 * 5, 0.59375 * 12 - 0.09375 * 10]))
    let inside = try resize(x, sizes: [2], [(.mode, .string("cubic")), (.exclude_outside, .int(1))])
    let kept = 0.59375 * 2 - 0.09375
    #expect(close(inside, [(0.59375 * 3 - 0.09375 * 4) / kept, (0.59375 * 12 - 0.09375 * 2) / kept]))
  }

  /// Halved, the triangle is two elements wide on either side: weights 1, 3, 3, 1 of 8 where nothing is cut off.
  @Test func antialiasingWidensTheFilter() throws {
    let y = try resize(Tensor([8], (0..<8).map { Float($0 * $0) }), scales: [0.5], [(.mode, .string("linear")), (.antialias, .int(1))])
    let eighths: [Double] = [7, 56, 168, 329]
    #expect(close(y, eighths.map { $0 / 8 }))
    let grown = try resize(counted([3]), scales: [2], [(.mode, .string("linear")), (.antialias, .int(1))])
    #expect(close(grown, [0, 0.25, 0.75, 1.25, 1.75, 2]))
  }

  /// 4 · 0.6 is 2.4: the corners lie 1 apart, as in PyTorch and ONNX Runtime, and not 1.4.
  @Test(arguments: [13, 19]) func cornersOfAFraction(opset: Int) throws {
    let node = BuiltNode(3, opset: opset, [(.mode, .string("linear")), (.coordinate_transformation_mode, .string("align_corners"))])
    #expect(close(try outputs(.resize, node, [counted([4]), nil, Tensor([1], [Float(0.6)])])[0], [0, 3]))
  }

  /// An axis of scale 1 stays, in every mode; the other one doubles.
  @Test(arguments: ["nearest", "linear", "cubic"], ["half_pixel", "asymmetric", "tf_half_pixel_for_nn"])
  func unscaledAxesStay(mode: String, coordinates: String) throws {
    let attributes: [(AttributeName, BuiltNode.Value)] = [
      (.mode, .string(mode)), (.coordinate_transformation_mode, .string(coordinates)), (.nearest_mode, .string("ceil")),
    ]
    let columns = try resize(counted([1, 3]), scales: [1, 2], attributes).doubles()
    let both = try resize(counted([2, 3]), scales: [1, 2], attributes)
    #expect(close(both, columns + columns.map { $0 + 3 }))
  }

  /// 1.5 / 0.6 is 2.5 in float32 and 2.4999999 with float32's 0.6 in float64; 8 · 7 / 16 is exactly 3.5.
  @Test func nearestIsDecidedInFloat32() throws {
    let x = counted([5], as: .int32)
    #expect(try resize(x, scales: [0.6], [(.nearest_mode, .string("floor"))]).ints() == [0, 2, 3])
    let y = try resize(
      counted([7], as: .int32), sizes: [16],
      [(.coordinate_transformation_mode, .string("asymmetric")), (.nearest_mode, .string("round_prefer_ceil"))])
    #expect(y.ints()[8] == 4)
  }

  @Test func cropAndResize() throws {
    let y = try resize(
      counted([1, 4]), sizes: [1, 3], roi: [0, 0.5, 1, 1.5],
      [(.mode, .string("linear")), (.coordinate_transformation_mode, .string("tf_crop_and_resize")), (.extrapolation_value, .float(-1))])
    #expect(close(y, [1.5, 3, -1]))
  }

  @Test(arguments: [("not_larger", [6, 3]), ("not_smaller", [8, 4])])
  func aspectRatio(policy: String, expected: [Int]) throws {
    let y = try resize(
      counted([1, 4, 2]), sizes: [8, 3], [(.axes, .ints([1, -1])), (.keep_aspect_ratio_policy, .string(policy))])
    #expect(y.shape.dims == [1] + expected)
  }

  /// 10 · 0.7 is 7 in float32 and 6.9999999 in float64.
  @Test func extentIsFormedInFloat32() throws { #expect(try resize(counted([10]), scales: [0.7], []).shape == [7]) }

  @Test func refuses() {
    let x = counted([2, 2])
    func with(_ scales: [Float], _ sizes: [Int]?, _ attributes: [(AttributeName, BuiltNode.Value)] = []) -> OpFault? {
      fault(.resize, BuiltNode(4, attributes), [x, nil, Tensor([scales.count], scales), sizes.map { .indices($0) }].facts)
    }
    #expect(with([], nil) == .elementCount(expected: 2, found: 0))
    #expect(with([2], nil) == .elementCount(expected: 2, found: 1))
    #expect(with([2, 2], [4, 4]) == .elementCount(expected: 2, found: 4))
    #expect(with([2, 0], nil) == .index(input: 2, found: 1, limit: 0))
    #expect(with([2, .infinity], nil) == .overflow)
    #expect(with([2, 2], nil, [(.coordinate_transformation_mode, .string("tf_crop_and_resize"))]) == .unsupported(.roi))
    #expect(with([2, 2], nil, [(.mode, .string("area"))]) == .attribute(.mode, .unknownValue))
  }
}
