import O2MOps
import O2MTensor
import Testing

/// A recurrent node and operands for it.
private struct Net {
  var code: OpCode
  var gates: Int
  var steps = 5
  var batch = 3
  var inputs = 7
  var hidden = 11
  var directions = 1
  var isBatchFirst = false
  var attributes: [(AttributeName, TestNode.Value)] = []

  static let all = [Net(code: .lstm, gates: 4), Net(code: .gru, gates: 3), Net(code: .rnn, gates: 1)]

  func op() throws -> Op {
    var node = TestNode(code == .lstm ? 8 : 6, outputs: code == .lstm ? 3 : 2)
    node.attributes = attributes
    if directions == 2 { node.attributes.append((.direction, .string("bidirectional"))) }
    if isBatchFirst { node.attributes.append((.layout, .int(1))) }
    return try Op(code, node)
  }

  /// X, W, R and, if `isWhole`, all others.
  func operands(whole isWhole: Bool) -> [Tensor?] {
    let state: Shape = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden], columns = gates * hidden
    var operands: [Tensor?] = [
      seeded(isBatchFirst ? [batch, steps, inputs] : [steps, batch, inputs]), seeded([directions, columns, inputs], 2),
      seeded([directions, columns, hidden], 3),
    ]
    guard isWhole else { return operands }
    let lengths = (0..<batch).map { Int32(steps - $0 % (steps + 1)) }
    operands += [seeded([directions, 2 * columns], 4), Tensor([batch], lengths), seeded(state, 5)]
    if code == .lstm { operands += [seeded(state, 6), seeded([directions, 3 * hidden], 7)] }
    return operands
  }
}

struct RecurrentTests {
  /// Sums of at most 7 + 11 + 3 products feed a step, and a step feeds the next.
  @Test(arguments: [0, 1, 2], [(1, false), (2, false), (1, true), (2, true)])
  func kernelMatchesTheReference(cell: Int, run: (threads: Int, packsWeights: Bool)) throws {
    for (form, isWhole) in [(0, false), (1, true), (2, true), (3, true)] {
      var net = Net.all[cell]
      (net.directions, net.isBatchFirst) = (1 + form % 2, form > 1)
      if form == 1 { net.attributes = [(.clip, .float(0.3)), (.linear_before_reset, .int(1)), (.input_forget, .int(1))] }
      if form == 2 { net.attributes = [(.direction, .string("reverse"))] }
      let op = try net.op(), inputs = net.operands(whole: isWhole)
      let expected = try op.reference(inputs)
      let kernel = KernelRun(constants: run.packsWeights ? [1, 2] : [], threads: run.threads)
      for (got, want) in zip(try kernel.outputs(op, inputs), expected) { expectClose(got, want, sum(of: 8 * 21), "form \(form)") }
    }
  }

  @Test func reluIsACellOfItsOwn() throws {
    var net = Net.all[2]
    net.attributes = [(.activations, .strings(["relu"]))]
    let op = try net.op(), inputs = net.operands(whole: true)
    expectClose(try KernelRun(constants: [1, 2]).outputs(op, inputs)[0], try op.reference(inputs)[0], sum(of: 8 * 21), "relu")
  }

  /// With weights of 1 and nothing else, h[t] is the activation of x[t] + h[t - 1].
  @Test(
    arguments: [
      ("Relu", 3, 5), ("Affine", 7, 17), ("LeakyRelu", 3, 5), ("ThresholdedRelu", 3, 5), ("Elu", 3, 5), ("HardSigmoid", 1, 1),
    ] as [(String, Float, Float)])
  func activationsTakeTheirNumbers(name: String, first: Float, second: Float) throws {
    let numbers: [Float] = name == "HardSigmoid" ? [0.5, 0.5] : [2, 1]
    let node = TestNode(
      3, outputs: 2, (.activations, .strings([name])), (.activation_alpha, .floats([numbers[0]])),
      (.activation_beta, .floats([numbers[1]])))
    let one = f32([1, 1, 1], [1])
    #expect(try Op(.rnn, node).reference([f32([2, 1, 1], [3, name == "Affine" ? 1 : 2]), one, one])[0].floats == [first, second])
  }

  /// A list of numbers is passed on to the functions that take one: Tanh takes none.
  @Test func numbersGoToThoseWhoTakeThem() throws {
    let node = TestNode(3, outputs: 2, (.activations, .strings(["Affine", "Affine"])), (.activation_alpha, .floats([0, 5])))
    let other = TestNode(3, outputs: 2, (.activations, .strings(["Softsign", "Affine"])), (.activation_alpha, .floats([5])))
    // z = 0, so that h = 5 · x; z = softsign(0) = 0 for weights of 0.
    let w = f32([1, 3, 1], [0, 0, 1]), r = f32([1, 3, 1], [0, 0, 0])
    for node in [node, other] { #expect(try Op(.gru, node).reference([f32([1, 1, 1], [2]), w, r])[0].floats == [10]) }
  }

  /// A row keeps its state behind its end, and a reversed direction begins there.
  @Test func shortRowsEndEarly() throws {
    let node = TestNode(5, outputs: 2, (.activations, .strings(["Affine"])), (.direction, .string("reverse")))
    let one = f32([1, 1, 1], [1])
    let y = try Op(.rnn, node).reference([f32([3, 2, 1], [1, 10, 2, 20, 4, 40]), one, one, nil, Tensor([2], [Int32(2), 3])])
    #expect(y[0].floats == [3, 70, 2, 60, 0, 40])
    #expect(y[1].floats == [3, 70])
  }

  @Test func operandsMustAgree() throws {
    let op = try Net.all[1].op()
    #expect(throws: OpFault.extent(input: 1, axis: 1, expected: 33, found: 44)) {
      try op.infer(facts([5, 3, 7], [1, 44, 7], [1, 44, 11]))
    }
    #expect(throws: OpFault.extent(input: 1, axis: 0, expected: 1, found: 2)) { try op.infer(facts([5, 3, 7], [2, 33, 7], [2, 33, 11])) }
    #expect(throws: OpFault.extent(input: 3, axis: 1, expected: 66, found: 33)) {
      try op.infer(facts([5, 3, 7], [1, 33, 7], [1, 33, 11], [1, 33]))
    }
    let lengths: [Tensor?] = [seeded([5, 1, 7]), seeded([1, 33, 7]), seeded([1, 33, 11]), nil, Tensor([1], [Int32(6)])]
    #expect(throws: OpFault.index(input: 4, found: 6, limit: 6)) { try op.reference(lengths) }
    #expect(throws: OpFault.index(input: 4, found: 6, limit: 6)) { try KernelRun().outputs(op, lengths) }
    #expect(throws: OpFault.attribute(.activations, .unknownValue)) { try Op(.rnn, TestNode(3, (.activations, .strings(["Gelu"])))) }
    #expect(throws: OpFault.attribute(.activations, .count(expected: 3, found: 2))) {
      try Op(.lstm, TestNode(3, (.activations, .strings(["Tanh", "Tanh"]))))
    }
    #expect(throws: OpFault.attribute(.direction, .unknownValue)) { try Op(.gru, TestNode(3, (.direction, .string("sideways")))) }
  }
}
