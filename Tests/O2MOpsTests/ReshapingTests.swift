import O2MOps
import O2MTensor
import Testing

/// Operators that keep the order of the elements, and those that read shapes only.
@Suite struct ReshapingTests {
  @Test(arguments: [
    (Shape([2, 3, 4]), [4, 2, 3], false, Shape([4, 2, 3])),
    (Shape([2, 3, 4]), [0, -1], false, Shape([2, 12])),
    (Shape([2, 3, 4]), [-1, 0, 2], false, Shape([4, 3, 2])),
    (Shape([2, 0, 4]), [4, 0], true, Shape([4, 0])),
    (Shape([2, 0, 4]), [3, 0, 1], false, Shape([3, 0, 1])),
    (Shape([1, 1]), [], false, Shape([])),
  ])
  func reshape(from: Shape, wanted: [Int], allowsZero: Bool, expected: Shape) throws {
    let node = BuiltNode(2, [(.allowzero, .int(allowsZero ? 1 : 0))])
    let y = try outputs(.reshape, node, [counted(from), .indices(wanted)])
    #expect(y[0].shape == expected)
    #expect(y[0].ints() == Array(0..<from.count))
  }

  @Test func reshapeRefuses() {
    let x = InputFact(TensorType(.float32, Shape([2, 3])))
    func with(_ wanted: [Int]) -> OpFault? {
      let shape = Tensor.indices(wanted)
      return fault(.reshape, BuiltNode(2), [x, InputFact(shape.type, value: shape)])
    }
    #expect(with([4, 2]) == .elementCount(expected: 6, found: 8))
    #expect(with([4, -1]) == .elementCount(expected: 6, found: 4))
    #expect(with([-1, -1]) == .extent(input: 1, axis: 1, expected: 0, found: -1))
    #expect(with([-2, 3]) == .extent(input: 1, axis: 0, expected: 0, found: -2))
    #expect(with([1, 1, 0]) == .axis(2, rank: 2))
    #expect(with([.max, .max, 2]) == .overflow)
    #expect(fault(.reshape, BuiltNode(2), [x, InputFact(TensorType(.int64, Shape([2])))]) == .dataDependent(input: 1))
    #expect(fault(.reshape, BuiltNode(1), [x]) == .inputCount(expected: 2...2, found: 1))
  }

  /// A symbolic batch goes through where it is copied, or is all that is left.
  @Test func reshapeKeepsSymbols() throws {
    let x = InputFact(TensorType(.float32, [.symbol(0), .fixed(8), .fixed(1), .fixed(1)]))
    func dims(_ wanted: [Int]) throws -> [Dim] {
      let shape = Tensor.indices(wanted)
      return try Op(.reshape, BuiltNode(2)).infer([x, InputFact(shape.type, value: shape)])[0].dims
    }
    #expect(try dims([0, -1]) == [.symbol(0), .fixed(8)])
    #expect(try dims([-1, 8]) == [.symbol(0), .fixed(8)])
    #expect(try dims([-1, 4]) == [.unknown, .fixed(4)])
  }

  @Test(arguments: [(0, Shape([1, 24])), (1, Shape([2, 12])), (-1, Shape([6, 4])), (3, Shape([24, 1])), (-3, Shape([1, 24]))])
  func flatten(axis: Int, expected: Shape) throws {
    #expect(try outputs(.flatten, BuiltNode([(.axis, .int(axis))]), [counted([2, 3, 4])])[0].shape == expected)
    #expect(fault(.flatten, BuiltNode([(.axis, .int(4))]), [InputFact(TensorType(.float32, Shape([1])))]) == .axis(4, rank: 1))
  }

