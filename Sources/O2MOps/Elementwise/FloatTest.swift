import O2MTensor

/// An operator that asks something of every float.
public protocol FloatTest: OnnxOperator, ElementwiseOperator {
  func holds(_ x: Double) -> Bool
}

extension FloatTest {
  public static var elements: ElementClass { .heldFloats }
  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(.bool, try inputs.require(0, elements: .heldFloats).type.dims)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    return [Tensor(.bool, x.shape, wrapping: x.doubles().map { holds($0) ? 1 : 0 })]
  }
}
