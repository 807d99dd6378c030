import O2MOps
import O2MTensor
import Testing

struct UnaryTests {
  /// Operator, input, output: values that can be checked by hand.
  static let cases: [(Op, Float, Float)] = [
    (.relu(Relu()), -2, 0), (.relu(Relu()), 3, 3), (.leakyRelu(LeakyRelu(alpha: 0.25)), -2, -0.5),
    (.sigmoid(Sigmoid()), 0, 0.5), (.sigmoid(Sigmoid()), -1000, 0), (.tanh(Tanh()), 0, 0), (.exp(Exp()), 0, 1),
    (.log(Log()), 0, -.infinity), (.sqrt(Sqrt()), 2.25, 1.5), (.neg(Neg()), 0, -0.0), (.abs(Abs()), -3, 3),
    (.reciprocal(Reciprocal()), 4, 0.25), (.erf(Erf()), 0, 0), (.floor(Floor()), -1.5, -2), (.ceil(Ceil()), -1.5, -1),
    (.round(Round()), 2.5, 2), (.round(Round()), -1.5, -2), (.hardSigmoid(HardSigmoid()), 1, 0.7),
    (.hardSigmoid(HardSigmoid()), 9, 1), (.hardSwish(HardSwish()), -4, 0), (.hardSwish(HardSwish()), 5, 5), (.elu(Elu(alpha: 2)), 3, 3),
    (.elu(Elu(alpha: 2)), -100, -2), (.selu(Selu()), 1, 1.050701), (.celu(Celu(alpha: 2)), -200, -2), (.gelu(Gelu()), 0, 0),
    (.gelu(Gelu(byTanh: true)), 20, 20), (.softplus(Softplus()), 0, 0.6931472), (.softplus(Softplus()), 1000, 1000),
    (.softsign(Softsign()), 3, 0.75), (.sin(Sin()), 0, 0), (.cos(Cos()), 0, 1), (.sign(Sign()), -7, -1), (.mish(Mish()), 0, 0),
    (.swish(Swish(alpha: 2)), 0, 0), (.swish(Swish()), -1000, 0), (.gelu(Gelu()), -9, -1.015729565358458e-18),
    (.gelu(Gelu(byTanh: true)), -9, -1.336459594734881e-28),
  ]

  @Test(arguments: cases.indices)
  func value(index: Int) throws {
    let (op, x, y) = Self.cases[index]
    let result = try op.reference([f32([1], [x])])[0]
    #expect(result.floats[0].bitPattern == y.bitPattern || result.floats[0] == y, "\(op.name)(\(x)) = \(result.floats[0])")
    #expect(try op.infer(facts([2, 3]))[0] == TensorType(.float32, [2, 3] as Shape))
  }

  @Test func nanPassesThrough() throws {
    for op in [Op.relu(Relu()), .leakyRelu(LeakyRelu()), .clip(Clip()), .sign(Sign()), .hardSwish(HardSwish()), .sigmoid(Sigmoid())] {
      #expect(try op.reference([f32([1], [.nan])])[0].floats[0].isNaN, "\(op.name)")
    }
  }

  @Test func integersWrapAndKeepTheirSign() throws {
    let least = Tensor([2], [Int8(-128), 5])
    #expect(try Op.neg(Neg()).reference([least])[0].ints() == [-128, -5])
    #expect(try Op.abs(Abs()).reference([least])[0].ints() == [-128, 5])
    #expect(try Op.relu(Relu()).reference([least])[0].ints() == [0, 5])
    let large = Tensor([1], [UInt64.max])
    #expect(try Op.abs(Abs()).reference([large])[0].ints() == [-1])
    #expect(try Op.sign(Sign()).reference([large])[0].ints() == [1])
    #expect(throws: OpFault.elementType(input: 0, found: .uint8)) { try Op.neg(Neg()).infer([Tensor([1], [UInt8(1)])].facts) }
  }

  @Test func clipTakesItsBoundsAsInputs() throws {
    let x = f32([4], [-5, -0.5, 0.5, 5])
    #expect(try Clip().reference([x, f32([], [-1]), nil])[0].floats == [-1, -0.5, 0.5, 5])
    #expect(try Clip().reference([x, f32([], [2]), f32([], [1])])[0].floats == [1, 1, 1, 1])
    let large = Tensor([2], [UInt64.max, 3])
    #expect(try Clip().reference([large, Tensor([], [UInt64(4)]), nil])[0].ints() == [-1, 4])
    #expect(throws: OpFault.elementCount(expected: 1, found: 2)) { try Clip().infer([x, f32([2], [1, 2])].facts) }
  }

  @Test func badAttributesAreRefused() {
    #expect(throws: OpFault.attribute(.alpha, .outOfRange)) { try LeakyRelu(TestNode(1, (.alpha, .float(.nan)))) }
    #expect(throws: OpFault.attribute(.alpha, .wrongType)) { try Elu(TestNode(1, (.alpha, .int(1)))) }
    #expect(throws: OpFault.attribute(.approximate, .unknownValue)) { try Gelu(TestNode(1, (.approximate, .string("erf")))) }
    #expect(throws: OpFault.inputCount(expected: 1...1, found: 2)) { try Relu(TestNode(2)) }
    #expect(throws: OpFault.elementType(input: 0, found: .float8e5m2)) {
      try Op.exp(Exp()).infer([InputFact(TensorType(.float8e5m2, [1] as Shape))])
    }
  }

  @Test func pReluBroadcastsItsSlope() throws {
    let x = f32([1, 2, 2], [-1, 2, -3, -4])
    #expect(try PRelu().reference([x, f32([2, 1], [0.5, 2])])[0].floats == [-0.5, 2, -6, -8])
    #expect(throws: OpFault.broadcast(axis: 2, left: 2, right: 3)) { try PRelu().infer(facts([1, 2, 2], [3])) }
  }
}

