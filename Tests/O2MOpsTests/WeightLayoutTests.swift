import O2MOps
import O2MTensor
import Testing

/// Where every element of a constant lies, against the formulas of Schemas/bundle.md, "Packing".
struct WeightLayoutTests {
  /// The layout that `op` names for the constant at `index`, of this packing.
  private func layout(_ op: Op, _ shapes: [Shape], _ index: Int, _ packing: Packing) throws -> WeightLayout {
    _ = try op.infer(shapes.map { InputFact(TensorType(.float32, $0)) })
    let facts = shapes.enumerated().map { OperandFact(TypedShape(.float32, $1), layout: .plain, isConstant: $0 > 0) }
    return try #require(op.weightLayouts(of: index, facts).first { $0.packing == packing })
  }

  /// The places must hold the elements with these row-major indices, -1 for padding; `channel` is that of an element.
  private func check(_ layout: WeightLayout, count: Int, _ expected: [Int], channels: Int, channel: (Int) -> Int) {
    #expect(layout.elements == expected.count)
    #expect(layout.packed((0..<count).map { Int32($0) }, padding: UInt32.max).map { Int($0) } == expected)
    #expect(layout.packed((0..<count).map { Int16($0) }, padding: 0x7FFF).map { Int($0) } == expected.map { $0 < 0 ? 0x7FFF : $0 })
    #expect(layout.packed((0..<count).map { UInt8($0 & 127) }, padding: 0xFF) == expected.map { $0 < 0 ? 0xFF : UInt8($0 & 127) })
    #expect(layout.channels == channels)
    let members = (0..<channels).map { layout.elements(of: $0) }
    #expect(members == (0..<channels).map { wanted in (0..<count).filter { channel($0) == wanted } })
  }

  /// `[group][panel][k][16]`
  private func panels(groups: Int = 1, outputs: Int, depth: Int, _ index: (_ group: Int, _ output: Int, _ k: Int) -> Int) -> [Int] {
    var places: [Int] = []
    for group in 0..<groups {
      for panel in 0..<(outputs + 15) / 16 {
        for k in 0..<depth {
          for output in panel * 16..<panel * 16 + 16 { places.append(output < outputs ? index(group, output, k) : -1) }
        }
      }
    }
    return places
  }

  @Test(arguments: [1, 2, 3], [1, 5, 16, 17])
  func convolutionAndItsBias(group: Int, outputs: Int) throws {
    let inputs = 2, taps = 6, shapes: [Shape] = [[1, group * inputs, 9, 9], [group * outputs, inputs, 3, 2], [group * outputs]]
    let op = Op.conv(Conv(window: Window(kernel: [3, 2]), group: group))
    check(
      try layout(op, shapes, 1, .convPanels), count: shapes[1].count,
      panels(groups: group, outputs: outputs, depth: taps * inputs) { g, m, k in
        ((g * outputs + m) * inputs + k % inputs) * taps + k / inputs
      }, channels: group * outputs, channel: { $0 / (inputs * taps) })
    check(
      try layout(op, shapes, 2, .bias), count: group * outputs,
      panels(groups: group, outputs: outputs, depth: 1) { g, m, _ in g * outputs + m }, channels: group * outputs, channel: { $0 })
  }

  /// Beside computed weights there are no groups.
  @Test func biasOfComputedWeights() throws {
    let facts = [[1, 4, 9, 9], [34, 2, 3, 3], [34]].enumerated().map {
      OperandFact(TypedShape(.float32, Shape($1)), layout: .plain, isConstant: $0 == 2)
    }
    let found = Op.conv(Conv(window: Window(kernel: [3, 3]), group: 2)).weightLayouts(of: 2, facts)
    #expect(found.count == 1)
    check(found[0], count: 34, Array(0..<34) + [Int](repeating: -1, count: 14), channels: 34, channel: { $0 })
  }

