import O2MTensor

/// Quantization to uint8 by the range of the numbers themselves, with 0 in it.
///
///     scale = (max(x, 0) − min(x, 0)) / 255        zero = saturate(round(−min(x, 0) / scale))        y = saturate(round(x / scale) + zero)
///
/// - Spec: ONNX DynamicQuantizeLinear-11, in float32 arithmetic. Numbers that are all 0 have the scale 1 / 255.
/// - Shapes: `x` float32 `[*]` → `y` uint8 of the same shape, `scale` float32 `[]`, `zero` uint8 `[]`.
/// - Parity: exact.
public struct DynamicQuantizeLinear: PlainOperator, Computation {
  public static let name: StaticString = "DynamicQuantizeLinear"
  public static let code = OpCode.dynamicQuantizeLinear
  public static let versions = [11]
  public static let elements = ElementClass.floats

  public init() {}

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1, outputs: 1...3) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.element == .float32 else { throw .elementType(input: 0, found: x.element) }
    return [TensorType(.uint8, x.dims), TensorType(.float32, []), TensorType(.uint8, [])]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), values = x.doubles()
    let least = Float(values.reduce(0, min)), most = Float(values.reduce(0, max))
    let scale = (most == least ? 1 : most - least) / 255
    let zero = quantized([Double(-least / scale)], [], as: .uint8) { _ in 0 }
    let offset = zero.doubles()[0]
    let y = quantized(values.map { Double(Float($0) / scale) }, x.shape, as: .uint8) { _ in offset }
    return [y, .scalar(scale), zero]
  }
}
