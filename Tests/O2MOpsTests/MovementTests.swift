import O2MOps
import O2MTensor
import Testing

/// Operators that only move elements, against small hand-worked values.
@Suite struct MovementTests {
  @Test func transpose() throws {
    let x = counted([2, 3])
    #expect(try outputs(.transpose, BuiltNode(), [x])[0].ints() == [0, 3, 1, 4, 2, 5])
    let y = try outputs(.transpose, BuiltNode([(.perm, .ints([1, 2, 0]))]), [counted([2, 1, 3], as: .uint8)])[0]
    #expect(y.shape == [1, 3, 2] && y.ints() == [0, 3, 1, 4, 2, 5])
    #expect(fault(.transpose, BuiltNode([(.perm, .ints([0, 0]))]), [x].facts) == .attribute(.perm, .outOfRange))
    #expect(fault(.transpose, BuiltNode([(.perm, .ints([0]))]), [x].facts) == .attribute(.perm, .count(expected: 2, found: 1)))
  }

  @Test func concat() throws {
    let a = counted([2, 1]), b = counted([2, 0]), c = counted([2, 2])
    #expect(try outputs(.concat, BuiltNode(3, [(.axis, .int(-1))]), [a, b, c])[0].ints() == [0, 0, 1, 1, 2, 3])
    #expect(fault(.concat, BuiltNode(2, [(.axis, .int(0))]), [a, c].facts) == .extent(input: 1, axis: 1, expected: 1, found: 2))
    #expect(fault(.concat, BuiltNode(2), [a, c].facts) == .attribute(.axis, .missing))
    let ints = counted([2, 1], as: .int32)
    #expect(
      fault(.concat, BuiltNode(2, [(.axis, .int(0))]), [a, ints].facts) == .elementTypes(input: 1, found: .int32, expected: .float32))
  }

  @Test func split() throws {
    let x = counted([2, 5])
    let uneven = try outputs(.split, BuiltNode(2, outputs: 3, [(.axis, .int(1))]), [x, .indices([1, 0, 4])])
    #expect(uneven.map { $0.ints() } == [[0, 5], [], [1, 2, 3, 4, 6, 7, 8, 9]])
    let last = try outputs(.split, BuiltNode(1, outputs: 2, [(.axis, .int(-1)), (.num_outputs, .int(2))]), [x])
    #expect(last.map(\.shape) == [[2, 3], [2, 2]])
    #expect(fault(.split, BuiltNode(1, outputs: 2, opset: 13, [(.axis, .int(1))]), [x].facts) == .elementCount(expected: 6, found: 5))
    #expect(fault(.split, BuiltNode(2, outputs: 2), [x, .indices([1, 2])].facts) == .elementCount(expected: 2, found: 2))
    #expect(
      fault(.split, BuiltNode(1, outputs: 2, [(.num_outputs, .int(3))]), [x].facts)
        == .attribute(.num_outputs, .count(expected: 2, found: 3)))
  }

  @Test(arguments: [
    ([1], [3], [0], [1], [4, 5, 6, 7, 8, 9, 10, 11]),
    ([-1], [Int.min], [0], [-1], [8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]),
    ([0, 0], [3, 4], [0, 1], [2, 3], [0, 3, 8, 11]),
    ([3], [0], [-1], [-2], [3, 1, 7, 5, 11, 9]),
    ([5], [9], [1], [1], []),
    ([0], [Int.max], [1], [Int.max], [0, 4, 8]),
    ([9], [-9], [1], [Int.min], [3, 7, 11]),
  ])
  func slice(starts: [Int], ends: [Int], axes: [Int], steps: [Int], expected: [Int]) throws {
    let lists = [starts, ends, axes, steps].map { Optional(Tensor.indices($0)) }
    #expect(try outputs(.slice, BuiltNode(5), [counted([3, 4])] + lists)[0].ints() == expected)
  }

  @Test func sliceRefuses() {
    let x = counted([3, 4])
    func with(_ lists: [[Int]]) -> OpFault? { fault(.slice, BuiltNode(lists.count + 1), ([x] + lists.map { .indices($0) }).facts) }
    #expect(with([[0], [1], [2]]) == .axis(2, rank: 2))
    #expect(with([[0, 0], [1, 1], [1, -1]]) == .axis(-1, rank: 2))
    #expect(with([[0], [1, 1]]) == .elementCount(expected: 1, found: 2))
    #expect(with([[0], [1], [0], [0]]) == .index(input: 4, found: 0, limit: 0))
  }

  @Test func gather() throws {
    let x = counted([3, 2])
    #expect(try outputs(.gather, BuiltNode(2), [x, .indices([-1, 0])])[0].ints() == [4, 5, 0, 1])
    let column = try outputs(.gather, BuiltNode(2, [(.axis, .int(1))]), [x, .scalar(Int32(1))])[0]
    #expect(column.shape == [3] && column.ints() == [1, 3, 5])
    #expect(fault(.gather, BuiltNode(2), [x, .indices([3])].facts) == .index(input: 1, found: 3, limit: 3))
    #expect(fault(.gather, BuiltNode(2), [x, x].facts) == .elementType(input: 1, found: .float32))
  }

  @Test func expandAndTile() throws {
    let x = counted([2, 1])
    #expect(try outputs(.expand, BuiltNode(2), [x, .indices([2, 1, 3])])[0].ints() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1])
    #expect(try outputs(.expand, BuiltNode(2), [x, .indices([1])])[0].shape == [2, 1])
    #expect(fault(.expand, BuiltNode(2), [x, .indices([3, 1])].facts) == .broadcast(axis: 0, left: 2, right: 3))
    #expect(try outputs(.tile, BuiltNode(2), [counted([2, 2]), .indices([1, 2])])[0].ints() == [0, 1, 0, 1, 2, 3, 2, 3])
    #expect(try outputs(.tile, BuiltNode(2), [x, .indices([2, 0])])[0].shape == [4, 0])
    #expect(fault(.tile, BuiltNode(2), [x, .indices([2])].facts) == .elementCount(expected: 2, found: 1))
    #expect(fault(.tile, BuiltNode(2), [x, .indices([.max, .max])].facts) == .overflow)
  }

  @Test(arguments: [
    ("constant", [2, -1], [9, 9, 0, 1, 2]),
    ("edge", [2, 1], [0, 0, 0, 1, 2, 3, 3]),
    ("wrap", [5, 1], [3, 0, 1, 2, 3, 0, 1, 2, 3, 0]),
    ("reflect", [7, 2], [1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1]),
    ("reflect", [-1, 2], [1, 2, 3, 2, 1]),
  ])
  func pad(mode: String, pads: [Int], expected: [Int]) throws {
    let node = BuiltNode(3, [(.mode, .string(mode))])
    #expect(try outputs(.pad, node, [counted([4]), .indices(pads), .scalar(Float(9))])[0].ints() == expected)
  }

  @Test func padOnAxes() throws {
    let x = counted([1, 2, 2])
    let y = try outputs(.pad, BuiltNode(4), [x, .indices([1, 0, 0, 1]), nil, .indices([-1, 1])])[0]
    #expect(y.shape == [1, 3, 3] && y.ints() == [0, 0, 1, 0, 2, 3, 0, 0, 0])
    #expect(fault(.pad, BuiltNode(2), [x, .indices([1, 1])].facts) == .elementCount(expected: 6, found: 2))
    #expect(fault(.pad, BuiltNode(2), [counted([2]), .indices([-2, -1])].facts) == .emptyOutput(axis: 0, extent: -1))
    let edge = BuiltNode(2, [(.mode, .string("edge"))])
    #expect(fault(.pad, edge, [counted([0]), .indices([1, 0])].facts) == .emptyOutput(axis: 0, extent: 1))
  }

  @Test func blocks() throws {
    let deep = counted([1, 8, 1, 2])
    let dcr = try outputs(.depthToSpace, BuiltNode([(.blocksize, .int(2))]), [deep])[0]
    #expect(dcr.shape == [1, 2, 2, 4])
    #expect(dcr.ints() == [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15])
    let crd = try outputs(.depthToSpace, BuiltNode([(.blocksize, .int(2)), (.mode, .string("CRD"))]), [deep])[0]
    #expect(crd.ints() == [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15])
    #expect(try outputs(.spaceToDepth, BuiltNode([(.blocksize, .int(2))]), [dcr])[0].ints() == deep.ints())
    #expect(
      fault(.spaceToDepth, BuiltNode([(.blocksize, .int(2))]), [deep].facts) == .extent(input: 0, axis: 2, expected: 2, found: 1))
    #expect(fault(.depthToSpace, BuiltNode(), [deep].facts) == .attribute(.blocksize, .missing))
  }

  @Test func channelShuffle() throws {
    let y = try outputs(.channelShuffle(ChannelShuffle(groups: 2)), [counted([1, 6, 1, 2])])[0]
    #expect(y.ints() == [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11])
    #expect(fault([y].facts) { .channelShuffle(ChannelShuffle(groups: 4)) } == .extent(input: 0, axis: 1, expected: 8, found: 6))
  }

  @Test func whereChooses() throws {
    let condition = Tensor(.bool, [2, 1], wrapping: [1, 0])
    let y = try outputs(.where, BuiltNode(3), [condition, counted([2], as: .int32), .scalar(Int32(9))])[0]
    #expect(y.shape == [2, 2] && y.element == .int32 && y.ints() == [0, 1, 9, 9])
    #expect(fault(.where, BuiltNode(3), [y, y, y].facts) == .elementType(input: 0, found: .int32))
    #expect(
      fault(.where, BuiltNode(3), [condition, y, condition].facts) == .elementTypes(input: 2, found: .bool, expected: .int32))
  }

  @Test(arguments: [
    (ElementType.float32, ElementType.int32, [-1.9, 2.5, 300], [-1, 2, 300]),
    (.float32, .bool, [0, -0.5, .nan], [0, 1, 1]),
    (.float64, .float16, [1.0004, 65504, 1e-9], [1, 65504, 0]),
    (.float32, .bfloat16, [1.00390625, 257, -2], [1, 256, -2]),
    (.int32, .uint8, [-1, 256, 7], [255, 0, 7]),
    (.int32, .int4, [-1, 8, 7], [-1, -8, 7]),
    (.bool, .float32, [1, 0, 1], [1, 0, 1]),
    (.uint64, .float32, [3, 0, 1], [3, 0, 1]),
  ])
  func cast(from: ElementType, to: ElementType, values: [Double], expected: [Double]) throws {
    let node = BuiltNode([(.to, .int(Int(to.rawValue)))])
    let y = try outputs(.cast, node, [Tensor(from, [3], rounding: values)])[0]
    #expect(y.element == to && y.doubles() == expected)
  }

  /// int64 keeps all its bits: 2^53 + 1 has no float64.
  @Test func castIsExact() throws {
    let large = Tensor([2], [Int64(1) << 53 + 1, -1])
    #expect(try outputs(.cast, BuiltNode([(.to, .int(13))]), [large])[0].ints() == [1 << 53 + 1, -1])
    let unsigned = Tensor([1], [UInt64.max])
    #expect(try outputs(.cast, BuiltNode([(.to, .int(1))]), [unsigned])[0].doubles() == [0x1p64])
    #expect(fault(.cast, BuiltNode([(.to, .int(8))]), []) == .unsupported(.castTarget))
    #expect(fault(.cast, BuiltNode([(.to, .int(99))]), []) == .attribute(.to, .unknownValue))
  }
}
