import O2MTensor

/// Choice with broadcasting: `y[i] = condition[i] ? a[i] : b[i]`.
///
/// - Spec: ONNX Where-16. -9 allows fewer types.
/// - Shapes: `condition` bool, `a` and `b` any, one element type; all three broadcast together → `y`.
/// - Parity: exact.
public struct Where: PlainOperator, IndexedMovement {
  public static let name: StaticString = "Where"
  public static let code = OpCode.where
  public static let versions = [9, 16]
  public static let elements = ElementClass.bool
  public static let dataflow = Dataflow.moves([1, 2])

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(3...3) }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? { nil }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    _ = try inputs.require(0, elements: Self.elements)
    let a = try inputs.require(1).type.element, b = try inputs.require(2).type.element
    guard a == b else { throw .elementTypes(input: 2, found: b, expected: a) }
    return [TensorType(a, try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let condition = try inputs.tensor(0), a = try inputs.tensor(1), b = try inputs.tensor(2)
    let shape = try inputs.facts.broadcastShape()
    var walk = StridedWalk(shape, strides: [condition, a, b].map { $0.shape.broadcastStrides(to: shape) })
    let holds = condition.ints(), size = a.element.size
    let result = Tensor(a.element, shape, storage: TensorStorage(byteCount: shape.count * size))
    for index in 0..<shape.count {
      let isTrue = holds[walk.offsets[0]] != 0
      let from = (isTrue ? walk.offsets[1] : walk.offsets[2]) * size
      (isTrue ? a : b).withBytes { bytes in
        for byte in 0..<size { result.storage.bytes[index * size + byte] = bytes[from + byte] }
      }
      walk.advance()
    }
    return [result]
  }
}
