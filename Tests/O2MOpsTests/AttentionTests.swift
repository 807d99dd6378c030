import O2MOps
import O2MTensor
import Testing

struct AttentionTests {
  /// One head of depth 1: with scores 0 and ln 3 the weights are 1/4 and 3/4.
  @Test func weighsValues() throws {
    let q = f32([1, 1, 1], [1]), k = f32([1, 2, 1], [0, 1.0986123]), v = f32([1, 2, 2], [4, 0, 8, 1])
    let y = try FusedAttention(heads: 1, depth: 1, columns: 2, scale: 1).reference([q, k, v])[0]
    #expect(y.shape == [1, 1, 2])
    #expect(zip(y.floats, [7, 0.75]).allSatisfy { ($0 - $1).magnitude < 1e-6 })
  }

  /// Queries, keys and values behind each other in one row, and two batches.
  @Test(arguments: [1, 2], [Float(1), 0.125])
  func kernelMatchesTheReference(threads: Int, scale: Float) throws {
    let run = KernelRun(threads: threads)
    let x = seeded([2, 29, 3 * 2 * 20 + 2])
    let op = FusedAttention(heads: 2, depth: 20, columns: 20, scale: scale, first: (query: 0, key: 41, value: 82))
    expectClose(try run.outputs(.fusedAttention(op), [x, x, x])[0], try op.reference([x, x, x])[0], sum(of: 80), "packed")
    let inputs = [seeded([1, 7, 9]), seeded([1, 33, 9], 2), seeded([1, 33, 51], 3)]
    let other = FusedAttention(heads: 3, depth: 3, columns: 17, scale: scale)
    expectClose(try run.outputs(.fusedAttention(other), inputs)[0], try other.reference(inputs)[0], sum(of: 80), "separate")
  }

  /// A bias for each head and query, a mask for each batch that leaves nothing of the second one.
  @Test(arguments: [1, 2])
  func kernelAddsSummands(threads: Int) throws {
    let x = seeded([2, 21, 3 * 2 * 8])
    let mask = f32([2, 1, 1, 21], (0..<42).map { $0 >= 21 || $0 % 5 == 0 ? -.infinity : $0 % 3 == 0 ? -.greatestFiniteMagnitude : 0 })
    var op = FusedAttention(
      heads: 2, depth: 8, columns: 8, scale: 0.5, first: (query: 0, key: 16, value: 32), summands: 2, zeroesRows: true)
    let inputs = [x, x, x, seeded([1, 2, 21, 21], 4), mask]
    let y = try op.reference(inputs)[0]
    #expect(y.floats.dropFirst(21 * 16).allSatisfy { $0 == 0 } && y.floats.prefix(21 * 16).allSatisfy { $0.isFinite && $0 != 0 })
    expectClose(try KernelRun(threads: threads).outputs(.fusedAttention(op), inputs)[0], y, sum(of: 80), "zeroed")
    op.zeroesRows = false
    #expect(try op.reference(inputs)[0].floats.dropFirst(21 * 16).allSatisfy(\.isNaN))
  }

  /// The least float32 hides a key, and where it hides all of them they count alike.
  @Test func leastFloatHidesKeys() throws {
    let q = f32([1, 1, 1], [1]), k = f32([1, 2, 1], [3, 5]), v = f32([1, 2, 1], [4, 8])
    let op = FusedAttention(heads: 1, depth: 1, columns: 1, scale: 1, summands: 1)
    for (mask, expected) in [
      ([0, -Float.greatestFiniteMagnitude], Float(4)), ([-Float.greatestFiniteMagnitude, -Float.greatestFiniteMagnitude], 6),
    ] {
      let inputs = [q, k, v, f32([1, 1, 1, 2], mask)]
      #expect(try op.reference(inputs)[0].floats == [expected])
      #expect(try KernelRun(threads: 1).outputs(.fusedAttention(op), inputs)[0].floats == [expected])
    }
  }

  @Test func operandsMustAgree() throws {
    let op = FusedAttention(heads: 2, depth: 4, columns: 3, scale: 1, first: (query: 0, key: 0, value: 1))
    #expect(try op.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 7]))[0].shape == [2, 5, 6])
    #expect(throws: OpFault.extent(input: 2, axis: 2, expected: 7, found: 6)) { try op.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 6])) }
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 2, found: 1)) { try op.infer(facts([2, 5, 8], [1, 7, 8], [2, 7, 7])) }
    #expect(throws: OpFault.extent(input: 2, axis: 1, expected: 7, found: 6)) { try op.infer(facts([2, 5, 8], [2, 7, 8], [2, 6, 7])) }
    #expect(throws: OpFault.rank(input: 0, expected: 3...3, found: 2)) { try op.infer(facts([5, 8], [2, 7, 8], [2, 7, 7])) }
    let masked = FusedAttention(heads: 2, depth: 4, columns: 3, scale: 1, summands: 1)
    #expect(throws: OpFault.inputCount(expected: 4...4, found: 3)) { try masked.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 7])) }
    #expect(throws: OpFault.extent(input: 3, axis: 3, expected: 7, found: 1)) {
      try masked.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 7], [1, 1, 5, 1]))
    }
    #expect(throws: OpFault.extent(input: 3, axis: 1, expected: 2, found: 3)) {
      try masked.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 7], [1, 3, 5, 7]))
    }
  }

  /// What has no summands has the record of format 1.1.
  @Test(arguments: [(0, false, 52), (1, false, 54), (2, true, 54), (0, true, 54)])
  func recordsKeepEveryField(summands: Int, zeroesRows: Bool, bytes count: Int) throws {
    let op = FusedAttention(
      heads: 2, depth: 4, columns: 3, scale: 0.5, first: (query: 1, key: 9, value: 17), summands: summands, zeroesRows: zeroesRows)
    var writer = RecordWriter()
    op.encode(to: &writer)
    let bytes = writer.bytes
    #expect(bytes.count == count)
    try bytes.withUnsafeBytes { raw in
      var reader = RecordReader(raw, range: 0..<bytes.count)
      let back = try FusedAttention(from: &reader)
      #expect(reader.isAtEnd)
      #expect([back.heads, back.depth, back.columns, back.queryColumn, back.keyColumn, back.valueColumn] == [2, 4, 3, 1, 9, 17])
      #expect(back.scale == 0.5 && back.summands == summands && back.zeroesRows == zeroesRows)
    }
  }
}
