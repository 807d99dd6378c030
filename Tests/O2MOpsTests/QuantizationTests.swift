import O2MOps
import O2MTensor
import Testing

/// What ONNX's own suite has no case for.
struct QuantizationTests {
  private func ints(_ element: ElementType, _ shape: Shape, _ values: [Int]) -> Tensor { Tensor(element, shape, wrapping: values) }

  /// Three scales along axis 1 of five elements: the last block is short.
  @Test func theLastBlockMayBeShort() throws {
    let x = counting([2, 5], from: -4), scale = f32([2, 3], [1, 2, 4, 0.5, 1, 2])
    let op = QuantizeLinear(axis: 1, blockSize: 2, output: .int8)
    let y = try op.reference([x, scale])[0]
    #expect(y.ints() == [-4, -3, -1, 0, 0, 2, 4, 3, 4, 2])
    let back = try DequantizeLinear(axis: -1, blockSize: 2).reference([y, scale])[0]
    #expect(back.floats == [-4, -3, -2, 0, 0, 1, 2, 3, 4, 4])
    #expect(throws: OpFault.extent(input: 1, axis: 1, expected: 3, found: 2)) { try op.infer([x, f32([2, 2], [1, 2, 3, 4])].facts) }
    #expect(throws: OpFault.rank(input: 1, expected: 2...2, found: 1)) { try op.infer([x, f32([3], [1, 2, 3])].facts) }
  }

  @Test func quotientsRoundToThePrecision() throws {
    // 2049 has no float16, so the quotient is 2048 there.
    let x = f32([1], [2049]), scale = f32([], [1]), zero = ints(.int16, [], [0])
    #expect(try QuantizeLinear().reference([x, scale, zero])[0].ints() == [2049])
    #expect(try QuantizeLinear(precision: .float16).reference([x, scale, zero])[0].ints() == [2048])
  }

  @Test func extremesSaturate() throws {
    let x = f32([4], [.infinity, -.infinity, .nan, 1e30]), scale = f32([], [0.1])
    #expect(try QuantizeLinear().reference([x, scale, ints(.uint8, [], [7])])[0].ints() == [255, 0, 7, 255])
    #expect(try QuantizeLinear(output: .int4).reference([x, scale])[0].ints() == [7, -8, 0, 7])
    let e5m2 = Tensor(.float8e5m2, [], rounding: [0])
    #expect(try QuantizeLinear(saturates: false).reference([x, scale, e5m2])[0].doubles()[0] == .infinity)
    #expect(try QuantizeLinear().reference([x, scale, e5m2])[0].doubles()[0] == 57344)
  }

