import O2MOps
import O2MTensor
import Testing

/// Every operator, from a node with the attributes it cannot do without.
struct EncodingTests {
  private func node(for code: OpCode) -> TestNode {
    switch code {
    case .maxPool, .averagePool, .lpPool:
      TestNode(1, (.kernel_shape, .ints([3, 2])), (.strides, .ints([2, 1])), (.pads, .ints([1, 0, 1, 1])))
    case .lrn: TestNode(1, (.size, .int(5)))
    case .batchNormalization: TestNode(5, (.epsilon, .float(0.5)))
    case .instanceNormalization: TestNode(3)
    case .conv: TestNode(3, (.group, .int(2)), (.auto_pad, .string("SAME_LOWER")))
    case .convTranspose: TestNode(2, (.output_padding, .ints([1, 0])), (.group, .int(3)))
    case .gemm: TestNode(3, (.alpha, .float(0.25)), (.transB, .int(1)))
    case .layerNormalization: TestNode(3, (.axis, .int(-2)))
    case .cast: TestNode(1, (.to, .int(17)), (.saturate, .int(0)), (.round_mode, .string("nearest")))
    case .bitCast: TestNode(1, (.to, .int(3)))
    case .bitShift: TestNode(2, (.direction, .string("RIGHT")))
    case .isInf: TestNode(1, (.detect_negative, .int(0)))
    case .quantizeLinear: TestNode(3, (.axis, .int(-1)), (.block_size, .int(2)), (.output_dtype, .int(5)), (.precision, .int(10)))
    case .dequantizeLinear: TestNode(2, (.axis, .int(0)), (.output_dtype, .int(16)))
    case .qLinearMatMul: TestNode(8)
    case .qLinearConv: TestNode(9, (.group, .int(2)))
    case .convInteger: TestNode(4, (.pads, .ints([1, 1, 1, 1])))
    case .einsum: TestNode(2, (.equation, .string("...ij,jk")))
    case .argMax, .argMin: TestNode(1, (.axis, .int(2)), (.select_last_index, .int(1)))
    case .maxRoiPool: TestNode(2, (.pooled_shape, .ints([3, 2])))
    case .maxUnpool: TestNode(2, (.kernel_shape, .ints([2, 2])), (.strides, .ints([2, 2])))
    default: TestNode(1)
    }
  }

  /// Those that only passes make.
  private let internals: [Op] = [
    .boundedLoop(BoundedLoop(carried: 1, limit: 3, body: .example(["on", "s", "s"]))),
    .branch(Branch(then: .example(["s"]), otherwise: .example(["x"]))),
    .channelShuffle(ChannelShuffle(groups: 3)),
    .expandDepthwise(ExpandDepthwise(window: Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), expansion: .relu)),
    .fusedAttention(FusedAttention(heads: 2, depth: 3, columns: 4, scale: 0.5, first: (query: 1, key: 2, value: 3), summands: 1)),
    .nonMaxSuppression(NonMaxSuppression(isCentered: true)),
    .nonZero(NonZero()),
    .shorten(Shorten()),
    .unique(Unique(axis: -2, isSorted: false)),
  ]

  @Test func noNodeStandsForAnInternalOperator() {
    #expect(internals.map(\.code) == OpCode.allCases.filter { $0.versions == nil }.sorted { "\($0.name)" < "\($1.name)" })
    for op in internals { #expect(throws: OpFault.unsupported(.unknownOperator)) { try Op(op.code, TestNode(3)) } }
  }

  /// An operator of this code; nil where attributes are required that `node` does not have.
  private func example(_ code: OpCode) -> Op? {
    var op = internals.first { $0.code == code }
    for inputs in [1, 2, 3, 5] where op == nil {
      var node = node(for: code)
      if node.inputCount == 1 { node.inputCount = inputs }
      op = try? Op(code, node)
    }
    return op
  }

  /// The device is told of channels by two operators alone; this is what the views of all operators say.
  @Test(arguments: [-3, -2, -1, 0, 1, 2, 3])
  func channelsAreThoseOfTheView(axis: Int) {
    let examples = OpCode.allCases.compactMap { example($0) } + [.concat(Concat(axis: axis)), .split(Split(axis: axis, pieces: 2))]
    for op in examples {
      for rank in 1...5 {
        let expected: ChannelConcat? =
          switch op.view([]) {
          case .joined(let axis) where rank >= 3 && (axis == 1 || axis == 1 - rank): .concat
          case .split(let axis, _) where rank >= 3 && (axis == 1 || axis == 1 - rank): .split
          default: nil
          }
        #expect(op.channelConcat(rank: rank) == expected)
      }
    }
  }

  @Test(arguments: OpCode.allCases)
  func roundTripKeepsTheRecord(code: OpCode) throws {
    guard let op = example(code) else { return }  // An operator whose attributes are required has its own test.
    #expect(op.code == code)

    var writer = RecordWriter()
    op.encode(to: &writer)
    let bytes = writer.bytes
    try bytes.withUnsafeBytes { raw in
      var reader = RecordReader(raw, range: 0..<bytes.count)
      let back = try Op(code, from: &reader)
      #expect(reader.isAtEnd)
      #expect(back.code == code)
      var again = RecordWriter()
      back.encode(to: &again)
      #expect(again.bytes == bytes)
      if !bytes.isEmpty {
        var short = RecordReader(raw, range: 0..<bytes.count - 1)
        #expect(throws: FormatFault.self) { try Op(code, from: &short) }
      }
    }
  }

  @Test func numbersAndNamesAreUnique() {
    #expect(Set(OpCode.allCases.map { "\($0.name)" }).count == OpCode.allCases.count)
    for code in OpCode.allCases {
      guard let versions = code.versions else { continue }
      #expect(versions == versions.sorted(), "\(code)")
      #expect(!versions.isEmpty)
    }
  }

  @Test func hostileWindowsAreRefused() throws {
    var writer = RecordWriter()
    writer.put([Int.max, 3])
    writer.bytes.withUnsafeBytes { raw in
      var reader = RecordReader(raw, range: 0..<raw.count)
      #expect(throws: FormatFault.value(offset: 4, found: .max, limit: 1 << 20)) { try Window(from: &reader) }
    }
  }
}

extension Body {
  /// `s = −x`, of the inputs turn, on and x.
  static func example(_ outputs: [String]) -> Body {
    let x = TypedShape(.float32, [2]), names = ["turn", "on", "x", "s"]
    return Body(
      FlatGraph(
        values: [TypedShape(.int64, []), TypedShape(.bool, []), x, x], inputCount: 3, constantCount: 0,
        nodes: [FlatGraph.Node(.neg(Neg()), inputs: [2], outputs: 3..<4)], outputs: outputs.compactMap { names.firstIndex(of: $0) }))
  }
}
