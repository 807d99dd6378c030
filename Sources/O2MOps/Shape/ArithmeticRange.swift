import O2MTensor

/// Equal steps: `y[i] = start + i · delta` for `i < max(0, ⌈(limit − start) / delta⌉)`.
///
/// - Spec: ONNX Range-27; -11 has no float16, bfloat16 and `stash_type`, the precision of a sum that is not formed here.
/// - Shapes: `start`, `limit`, `delta` number `[]`, one element type, known at conversion → `y` `[n]`.
/// - Parity: exact for integers; floats are formed in float64 and rounded once.
/// - Errors: `.overflow` where delta is 0 or there are 2³¹ values or more; `.dataDependent` where an operand is not known.
public struct ArithmeticRange: PlainOperator, Computation {
  public static let name: StaticString = "Range"
  public static let code = OpCode.range
  public static let versions = [11, 27]
  public static let elements = ElementClass.numbers

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    _ = try node.int(.stash_type)
  }

  /// The values as float64 (or as Int, where the type is an integer) and how many there are.
  private enum Steps {
    case floats(start: Double, delta: Double, count: Int)
    case ints(start: Int, delta: Int, count: Int)
  }

  private func steps(_ inputs: [InputFact?]) throws(OpFault) -> Steps {
    let element = try inputs.commonElement(.numbers)
    var values: [Tensor] = []
    for index in 0..<3 {
      guard let value = try inputs.require(index).value else { throw .dataDependent(input: index) }
      guard value.count == 1 else { throw .elementCount(expected: 1, found: value.count) }
      values.append(value)
    }
    if element.isFloat {
      let start = values[0].doubles()[0], limit = values[1].doubles()[0], delta = values[2].doubles()[0]
      let quotient = (limit - start) / delta
      guard delta != 0, quotient < 0x1p31 else { throw .overflow }
      return .floats(start: start, delta: delta, count: Int(max(0, quotient).rounded(.up)))
    }
    let start = values[0].ints()[0], limit = values[1].ints()[0], delta = values[2].ints()[0]
    let (span, overflow) = limit.subtractingReportingOverflow(start)
    guard delta != 0, delta != .min, !overflow, span != .min else { throw .overflow }
    let count = (span > 0) == (delta > 0) && span != 0 ? (abs(span) - 1) / abs(delta) + 1 : 0
    guard count <= Int(Int32.max) else { throw .overflow }
    return .ints(start: start, delta: delta, count: count)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.commonElement(.numbers)
    switch try steps(inputs) {
    case .floats(_, _, let count), .ints(_, _, let count): return [TensorType(element, try checked([count]))]
    }
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let element = try inputs.tensor(0).element
    switch try steps(inputs.facts) {
    case .floats(let start, let delta, let count):
      return [Tensor(element, [count], rounding: (0..<count).map { start + Double($0) * delta })]
    case .ints(let start, let delta, let count):
      return [Tensor(element, [count], wrapping: (0..<count).map { start &+ $0 &* delta })]
    }
  }
}