  @Test func squeezeAndUnsqueeze() throws {
    let x = counted([1, 3, 1, 2])
    #expect(try outputs(.squeeze, BuiltNode(1), [x])[0].shape == [3, 2])
    #expect(try outputs(.squeeze, BuiltNode(2), [x, .indices([-2])])[0].shape == [1, 3, 2])
    #expect(try outputs(.unsqueeze, BuiltNode(2), [counted([3, 2]), .indices([-1, 0])])[0].shape == [1, 3, 2, 1])
    let axes = Tensor.indices([1])
    #expect(
      fault(.squeeze, BuiltNode(2), [x, axes].facts) == .extent(input: 0, axis: 1, expected: 1, found: 3))
    #expect(fault(.unsqueeze, BuiltNode(2), [x, .indices([0, -6])].facts) == .axis(-6, rank: 6))
  }

  @Test func identityAndDropout() throws {
    let x = counted([2, 2])
    #expect(try outputs(.identity, BuiltNode(), [x])[0].doubles() == [0, 1, 2, 3])
    let both = try outputs(.dropout, BuiltNode(1, outputs: 2), [x])
    #expect(both[0].doubles() == [0, 1, 2, 3])
    #expect(both[1].element == .bool && both[1].ints() == [1, 1, 1, 1])
    #expect(try outputs(.dropout, BuiltNode(1, outputs: 2, opset: 7), [x])[1].element == .float32)
    let off = Tensor(.bool, [], wrapping: [0]), on = Tensor(.bool, [], wrapping: [1]), ratio = Tensor.scalar(Float(0.5))
    #expect(try outputs(.dropout, BuiltNode(3), [x, ratio, off]).count == 1)
    #expect(fault(.dropout, BuiltNode(3), [x, ratio, on].facts) == .unsupported(.trainingMode))
    #expect(try outputs(.dropout, BuiltNode(3), [x, Tensor.scalar(Float(0)), on])[0].ints() == x.ints())
    #expect(fault(.dropout, BuiltNode(3), [InputFact(x.type), nil, InputFact(on.type)]) == .dataDependent(input: 2))
    #expect(fault(.dropout, BuiltNode(opset: 6), [x].facts) == .unsupported(.trainingMode))
  }

  @Test(arguments: [(0, nil, [2, 3, 4]), (1, nil, [3, 4]), (-2, -1, [3]), (-9, 9, [2, 3, 4]), (2, 1, [])] as [(Int, Int?, [Int])])
  func shape(start: Int, end: Int?, expected: [Int]) throws {
    var node = BuiltNode([(.start, .int(start))])
    if let end { node.attributes.append((name: .end, value: .int(end))) }
    #expect(try outputs(.shape, node, [counted([2, 3, 4])])[0].ints() == expected)
    let type = TensorType(.float32, [.symbol(0), .fixed(3)])
    #expect(ShapeOf(start: 1).value(of: type)?.ints() == [3])
    #expect(ShapeOf().value(of: type) == nil)
  }

  @Test func size() throws {
    #expect(try outputs(.size, BuiltNode(), [counted([2, 3])])[0].ints() == [6])
    #expect(try outputs(.size, BuiltNode(), [counted([2, 0])])[0].ints() == [0])
  }

  @Test func constantOfShape() throws {
    let value = Tensor([1], [Int64(-7)])
    let y = try outputs(.constantOfShape, BuiltNode([(.value, .tensor(value))]), [.indices([2, 2])])[0]
    #expect(y.element == .int64 && y.ints() == [-7, -7, -7, -7])
    #expect(try outputs(.constantOfShape, BuiltNode(), [.indices([])])[0].doubles() == [0])
    #expect(fault(.constantOfShape, BuiltNode(), [.indices([1, -1])].facts) == .extent(input: 0, axis: 1, expected: 0, found: -1))
    #expect(fault(.constantOfShape, BuiltNode([(.value, .tensor(counted([2])))]), []) == .attribute(.value, .count(expected: 1, found: 2)))
  }

  @Test func range() throws {
    func steps(_ a: Int, _ b: Int, _ c: Int) throws -> [Int] {
      try outputs(.range, BuiltNode(3), [a, b, c].map { .scalar(Int64($0)) })[0].ints()
    }
    #expect(try steps(2, 9, 3) == [2, 5, 8])
    #expect(try steps(9, 2, -3) == [9, 6, 3])
    #expect(try steps(2, 2, 1) == [])
    #expect(try steps(2, 0, 1) == [])
    #expect(try outputs(.range, BuiltNode(3), [Float(1), 2.1, 0.5].map { .scalar($0) })[0].doubles() == [1, 1.5, 2])
    #expect(fault(.range, BuiltNode(3), [Float(1), 2, 0].map { Optional(Tensor.scalar($0)) }.facts) == .overflow)
    #expect(fault(.range, BuiltNode(3), [Int64(1), 2, 0].map { Optional(Tensor.scalar($0)) }.facts) == .overflow)
  }
}
