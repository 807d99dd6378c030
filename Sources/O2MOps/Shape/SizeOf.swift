import O2MTensor

/// The number of elements of the input.
///
/// - Spec: ONNX Size-25. Earlier versions allow fewer types.
/// - Shapes: `x` any `[*]` → `y` int64 `[]`.
/// - Parity: exact.
public struct SizeOf: PlainOperator, ExtentQuery {
  public static let name: StaticString = "Size"
  public static let code = OpCode.size
  public static let versions = [1, 13, 19, 21, 23, 24, 25]
  public static let elements = ElementClass.any

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  /// The output where the type of the input already decides it.
  public func value(of type: TensorType) -> Tensor? { type.shape.map { .scalar(Int64($0.count)) } }

  public func known(_ inputs: [InputFact?]) throws(OpFault) -> [Tensor]? {
    value(of: try inputs.require(0).type).map { [$0] }
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    _ = try inputs.require(0)
    return [TensorType(.int64, [Dim]())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] { [.scalar(Int64(try inputs.tensor(0).count))] }
}
