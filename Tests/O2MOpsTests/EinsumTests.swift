import O2MOps
import O2MTensor
import Testing

/// Equations of every form, against small hand-worked values.
@Suite struct EinsumTests {
  private func einsum(_ equation: String, _ operands: Tensor...) throws -> Tensor {
    try outputs(.einsum, BuiltNode(operands.count, [(.equation, .string(equation))]), operands)[0]
  }

  @Test func implicitResults() throws {
    #expect(try einsum("ij,jk", counted([1, 2]), counted([2, 2])).ints() == [2, 3])
    #expect(try einsum("ba", counted([2, 3])).ints() == [0, 3, 1, 4, 2, 5])  // ab
    #expect(try einsum("aB", counted([2, 3])).ints() == [0, 3, 1, 4, 2, 5])  // Ba: upper case first
    #expect(try einsum("ii", counted([3, 3])).ints() == [12])
    #expect(try einsum("...ij,jk", counted([2, 1, 2]), counted([2, 1])).shape == [2, 1, 1])
  }

  @Test func diagonals() throws {
    #expect(try einsum("ii -> i", counted([3, 3])).ints() == [0, 4, 8])
    #expect(try einsum("iji->j", counted([2, 2, 2])).ints() == [5, 9])
    #expect(try einsum("...ii->...i", counted([2, 2, 2])).ints() == [0, 3, 4, 7])
  }

  @Test func manyOperands() throws {
    let a = Tensor([2], [Float(1), 2]), b = Tensor([2], [Float(3), 4]), c = Tensor([2], [Float(5), 6])
    #expect(try einsum("i,i,i->", a, b, c).floats == [63])
    #expect(try einsum("i,j,k->kj", a, b, c).floats == [45, 60, 54, 72])
    #expect(try einsum(",i->i", Tensor.scalar(Float(2)), a).floats == [2, 4])
  }

  /// Ellipses of different lengths and extents of 1 broadcast; one that the result does not have is summed over.
  @Test func ellipses() throws {
    let a = counted([2, 1, 2]), b = counted([3, 2])
    #expect(try einsum("...i,...i->...", a, b).ints() == [1, 3, 5, 3, 13, 23])
    #expect(try einsum("i...->...i", a).shape == [1, 2, 2])
    #expect(try einsum("...i->i", counted([2, 3])).ints() == [3, 5, 7])
    #expect(try einsum("...->...", counted([2, 3])).shape == [2, 3])
  }

  @Test func integersWrap() throws {
    let x = Tensor([2], [Int8(100), 100])
    #expect(try einsum("i->", x).ints() == [-56])
    #expect(try einsum("i,i->i", x, x).ints() == [16, 16])
  }

  @Test func emptyExtents() throws {
    #expect(try einsum("ij->i", counted([2, 0])).ints() == [0, 0])
    #expect(try einsum("ij->ji", counted([2, 0])).shape == [0, 2])
  }

  @Test(arguments: ["i.j", "i->j->k", "1", "i..", "i-j", "i>j", "......i,i"])
  func equationsThatAreNone(equation: String) {
    let operands = equation.split(separator: ",", omittingEmptySubsequences: false).count
    let node = BuiltNode(operands, [(.equation, .string(equation))])
    let found = fault(.einsum, node, (0..<operands).map { _ in counted([2]) }.facts)
    #expect(found == .attribute(.equation, .unknownValue) || found == .rank(input: 0, expected: 1...1, found: 1))
  }

  @Test func operandsThatDoNotFit() {
    func with(_ equation: String, _ shapes: Shape...) -> OpFault? {
      fault(.einsum, BuiltNode(shapes.count, [(.equation, .string(equation))]), shapes.map { InputFact(TensorType(.float32, $0)) })
    }
    #expect(with("ij,jk", [2, 3], [4, 2]) == .extent(input: 1, axis: 0, expected: 3, found: 4))
    #expect(with("ij", [2]) == .rank(input: 0, expected: 2...2, found: 1))
    #expect(with("ij", [2, 2, 2]) == .rank(input: 0, expected: 2...2, found: 3))
    #expect(with("i->j", [2]) == .attribute(.equation, .unknownValue))
    #expect(with("i->ii", [2]) == .attribute(.equation, .unknownValue))
    #expect(fault(.einsum, BuiltNode(1, [(.equation, .string("i,i"))]), []) == .inputCount(expected: 2...2, found: 1))
  }
}