struct BinaryTests {
  let a = f32([2, 1], [6, -3]), b = f32([3], [2, 4, -2])

  @Test func arithmeticBroadcasts() throws {
    #expect(try Add().reference([a, b])[0].floats == [8, 10, 4, -1, 1, -5])
    #expect(try Sub().reference([a, b])[0].floats == [4, 2, 8, -5, -7, -1])
    #expect(try Mul().reference([a, b])[0].floats == [12, 24, -12, -6, -12, 6])
    #expect(try Div().reference([a, b])[0].floats == [3, 1.5, -3, -1.5, -0.75, 1.5])
    #expect(try Add().reference([f32([0, 2], []), f32([1], [1])])[0].shape == [0, 2])
    #expect(throws: OpFault.broadcast(axis: 1, left: 3, right: 2)) { try Add().infer(facts([1, 3], [2, 2])) }
    #expect(throws: OpFault.elementTypes(input: 1, found: .int8, expected: .float32)) {
      try Add().infer([a, Tensor([1], [Int8(1)])].facts)
    }
  }

  @Test func integerDivisionTruncatesAndNeverTraps() throws {
    let x = Tensor([4], [Int32(-7), 7, .min, 5]), y = Tensor([4], [Int32(2), -2, -1, 0])
    #expect(try Div().reference([x, y])[0].ints() == [-3, -3, Int(Int32.min), 0])
    let wide = Tensor([2], [Int64.min, 1]), minus = Tensor([2], [Int64(-1), 0])
    #expect(try Div().reference([wide, minus])[0].ints() == [.min, 0])
    #expect(try Mod().reference([wide, minus])[0].ints() == [0, 0])
    #expect(try Div().reference([Tensor([1], [UInt64.max]), Tensor([1], [UInt64(2)])])[0].ints() == [.max])
  }

  @Test func modFollowsTheDivisorOrTheDividend() throws {
    let x = Tensor([4], [Int32(-7), 7, -7, 7]), y = Tensor([4], [Int32(3), -3, -3, 3])
    #expect(try Mod().reference([x, y])[0].ints() == [2, -2, -1, 1])
    #expect(try Mod(fmod: true).reference([x, y])[0].ints() == [-1, 1, -1, 1])
    #expect(try Mod(fmod: true).reference([f32([1], [-7.5]), f32([1], [2])])[0].floats == [-1.5])
    #expect(try Mod().reference([f32([1], [-7.5]), f32([1], [2])])[0].floats == [0.5])
  }

  @Test func powerMixesTypes() throws {
    let x = Tensor([4], [Int32(2), -1, 3, 0]), y = Tensor([4], [Int64(10), -3, 0, -1])
    #expect(try Pow().reference([x, y])[0].ints() == [1024, -1, 1, 0])
    #expect(try Pow().reference([f32([2], [4, 2]), Tensor([1], [Int32(2)])])[0].floats == [16, 4])
    #expect(try Pow().reference([Tensor([1], [Int32(2)]), f32([1], [0.5])])[0].ints() == [1])
  }

  @Test func comparisonsGiveBool() throws {
    let small = Tensor([2], [UInt64(1), .max]), large = Tensor([2], [UInt64.max, 1])
    #expect(try Greater().reference([small, large])[0].ints() == [0, 1])
    #expect(try LessOrEqual().reference([small, large])[0].ints() == [1, 0])
    #expect(try Equal().reference([f32([2], [.nan, 1]), f32([1], [1])])[0].ints() == [0, 1])
    #expect(try GreaterOrEqual().infer([a, b].facts)[0] == TensorType(.bool, [2, 3] as Shape))
    let p = Tensor([4], [true, true, false, false].map { Truth($0) }), q = Tensor([4], [true, false, true, false].map { Truth($0) })
    #expect(try And().reference([p, q])[0].ints() == [1, 0, 0, 0])
    #expect(try Or().reference([p, q])[0].ints() == [1, 1, 1, 0])
    #expect(try Xor().reference([p, q])[0].ints() == [0, 1, 1, 0])
    #expect(try Not().reference([p])[0].ints() == [0, 0, 1, 1])
    #expect(throws: OpFault.elementType(input: 0, found: .float32)) { try And().infer([a, b].facts) }
  }

  @Test func variadicsTakeAnyNumber() throws {
    let one = f32([1], [1]), nan = f32([1], [.nan])
    #expect(try Sum().reference([one])[0].floats == [1])
    #expect(try Mean().reference([f32([1], [1]), f32([1], [2]), f32([2], [6, 9])])[0].floats == [3, 4])
    #expect(try Max().reference([one, nan, one])[0].floats[0].isNaN)
    #expect(try Min().reference([nan, one])[0].floats[0].isNaN)
    #expect(try Max().reference([Tensor([1], [UInt64.max]), Tensor([1], [UInt64(3)])])[0].ints() == [-1])
    #expect(throws: OpFault.inputCount(expected: 1...Int.max, found: 0)) { try Sum(TestNode(0)) }
  }
}
