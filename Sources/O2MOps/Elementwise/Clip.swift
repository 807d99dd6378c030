import O2MTensor

/// Clamp: `y[i] = min(max(x[i], low), high)`. NaN passes through; where low > high the result is high.
///
/// - Spec: ONNX Clip-13. The attributes of -6 and -1 are turned into inputs by the importer.
/// - Shapes: `x` number `[*]`, `low` and `high` one element of the same type, each optional → `y` like `x`.
/// - Parity: exact.
/// - Errors: `.elementCount` where a bound has more than one element.
public struct Clip: PlainOperator, ElementwiseOperator {
  public static let name: StaticString = "Clip"
  public static let code = OpCode.clip
  public static let versions = [1, 6, 11, 12, 13]
  public static let elements = ElementClass.numbers

  public init() {}

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...3) }

  public func role(_ inputs: [InputFact?]) -> Role {
    func bound(_ index: Int, absent: Float) -> Float? {
      guard index < inputs.count, let fact = inputs[index] else { return absent }
      return fact.value?.doubles().first.map { Float($0) }
    }
    guard let low = bound(1, absent: -.infinity), let high = bound(2, absent: .infinity) else {
      return .unfusable("a bound is not constant")
    }
    // Clip gives the upper bound then; an activation asks for the lower one first.
    guard low <= high else { return .unfusable("the bounds are crossed") }
    return .activation(low == 0 && high == .infinity ? .relu : .clip(low: low, high: high))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0, elements: Self.elements).type
    for index in 1...2 where inputs.has(index) {
      let bound = try inputs.require(index).type
      guard bound.element == x.element else { throw .elementTypes(input: index, found: bound.element, expected: x.element) }
      let count = try inputs.shape(index).count
      guard count == 1 else { throw .elementCount(expected: 1, found: count) }
    }
    return [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), low = inputs.optional(1), high = inputs.optional(2)
    if x.element.isFloat {
      let low = low?.doubles()[0] ?? -.infinity, high = high?.doubles()[0] ?? .infinity
      return [x.mapFloats { $0.isNaN ? $0 : min(max($0, low), high) }]
    }
    let least = low?.orderedInts()[0] ?? .min, most = high?.orderedInts()[0] ?? .max
    return [Tensor(x.element, x.shape, ordered: x.orderedInts().map { min(max($0, least), most) })]
  }
}
