import O2MTensor

/// One of two bodies, as a truth value says that only a run knows: `y = condition ? then(x…) : otherwise(x…)`.
///
/// The importer makes it of ONNX's If. Both bodies read the same operands; one need not use all of them.
///
/// - Shapes: `condition` bool, one element; `x…` any → what the bodies give, of the same types in both.
/// - Parity: that of the body that runs.
/// - Errors: `.extent`, `.rank`, `.elementTypes`, `.inputCount` and `.outputCount` where operands and bodies contradict each other.
public struct Branch: InternalOperator, Computation {
  public static let name: StaticString = "Branch"
  public static let code = OpCode.branch
  public static let elements = ElementClass.bool

  public var then: Body
  public var otherwise: Body

  public init(then: Body, otherwise: Body) {
    self.then = then
    self.otherwise = otherwise
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let condition = try inputs.shape(0, elements: .bool)
    guard condition.count == 1 else { throw .elementCount(expected: 1, found: condition.count) }
    for body in [then, otherwise] { try body.require(inputs, from: 1, input: 0) }
    let count = then.graph.outputs.count
    guard otherwise.graph.outputs.count == count else { throw .outputCount(expected: count...count, found: otherwise.graph.outputs.count) }
    var types: [TensorType] = []
    for output in 0..<count {
      try requireEqual(otherwise.type(output), then.type(output), input: 0)
      types.append(TensorType(then.type(output)))
    }
    return types
  }

  /// Of the body that has more.
  public func macs(_ inputs: [Shape?], output: Shape) -> Int { max(then.macs, otherwise.macs) }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    try outputs(inputs) { op, operands throws(OpFault) in try op.reference(operands) }
  }

  /// The outputs, with each node of the body computed by `evaluate`.
  public func outputs(
    _ inputs: [Tensor?], _ evaluate: (Op, [Tensor?]) throws(OpFault) -> [Tensor]
  ) throws(OpFault) -> [Tensor] {
    let condition = try inputs.tensor(0)
    var operands: [Tensor] = []
    for index in inputs.indices.dropFirst() { operands.append(try inputs.tensor(index)) }
    return try (condition.ints().first == 0 ? otherwise : then).outputs(operands, evaluate)
  }

  public func encode(to record: inout RecordWriter) {
    then.encode(to: &record)
    otherwise.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    then = try Body(from: &record)
    otherwise = try Body(from: &record)
  }
}
