import O2MOps
import O2MTensor
import Testing

/// Device kernels against the references, in both layouts, with gaps between pixels. Extents are odd and differ from each other.
@Suite struct MovementKernelTests {
  let x = counted([2, 6, 5, 3])

  private func ints(_ values: [Int]) -> Tensor? { .indices(values) }

  @Test(arguments: [ElementType.uint8, .float16, .float32, .int64])
  func everyElementSize(element: ElementType) throws {
    let x = counted([2, 7, 3, 5], as: element)
    try expectSameBits(.transpose, BuiltNode([(.perm, .ints([3, 1, 0, 2]))]), [x])
    try expectSameBits(.slice, BuiltNode(5), [x, ints([1, -1]), ints([6, 0]), ints([1, 3]), ints([2, -1])])
  }

  @Test(arguments: [[0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2], [3, 2, 1, 0], [1, 0, 2, 3], [0, 1, 3, 2]])
  func transpose(perm: [Int]) throws { try expectSameBits(.transpose, BuiltNode([(.perm, .ints(perm))]), [x]) }

  @Test func concat() throws {
    let inputs: [Tensor?] = [x, counted([2, 1, 5, 3]), counted([2, 0, 5, 3]), counted([2, 4, 5, 3])]
    try expectSameBits(.concat, BuiltNode(4, [(.axis, .int(1))]), inputs, computed: [0, 1, 2, 3])
    try expectSameBits(.concat, BuiltNode(2, [(.axis, .int(-1))]), [x, counted([2, 6, 5, 1])], computed: [0])
  }

  @Test func split() throws {
    try expectSameBits(.split, BuiltNode(2, outputs: 3, [(.axis, .int(1))]), [x, ints([1, 3, 2])])
    try expectSameBits(.split, BuiltNode(1, outputs: 3, [(.axis, .int(2))]), [x])
  }

  @Test func slice() throws {
    try expectSameBits(.slice, BuiltNode(4), [x, ints([2, 1]), ints([5, 4]), ints([1, 2])])
    try expectSameBits(.slice, BuiltNode(4), [x, ints([9]), ints([9]), ints([1])])
  }

  @Test func expandAndTile() throws {
    try expectSameBits(.expand, BuiltNode(2), [counted([2, 3, 1, 5]), ints([2, 3, 4, 5])])
    try expectSameBits(.expand, BuiltNode(2), [counted([3, 1, 5]), ints([2, 3, 4, 5])])
    try expectSameBits(.expand, BuiltNode(2), [counted([]), ints([2, 3])])
    try expectSameBits(.tile, BuiltNode(2), [x, ints([1, 2, 1, 3])])
    try expectSameBits(.tile, BuiltNode(2), [counted([2, 1, 3, 1, 2]), ints([1, 2, 1, 3, 2])])
  }

  @Test(arguments: ["constant", "edge", "reflect", "wrap"])
  func pad(mode: String) throws {
    let node = BuiltNode(4, [(.mode, .string(mode))])
    try expectSameBits(.pad, node, [x, ints([1, 2, 3, 1]), .scalar(Float(9)), ints([2, 3])])
    try expectSameBits(.pad, node, [x, ints([0, 2, -1, 1, 0, 1, 2, -1]), nil, nil])
  }

  @Test(arguments: [Tensor([1], [Float(0)]), Tensor([1], [Int64(0)]), Tensor([1], [Float(-0.0)]), Tensor([1], [Float(2)])])
  func constantOfShape(value: Tensor) throws {
    let isZero = value.withBytes { $0.allSatisfy { $0 == 0 } }, op = Op.constantOfShape(try ConstantOfShape(value))
    for extents in [[3, 0, 2], [3, 5, 7]] { try expectSameBits(op, [ints(extents)], computed: [], reference: !isZero) }
  }

  /// The value may be known only when the model runs.
  @Test func padWithComputedValue() throws {
    try expectSameBits(.pad, BuiltNode(3), [x, ints([0, 1, 1, 0, 0, 1, 0, 2]), .scalar(Float(-3))], computed: [0, 2])
  }

  @Test func blocks() throws {
    let deep = counted([2, 12, 3, 5])
    for mode in ["DCR", "CRD"] { try expectSameBits(.depthToSpace, BuiltNode([(.blocksize, .int(2)), (.mode, .string(mode))]), [deep]) }
    try expectSameBits(.spaceToDepth, BuiltNode([(.blocksize, .int(3))]), [counted([1, 5, 6, 9])])
  }

  @Test(arguments: [1, 2, 3, 6])
  func channelShuffle(groups: Int) throws {
    try expectSameBits(.channelShuffle(ChannelShuffle(groups: groups)), [x])
    try expectSameBits(.channelShuffle(ChannelShuffle(groups: groups)), [counted([1, 6, 7], as: .uint8)])
    try expectSameBits(.channelShuffle(ChannelShuffle(groups: groups)), [counted([5, 6])])
    try expectSameBits(.channelShuffle(ChannelShuffle(groups: 5 * groups)), [counted([2, 10 * groups, 2, 3])])
  }

