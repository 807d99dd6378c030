import O2MOps
import O2MTensor
import Testing

/// Operators that move by index, where ONNX's own cases do not look: batches of tuples, ties, NaN, unsigned extremes, faults.
@Suite struct IndexingTests {
  @Test func tuplesBehindABatch() throws {
    let indices = Tensor([2, 1, 1], [Int64(1), -1])
    let y = try outputs(.gatherND, BuiltNode(2, [(.batch_dims, .int(1))]), [counted([2, 3, 2]), indices])[0]
    #expect(y.shape == [2, 1, 2] && y.ints() == [2, 3, 10, 11])
  }

  @Test func tuplesThatDoNotFit() {
    let x = counted([2, 3])
    #expect(fault(.gatherND, BuiltNode(2), [x, Tensor.indices([0, 0, 0])].facts) == .extent(input: 1, axis: 0, expected: 2, found: 3))
    #expect(
      fault(.gatherND, BuiltNode(2, [(.batch_dims, .int(1))]), [x, Tensor.indices([0])].facts) == .attribute(.batch_dims, .outOfRange))
    #expect(throws: OpFault.index(input: 1, found: 3, limit: 3)) { try outputs(.gatherND, BuiltNode(2), [x, .indices([1, 3])]) }
  }

  @Test func elementsOutsideTheInput() {
    let x = counted([2, 3])
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 2, found: 3)) {
      try outputs(.gatherElements, BuiltNode(2, [(.axis, .int(1))]), [x, counted([3, 1], as: .int64)])
    }
    #expect(throws: OpFault.index(input: 1, found: -3, limit: 2)) {
      try outputs(.gatherElements, BuiltNode(2), [x, Tensor([1, 1], [Int64(-3)])])
    }
  }

  /// uint64 above the range of Int is larger than all below it, and sums wrap.
  @Test func scatterCombinesUnsignedIntegers() throws {
    let x = Tensor([2], [UInt64.max, 1]), updates = Tensor([2], [UInt64(2), .max - 1])
    func scattered(_ reduction: String) throws -> [UInt64] {
      let node = BuiltNode(3, [(.reduction, .string(reduction))])
      return try outputs(.scatterElements, node, [x, .indices([0, 1]), updates])[0].withElements(of: UInt64.self) { Array($0) }
    }
    #expect(try scattered("max") == [.max, .max - 1])
    #expect(try scattered("min") == [2, 1])
    #expect(try scattered("add") == [1, .max])
    #expect(try scattered("none") == [2, .max - 1])
  }

  @Test func scatterRefuses() {
    let x = counted([2, 2], as: .bool), one = Tensor([1, 1], [Int64(0)])
    let node = BuiltNode(3, [(.reduction, .string("add"))])
    #expect(fault(.scatterElements, node, [x, one, counted([1, 1], as: .bool)].facts) == .elementType(input: 0, found: .bool))
    #expect(fault(.scatterElements, BuiltNode(3, [(.reduction, .string("mean"))]), []) == .attribute(.reduction, .unknownValue))
    let floats = counted([2, 2])
    #expect(
      fault(.scatterND, BuiltNode(3), [floats, one, counted([1, 3])].facts) == .extent(input: 2, axis: 1, expected: 2, found: 3))
  }

  @Test func entriesLeaveALinearCache() {
    let operands = [counted([1, 3, 1]), counted([1, 2, 1]), Tensor.indices([2])]
    #expect(throws: OpFault.index(input: 2, found: 2, limit: 2)) { try outputs(.tensorScatter, BuiltNode(3), operands) }
    #expect(try! outputs(.tensorScatter, BuiltNode(3, [(.mode, .string("circular"))]), operands)[0].ints() == [1, 1, 0])
  }

  @Test func topKOrdersTiesZerosAndNaN() throws {
    let x = Tensor([6], [Float(0), -.infinity, .nan, -0.0, 3, 3])
    let largest = try Op(.topK, BuiltNode(2, outputs: 2)).reference([x, .indices([6])])[1]
    #expect(largest.ints() == [2, 4, 5, 0, 3, 1])
    let smallest = try Op(.topK, BuiltNode(2, outputs: 2, [(.largest, .int(0))])).reference([x, .indices([6])])[1]
    #expect(smallest.ints() == [1, 0, 3, 4, 5, 2])
    #expect(fault(.topK, BuiltNode(2), [x, Tensor.indices([7])].facts) == .index(input: 1, found: 7, limit: 7))
  }

  @Test func oneHotOfFractionsAndStrangers() throws {
    let indices = Tensor([4], [Float(1.9), -1, 3, -4]), values = Tensor([2], [Int32(7), 9])
    let y = try outputs(.oneHot, BuiltNode(3, [(.axis, .int(0))]), [indices, Tensor.scalar(Float(3)), values])[0]
    #expect(y.shape == [3, 4] && y.element == .int32)
    #expect(y.ints() == [7, 7, 7, 7, 9, 7, 7, 7, 7, 9, 7, 7])
  }

  @Test func eyeIsKnownFromTheShape() throws {
    let op = try Op(.eyeLike, BuiltNode([(.k, .int(-1)), (.dtype, .int(Int(ElementType.bool.rawValue)))]))
    #expect(try op.known(facts([2, 3]))?.first?.ints() == [0, 0, 0, 1, 0, 0])
  }

  @Test func sequencesLongerThanTheirTime() {
    #expect(throws: OpFault.index(input: 1, found: 3, limit: 3)) {
      try outputs(.reverseSequence, BuiltNode(2), [counted([2, 2]), .indices([1, 3])])
    }
    #expect(fault(.reverseSequence, BuiltNode(2, [(.time_axis, .int(1))]), []) == .attribute(.time_axis, .outOfRange))
  }

  @Test func determinants() throws {
    let x = Tensor([3, 2, 2], [Float(0), 2, 3, 4, 1, 2, 2, 4, 5, 0, 0, -1])
    #expect(try outputs(.det, BuiltNode(), [x])[0].floats == [-6, 0, -5])
    #expect(try outputs(.det, BuiltNode(), [counted([2, 0, 0])])[0].floats == [1, 1])
  }
}
