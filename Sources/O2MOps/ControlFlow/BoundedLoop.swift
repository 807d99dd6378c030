import O2MTensor

/// A body that runs turn after turn: until it says that it does not go on, or as often as an operand says, whichever comes first.
///
///     turn t: goesOn, carried…, items… = body(t, goesOn, carried…, x…)
///
/// The importer makes it of ONNX's Loop, whose outputs of items it cuts to `turns` with a Shorten: rows behind them are zero.
///
/// - Shapes: `count` int64, one element, optional; `condition` bool, one element, optional; `carried…` any, of the same types in all turns;
///   `x…` any → `carried…`, then for each item its rows `[limit, …]`, then `turns` int64 `[1]`.
/// - Parity: that of the body, errors add up over turns.
/// - Errors: `.limit(.iterations, ...)` where the loop wants to go on after `limit` turns; as for Branch where types contradict each other.
public struct BoundedLoop: InternalOperator, Computation {
  public static let name: StaticString = "BoundedLoop"
  public static let code = OpCode.boundedLoop
  public static let elements = ElementClass.any

  /// How many values go from turn to turn.
  public var carried: Int
  /// The most turns.
  public var limit: Int
  /// Inputs: the turn, int64 `[]`; whether it goes on, bool `[]`; carried values; the other operands. Outputs: whether it goes on, carried
  /// values, items.
  public var body: Body

  public init(carried: Int, limit: Int, body: Body) {
    self.carried = carried
    self.limit = limit
    self.body = body
  }

  /// How many outputs are rows of items.
  public var itemCount: Int { body.graph.outputs.count - 1 - carried }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    for (input, elements) in [ElementClass.integers, .bool].enumerated() where inputs.has(input) {
      let shape = try inputs.shape(input, elements: elements)
      guard shape.count == 1 else { throw .elementCount(expected: 1, found: shape.count) }
    }
    if inputs.has(0), let found = inputs[0]?.type.element, found != .int64 { throw .elementType(input: 0, found: found) }
    let graph = body.graph
    guard graph.inputCount >= 2 + carried else { throw .inputCount(expected: 2 + carried...Int.max, found: graph.inputCount) }
    guard graph.outputs.count >= 1 + carried else { throw .outputCount(expected: 1 + carried...Int.max, found: graph.outputs.count) }
    try requireEqual(graph.values[0], TypedShape(.int64, []), input: 0)
    try requireEqual(graph.values[1], TypedShape(.bool, []), input: 1)
    guard body.type(0).element == .bool else { throw .elementType(input: 1, found: body.type(0).element) }
    guard body.type(0).shape.count == 1 else { throw .elementCount(expected: 1, found: body.type(0).shape.count) }
    try body.require(inputs, from: 2, input: 2)
    var types: [TensorType] = []
    for index in 0..<carried {
      try requireEqual(body.type(1 + index), graph.values[2 + index], input: 2 + index)
      types.append(TensorType(graph.values[2 + index]))
    }
    for item in 0..<itemCount {
      let type = body.type(1 + carried + item)
      types.append(TensorType(type.element, Shape([limit] + type.shape.dims)))
    }
    return types + [TensorType(.int64, [1] as Shape)]
  }

  /// Of one turn: nobody knows how many there will be.
  public func macs(_ inputs: [Shape?], output: Shape) -> Int { body.macs }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    try outputs(inputs) { op, operands throws(OpFault) in try op.reference(operands) }
  }

  /// The outputs, with each node of the body computed by `evaluate`.
  public func outputs(
    _ inputs: [Tensor?], _ evaluate: (Op, [Tensor?]) throws(OpFault) -> [Tensor]
  ) throws(OpFault) -> [Tensor] {
    let count = inputs.optional(0)?.ints().first ?? .max, isConditional = inputs.optional(1) != nil
    var goesOn = inputs.optional(1)?.ints().first != 0
    var states: [Tensor] = [], others: [Tensor] = [], rows: [Tensor] = []
    for index in 0..<carried { states.append(try inputs.tensor(2 + index)) }
    for index in inputs.indices.dropFirst(2 + carried) { others.append(try inputs.tensor(index)) }
    for item in 0..<itemCount {
      let type = body.type(1 + carried + item), shape = Shape([limit] + type.shape.dims)
      rows.append(Tensor(type.element, shape, storage: TensorStorage(byteCount: shape.count * type.element.size)))
    }
    var turn = 0
    while goesOn, turn < count {
      guard turn < limit else { throw .limit(.iterations, found: limit + 1, limit: limit) }
      let results = try body.outputs([.scalar(Int64(turn)), Tensor([], [Truth(true)])] + states + others, evaluate)
      guard results.count == 1 + carried + itemCount else { throw .unsupported(.bodies) }
      if isConditional { goesOn = results[0].ints().first != 0 }
      for index in 0..<carried { states[index] = results[1 + index] }
      for item in 0..<itemCount {
        results[1 + carried + item].withBytes { bytes in
          guard let from = bytes.baseAddress, let to = rows[item].storage.bytes.baseAddress else { return }
          (to + turn * bytes.count).copyMemory(from: from, byteCount: bytes.count)
        }
      }
      turn += 1
    }
    return states + rows + [.indices([turn])]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(carried)
    record.put(limit)
    body.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    carried = try record.int(in: 0...Int(Int32.max))
    limit = try record.int(in: 0...Int(Int32.max))
    body = try Body(from: &record)
  }
}
