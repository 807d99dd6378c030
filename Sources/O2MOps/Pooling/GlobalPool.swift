import O2MTensor

/// An operator that pools over all spatial axes.
public protocol GlobalPool: PlainOperator, Computation {
  /// The reduction of a tensor over axes, as the operator of that name computes it.
  static func reduce(_ operands: [Tensor?]) throws(OpFault) -> [Tensor]
}

extension GlobalPool {
  public static var elements: ElementClass { .floats }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    self.init()
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.shape(0, elements: Self.elements)
    guard x.rank >= 3 else { throw .rank(input: 0, expected: 3...Int.max, found: x.rank) }
    let y = Shape([x[0], x[1]] + [Int](repeating: 1, count: x.rank - 2))
    return [TensorType(try inputs.require(0).type.element, y)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape(), axes = Array(2..<shape.rank)
    return [try Self.reduce([try inputs.tensor(0), .indices(axes)])[0].reshaped(shape)]
  }
}
