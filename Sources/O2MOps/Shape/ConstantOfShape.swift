import O2MTensor

/// A tensor of a given shape that holds one value everywhere.
///
/// - Spec: ONNX ConstantOfShape-25. Without `value` it is float32 zero.
/// - Shapes: `shape` integer `[R]`, known at conversion; empty for a scalar → `y`, rank R, the type of `value`.
/// - Parity: exact.
/// - Errors: `.attribute(.value, .count)` unless `value` has one element; `.extent` for a negative extent; `.overflow`.
public struct ConstantOfShape: OnnxOperator, Computation {
  public static let name: StaticString = "ConstantOfShape"
  public static let code = OpCode.constantOfShape
  public static let versions = [9, 20, 21, 23, 24, 25]
  public static let elements = ElementClass.integers

  public var element: ElementType
  /// The value's bytes, little-endian.
  public var bits: UInt64

  public init(_ value: Tensor) throws(OpFault) {
    guard value.count == 1 else { throw .attribute(.value, .count(expected: 1, found: value.count)) }
    guard (1...8).contains(value.element.size) else { throw .unsupported(.elementType) }
    element = value.element
    bits = value.withBytes { bytes in
      bytes.indices.reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
    }
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    try self.init(try node.tensor(.value) ?? Tensor([1], [Float(0)]))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let extents = try inputs.requireInts(0)
    for (axis, extent) in extents.enumerated() where extent < 0 { throw .extent(input: 0, axis: axis, expected: 0, found: extent) }
    return [TensorType(element, try checked(extents))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape()
    let one = TensorStorage(byteCount: element.size)
    for index in 0..<element.size { one.bytes[index] = UInt8(truncatingIfNeeded: bits >> UInt64(8 * index)) }
    return [Tensor(element, [], storage: one).gathered(shape, source: [Int](repeating: 0, count: shape.count))]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(element.rawValue)
    record.put(bits)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    element = try record.elementType()
    bits = try record.uint64()
  }
}