  @Test(arguments: [2, 16, 19])
  func depthwise(channels: Int) throws {
    let found = try layout(
      .conv(Conv(window: Window(kernel: [2, 3]), group: channels)), [[1, channels, 5, 5], [channels, 1, 2, 3]], 1, .depthwise)
    let padded = (channels + 15) / 16 * 16
    let expected = (0..<6).flatMap { tap in (0..<padded).map { $0 < channels ? $0 * 6 + tap : -1 } }
    check(found, count: channels * 6, expected, channels: channels, channel: { $0 / 6 })
  }

  @Test func winograd() throws {
    let found = try layout(.conv(Conv(window: Window(kernel: [3, 3]))), [[1, 10, 9, 9], [18, 10, 3, 3]], 1, .winogradPanels)
    check(found, count: 1620, panels(outputs: 18, depth: 90) { _, m, k in m * 90 + k }, channels: 18, channel: { $0 / 90 })
  }

  @Test(arguments: [false, true], [1, 16, 21])
  func matrices(transB: Bool, columns: Int) throws {
    let b: Shape = transB ? [columns, 7] : [7, columns]
    let found = try layout(.gemm(Gemm(transB: transB)), [[3, 7], b], 1, transB ? .transposedPanels : .matrixPanels)
    check(
      found, count: b.count, panels(outputs: columns, depth: 7) { _, n, k in transB ? n * 7 + k : k * columns + n }, channels: columns,
      channel: { transB ? $0 / 7 : $0 % columns })
  }

  /// With a stride, taps that meet in one output pixel are neighbours; a dilation decides which those are.
  @Test(arguments: [([1, 1], [1, 1], 1), ([2, 3], [1, 1], 2), ([3, 2], [2, 1], 1), ([2, 2], [1, 3], 2), ([4, 2], [3, 2], 1)])
  func transposedConvolution(strides: [Int], dilations: [Int], group: Int) throws {
    let inputs = 3, outputs = 17, height = 5, width = 4, taps = height * width
    let op = Op.convTranspose(
      ConvTranspose(window: Window(kernel: [height, width], strides: strides, dilations: dilations), group: group))
    let shapes: [Shape] = [[1, group * inputs, 2, 2], [group * inputs, outputs, height, width]]
    let order = (0..<taps).sorted { a, b in
      func key(_ tap: Int) -> (Int, Int, Int) {
        (tap / width * dilations[0] % strides[0], tap % width * dilations[1] % strides[1], tap)
      }
      return key(a) < key(b)
    }
    check(
      try layout(op, shapes, 1, .transposedConvPanels), count: shapes[1].count,
      panels(groups: group, outputs: outputs, depth: taps * inputs) { g, m, k in
        ((g * inputs + k % inputs) * outputs + m) * taps + order[k / inputs]
      }, channels: group * outputs, channel: { $0 / (inputs * outputs * taps) * outputs + $0 / taps % outputs })
  }

  /// A window on one axis is one row of taps.
  @Test func transposedConvolutionOfOneAxis() throws {
    let op = Op.convTranspose(ConvTranspose(window: Window(kernel: [5], strides: [2])))
    let order = [0, 2, 4, 1, 3]
    check(
      try layout(op, [[1, 2, 4], [2, 3, 5]], 1, .transposedConvPanels), count: 30,
      panels(outputs: 3, depth: 10) { _, m, k in (k % 2 * 3 + m) * 5 + order[k / 2] }, channels: 3, channel: { $0 / 5 % 3 })
  }

  /// Extents that only a hostile file has: the size must not wrap around.
  @Test func sizesSaturate() throws {
    let facts = [[1, 1], [1 << 31, 1 << 31]].map { OperandFact(TypedShape(.float32, Shape($0)), layout: .plain, isConstant: true) }
    let found = Op.matMul(MatMul()).weightLayouts(of: 1, facts)
    #expect(found.map(\.packing) == [.matrixPanels])
    #expect(found[0].elements == 1 << 62)
    let huge = [[1, 1], [1, Int.max - 7]].map { OperandFact(TypedShape(.float32, Shape($0)), layout: .plain, isConstant: true) }
    #expect(Op.matMul(MatMul()).weightLayouts(of: 1, huge)[0].elements == Int.max)
  }
}