  @Test func typesMustAgree() throws {
    let x = f32([2], [1, 2]), scale = f32([], [1])
    #expect(throws: OpFault.elementTypes(input: 2, found: .uint8, expected: .int8)) {
      try QuantizeLinear(output: .int8).infer([x, scale, ints(.uint8, [], [0])].facts)
    }
    #expect(throws: OpFault.elementTypes(input: 2, found: .uint8, expected: .int8)) {
      try DequantizeLinear().infer([ints(.int8, [2], [1, 2]), scale, ints(.uint8, [], [0])].facts)
    }
    let power = Tensor(.float8e8m0, [], rounding: [2])
    #expect(throws: OpFault.elementType(input: 1, found: .float8e8m0)) {
      try DequantizeLinear().infer([ints(.int8, [1], [1]), power].facts)
    }
    #expect(try DequantizeLinear(output: .float16).reference([ints(.int8, [1], [3]), power])[0].doubles() == [6])
  }

  /// Rows of `a` and columns of `b` with zero points and scales of their own.
  @Test func rowsAndColumnsHaveTheirOwn() throws {
    let a = ints(.uint8, [2, 2], [3, 4, 5, 6]), b = ints(.int8, [2, 2], [1, -1, 2, 0])
    let aZero = ints(.uint8, [2], [3, 5]), bZero = ints(.int8, [2], [0, -1])
    // a − zero: [0 1; 0 1]. b − zero: [1 0; 2 1].
    #expect(try MatMulInteger().reference([a, b, aZero, bZero])[0].ints() == [2, 1, 2, 1])
    let y = try QLinearMatMul().reference([
      a, f32([2], [1, 2]), aZero, b, f32([2], [4, 8]), bZero, f32([], [0.5]), ints(.int8, [], [-100]),
    ])[0]
    #expect(y.element == .int8 && y.ints() == [-84, -84, -68, -68])
    // Beside a vector there is no row that a scale could belong to.
    #expect(throws: OpFault.elementCount(expected: 1, found: 2)) {
      try QLinearMatMul().infer(
        [a, f32([2], [1, 2]), aZero, ints(.int8, [2], [1, 2]), f32([], [4]), ints(.int8, [], [0]), f32([], [1]), ints(.int8, [], [0])].facts
      )
    }
    #expect(throws: OpFault.elementCount(expected: 2, found: 3)) { try MatMulInteger().infer([a, b, ints(.uint8, [3], [0, 0, 0])].facts) }
  }

  /// A scale per channel, a bias, two groups, and padding that counts as the zero point.
  @Test func convolutionPerChannel() throws {
    let x = ints(.uint8, [1, 2, 1, 2], [5, 7, 6, 6]), w = ints(.int8, [2, 1, 1, 3], [1, 2, 3, -1, 0, 1])
    let op = QLinearConv(window: Window(kernel: [1, 3], pads: [0, 1, 0, 1]), group: 2)
    // x − 5: [0 2], [1 1]. w − [0, 1]: [1 2 3], [-2 -1 0]. Sums: [6 4], [-1 -3]. With the bias: [16 14], [-21 -23].
    let y = try op.reference([
      x, f32([], [0.5]), ints(.uint8, [], [5]), w, f32([2], [1, 2]), ints(.int8, [2], [0, 1]), f32([], [0.25]), ints(.uint8, [], [128]),
      ints(.int32, [2], [10, -20]),
    ])[0]
    #expect(y.ints() == [160, 156, 44, 36])
    let sums = try ConvInteger(window: op.window, group: 2).reference([x, w, ints(.uint8, [1], [5]), ints(.int8, [2], [0, 1])])[0]
    #expect(sums.element == .int32 && sums.ints() == [6, 4, -1, -3])
  }

  @Test(arguments: [ElementType.uint8, .int8], [0, 1])
  func kernelsGiveWhatTheReferenceGives(element: ElementType, axis: Int) throws {
    let shape: Shape = [3, 5, 7]
    let x = Tensor(.float32, shape, rounding: (0..<shape.count).map { Double($0 * 37 % 101) * 0.83 - 40 })
    let count = shape[axis]
    let scale = Tensor(.float32, [count], rounding: (0..<count).map { 0.1 + 0.07 * Double($0) })
    let zero = Tensor(element, [count], wrapping: (0..<count).map { 3 * $0 + 1 })
    let y = try runs(.quantizeLinear(QuantizeLinear(axis: axis)), [x, scale, zero])
    _ = try runs(.dequantizeLinear(DequantizeLinear(axis: axis)), [y, scale, zero])
    let one = Tensor(.float32, [], rounding: [0.3])
    _ = try runs(
      .dequantizeLinear(DequantizeLinear()), [try runs(.quantizeLinear(QuantizeLinear(output: element)), [x, one, nil]), one, nil])
  }

  /// The reference's output, which the kernel must give bit by bit.
  private func runs(_ op: Op, _ inputs: [Tensor?]) throws -> Tensor {
    let expected = try op.reference(inputs)[0]
    let found = try KernelRun().outputs(op, inputs)[0]
    #expect(found.element == expected.element)
    #expect(found.withBytes { Array($0) } == expected.withBytes { Array($0) })
    return expected
  }
}