  @Test func gather() throws {
    try expectSameBits(.gather, BuiltNode(2, [(.axis, .int(1))]), [x, ints([5, -6, 1, 2, 3])])
    try expectSameBits(.gather, BuiltNode(2, [(.axis, .int(2))]), [x, counted([2, 2], as: .int32)], gaps: [0])
    try expectSameBits(.gather, BuiltNode(2, [(.axis, .int(0))]), [x, .scalar(Int64(-1))], computed: [0, 1], gaps: [0])
    let outside = try run(Op(.gather, BuiltNode(2)), [x, ints([0])], layout: .plain, computed: [0, 1])
    #expect(!outside.isReference)
    for index in [5, -6] {
      #expect(throws: OpFault.index(input: 1, found: index, limit: 5)) {
        try run(Op(.gather, BuiltNode(2, [(.axis, .int(2))])), [x, ints([0, index])], layout: .plain, computed: [0, 1])
      }
    }
  }

  @Test func whereChooses() throws {
    let condition = Tensor(.bool, [2, 1, 5, 3], wrapping: (0..<30).map { $0 % 3 })
    try expectSameBits(.where, BuiltNode(3), [condition, x, .scalar(Float(-1))], computed: [0, 1])
    try expectSameBits(.where, BuiltNode(3), [condition, x, counted([6, 1, 3])], computed: [0, 1], gaps: [0])
    try expectSameBits(.where, BuiltNode(3), [Tensor(.bool, [], wrapping: [1]), .scalar(Int64(3)), .scalar(Int64(4))])
  }

  @Test(arguments: [ElementType.float16, .int32, .uint8, .bool, .float64, .int64, .bfloat16])
  func cast(to: ElementType) throws {
    let x = Tensor(.float32, [1, 5, 2, 3], rounding: (0..<30).map { Double($0) * 17.25 - 200 })
    try expectSameBits(.cast, BuiltNode([(.to, .int(Int(to.rawValue)))]), [x])
    let back = try Op(.cast, BuiltNode([(.to, .int(Int(to.rawValue)))])).reference([x])[0]
    try expectSameBits(.cast, BuiltNode([(.to, .int(1))]), [back])
  }

  @Test func aliases() throws {
    func isAlias(_ code: OpCode, _ node: BuiltNode, _ inputs: [Tensor?], layout: Layout) throws -> Bool {
      let op = try Op(code, node)
      let found = try run(op, inputs, layout: layout)
      let expected = try op.reference(inputs)[0].doubles()
      #expect(found.outputs[0].doubles() == expected)
      return found.isAlias
    }
    #expect(try isAlias(.reshape, BuiltNode(2), [x, ints([2, -1])], layout: .plain))
    #expect(try isAlias(.flatten, BuiltNode(), [x], layout: .channelsLast))
    #expect(try isAlias(.flatten, BuiltNode(), [counted([2, 7, 1, 1])], layout: .channelsLast))
    #expect(try isAlias(.identity, BuiltNode(), [x], layout: .channelsLast))
    #expect(try isAlias(.dropout, BuiltNode(), [x], layout: .channelsLast))
    #expect(try isAlias(.unsqueeze, BuiltNode(2), [x, ints([0])], layout: .plain))
    // A transpose between the two layouts moves nothing.
    #expect(try isAlias(.transpose, BuiltNode([(.perm, .ints([0, 2, 3, 1]))]), [x], layout: .channelsLast))
    #expect(try isAlias(.transpose, BuiltNode([(.perm, .ints([0, 3, 1, 2]))]), [x], layout: .plain))
    #expect(try isAlias(.transpose, BuiltNode([(.perm, .ints([0, 2, 3, 1]))]), [x], layout: .plain) == false)
  }

  /// Flatten takes `[N, C, 1, 1]` as it lies, so that nothing is converted after global pooling.
  @Test func flattenKeepsPooledLayout() throws {
    let op = try Op(.flatten, BuiltNode())
    #expect(
      op.layouts([OperandFact(TypedShape(.float32, [1, 8, 1, 1]), layout: .channelsLast, isConstant: false)], outputs: 1).inputs == [
        .channelsLast
      ])
    #expect(
      op.layouts([OperandFact(TypedShape(.float32, [1, 8, 2, 1]), layout: .channelsLast, isConstant: false)], outputs: 1).inputs == [.plain]
    )
  }

  @Test(arguments: [Shape([2, 7, 3, 5]), [1, 3, 40, 33], [1, 40, 1, 1], [4, 1, 3, 2], [2, 5, 4], [1, 2, 2, 3, 2]])
  func layoutConversions(shape: Shape) throws {
    let x = counted(shape)
    for (fromGap, toGap) in [(0, 0), (2, 0), (0, 2)] {
      for (from, to) in [(Layout.plain, Layout.channelsLast), (.channelsLast, .plain), (.channelsLast, .channelsLast)] {
        let source = Placed(.float32, shape, layout: from, gap: fromGap, from: x), target = Placed(.float32, shape, layout: to, gap: toGap)
        let kernel = layoutConversion(from: source.operand, to: target.operand)
        if case .alias = kernel {
          let expected = Placed(.float32, shape, layout: to, gap: toGap, from: x)
          let same = withExtendedLifetime((source, expected)) { source.bytes.elementsEqual(expected.bytes) }
          #expect(same)
          continue
        }
        var input: UnsafeRawPointer? = UnsafeRawPointer(source.bytes.baseAddress!),
          output: UnsafeMutableRawPointer? = target.bytes.baseAddress!
        try withExtendedLifetime((source, target)) {
          try kernel.run(KernelMemory(inputs: &input, outputs: &output, scratch: nil, pool: nil))
        }
        #expect(target.tensor.doubles() == x.doubles() && target.gapsAreMarked)
      }
    }
    let type = TypedShape(.float32, [1, 8, 1, 1])
    let conversion = layoutConversion(from: Operand(type, layout: .channelsLast), to: Operand(type))
    if case .alias = conversion {} else { Issue.record("a pixel of channels needs no conversion") }
  }
}
