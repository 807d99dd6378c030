import O2MTensor

/// Ones on a diagonal, zeros elsewhere: `y[i, j] = j − i == k ? 1 : 0`.
///
/// - Spec: ONNX EyeLike-22. -9 allows fewer types.
/// - Shapes: `x` any `[N, M]`, of which only the type counts → `y` `[N, M]`, number or bool: the type that `dtype` names, else that of `x`.
/// - Parity: exact.
/// - Errors: `.rank` unless there are two axes; `.elementType`, `.attribute(.dtype, .unknownValue)` for types without arithmetic.
public struct EyeLike: OnnxOperator, Computation {
  public static let name: StaticString = "EyeLike"
  public static let code = OpCode.eyeLike
  public static let versions = [9, 22]
  public static let elements = ElementClass.any

  public var diagonal: Int
  /// nil: the type of the input.
  public var element: ElementType?

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    diagonal = try node.clamped(.k) ?? 0
    guard let code = try node.int(.dtype) else { return }
    guard let named = UInt8(exactly: code).flatMap({ ElementType(rawValue: $0) }), ElementClass.comparable.contains(named) else {
      throw .attribute(.dtype, .unknownValue)
    }
    element = named
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0, elements: element == nil ? .comparable : .any).type
    guard x.rank == 2 else { throw .rank(input: 0, expected: 2...2, found: x.rank) }
    return [TensorType(element ?? x.element, x.dims)]
  }

  public func known(_ inputs: [InputFact?]) throws(OpFault) -> [Tensor]? {
    let type = try infer(inputs)[0]
    return type.shape.map { [eye(type.element, $0)] }
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    [eye(try infer(inputs.facts)[0].element, try inputs.tensor(0).shape)]
  }

  private func eye(_ element: ElementType, _ shape: Shape) -> Tensor {
    Tensor(element, shape, wrapping: (0..<shape.count).map { $0 % shape[1] - $0 / shape[1] == diagonal ? 1 : 0 })
  }

  public func encode(to record: inout RecordWriter) {
    record.put(diagonal)
    record.put(element?.rawValue ?? 0)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    diagonal = try record.int()
    let offset = record.offset
    let code = try record.byte()
    element = ElementType(rawValue: code)
    guard code == 0 || element.map({ ElementClass.comparable.contains($0) }) == true else {
      throw .value(offset: offset, found: Int(code), limit: ElementType.allCases.count)
    }
  }
}
