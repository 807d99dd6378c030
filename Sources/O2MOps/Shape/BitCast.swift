import O2MTensor

/// The same bits as another element type.
///
/// - Spec: ONNX BitCast-26, without strings and complex numbers.
/// - Shapes: `x` any `[*]` → `y`, same shape, element type `to`.
/// - Parity: exact. A byte read as bool is "not zero".
/// - Errors: `.unsupported(.castTarget)` for strings and complex numbers; `.elementTypes` where the types differ in width.
public struct BitCast: OnnxOperator, Computation {
  public static let name: StaticString = "BitCast"
  public static let code = OpCode.bitCast
  public static let versions = [26]
  public static let elements = ElementClass.any

  public var to: ElementType

  public init(to: ElementType) { self.to = to }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let to = try node.elementType(.to) else { throw .attribute(.to, .missing) }
    guard to.isHeld else { throw .unsupported(.castTarget) }
    self.to = to
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.element.isHeld else { throw .unsupported(.castTarget) }
    guard x.element.bits == to.bits else { throw .elementTypes(input: 0, found: x.element, expected: to) }
    return [TensorType(to, x.dims)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    _ = try infer(inputs.facts)
    guard to.bits < 8 || to == .bool else { return [Tensor(to, x.shape, storage: x.storage)] }
    // A byte holds what is narrower by its value, so that is made from the bits anew.
    let codes = x.withBytes { $0.map { Int($0) } }
    return [Tensor(to, x.shape, storage: Tensor(to.isFloat ? .uint4 : to, x.shape, wrapping: codes).storage)]
  }

  public func encode(to record: inout RecordWriter) { record.put(to.rawValue) }
  public init(from record: inout RecordReader) throws(FormatFault) { to = try record.elementType() }
}
