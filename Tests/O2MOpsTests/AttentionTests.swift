import O2MOps
import O2MTensor
import Testing

struct AttentionTests {
  /// One head of depth 1: with scores 0 and ln 3 the weights are 1/4 and 3/4.
  @Test func weighsValues() throws {
    let q = f32([1, 1, 1], [1]), k = f32([1, 2, 1], [0, 1.0986123]), v = f32([1, 2, 2], [4, 0, 8, 1])
    let y = try Attention(heads: 1, depth: 1, columns: 2, scale: 1).reference([q, k, v])[0]
    #expect(y.shape == [1, 1, 2])
    #expect(zip(y.floats, [7, 0.75]).allSatisfy { ($0 - $1).magnitude < 1e-6 })
  }

  /// Queries, keys and values behind each other in one row, and two batches.
  @Test(arguments: [1, 2], [Float(1), 0.125])
  func kernelMatchesTheReference(threads: Int, scale: Float) throws {
    let run = KernelRun(threads: threads)
    let x = seeded([2, 29, 3 * 2 * 20 + 2])
    let op = Attention(heads: 2, depth: 20, columns: 20, scale: scale, first: (query: 0, key: 41, value: 82))
    expectClose(try run.outputs(.attention(op), [x, x, x])[0], try op.reference([x, x, x])[0], sum(of: 80), "packed")
    let inputs = [seeded([1, 7, 9]), seeded([1, 33, 9], 2), seeded([1, 33, 51], 3)]
    let other = Attention(heads: 3, depth: 3, columns: 17, scale: scale)
    expectClose(try run.outputs(.attention(other), inputs)[0], try other.reference(inputs)[0], sum(of: 80), "separate")
  }

  @Test func operandsMustAgree() throws {
    let op = Attention(heads: 2, depth: 4, columns: 3, scale: 1, first: (query: 0, key: 0, value: 1))
    #expect(try op.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 7]))[0].shape == [2, 5, 6])
    #expect(throws: OpFault.extent(input: 2, axis: 2, expected: 7, found: 6)) { try op.infer(facts([2, 5, 8], [2, 7, 8], [2, 7, 6])) }
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 2, found: 1)) { try op.infer(facts([2, 5, 8], [1, 7, 8], [2, 7, 7])) }
    #expect(throws: OpFault.extent(input: 2, axis: 1, expected: 7, found: 6)) { try op.infer(facts([2, 5, 8], [2, 7, 8], [2, 6, 7])) }
    #expect(throws: OpFault.rank(input: 0, expected: 3...3, found: 2)) { try op.infer(facts([5, 8], [2, 7, 8], [2, 7, 7])) }
  }

  @Test func recordsKeepEveryField() throws {
    let op = Attention(heads: 2, depth: 4, columns: 3, scale: 0.5, first: (query: 1, key: 9, value: 17))
    var writer = RecordWriter()
    op.encode(to: &writer)
    let bytes = writer.bytes
    try bytes.withUnsafeBytes { raw in
      var reader = RecordReader(raw, range: 0..<bytes.count)
      let back = try Attention(from: &reader)
      #expect(reader.isAtEnd)
      #expect([back.heads, back.depth, back.columns, back.queryColumn, back.keyColumn, back.valueColumn] == [2, 4, 3, 1, 9, 17])
      #expect(back.scale == 0.5)
    }
  }
}
