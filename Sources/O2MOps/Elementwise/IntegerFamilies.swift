import O2MTensor

/// An operator over two tensors of one integer type, broadcast together, that has no form for floats.
public protocol IntegerFunction: OnnxOperator, ElementwiseOperator {
  /// The result wraps to `element`; uint64 comes and goes by its bits.
  func apply(_ a: Int, _ b: Int, _ element: ElementType) -> Int
}

extension IntegerFunction {
  public static var elements: ElementClass { .wholeIntegers }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(try inputs.commonElement(.wholeIntegers), try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let element = try inputs.tensor(0).element
    return [try integerFunction(inputs) { apply($0, $1, element) }]
  }
}

/// The loop knows no operator: a device holds it once.
@inline(never)
private func integerFunction(_ inputs: [Tensor?], _ body: (Int, Int) -> Int) throws(OpFault) -> Tensor {
  let a = try inputs.tensor(0), b = try inputs.tensor(1)
  let shape = try inputs.facts.broadcastShape()
  return Tensor(a.element, shape, wrapping: broadcast(a.ints(), a.shape, b.ints(), b.shape, to: shape, body))
}

/// An `IntegerFunction` without attributes.
public protocol PlainIntegerFunction: IntegerFunction, PlainOperator {}

extension PlainIntegerFunction {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    self.init()
  }
}
