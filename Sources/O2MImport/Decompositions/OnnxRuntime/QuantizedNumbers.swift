import O2MOps
import O2MTensor

/// A quantized operand: numbers, and the scale and zero point that say what they stand for.
struct QuantizedOperand {
  let value: ComposedValue
  let scale: ComposedValue
  /// nil stands for 0.
  let zero: ComposedValue?
}

/// What a quantized result is to be.
struct QuantizedResult {
  let scale: ComposedValue
  let zero: ComposedValue
}

extension Composer {
  /// The operand whose numbers are the input at `index`, followed by its scale and zero point.
  func quantized(_ index: Int) throws(OpFault) -> QuantizedOperand {
    QuantizedOperand(value: try input(index), scale: try input(index + 1), zero: optional(index + 2))
  }

  /// The result whose scale and zero point are the inputs from `index` on; without a zero point it is 0, of the type `element`.
  mutating func quantizedResult(_ index: Int, _ element: ElementType) throws(OpFault) -> QuantizedResult {
    QuantizedResult(scale: try input(index), zero: optional(index + 1) ?? scalar(0, element))
  }

  /// `(x − zero) · scale`.
  mutating func dequantized(_ x: QuantizedOperand) throws(OpFault) -> ComposedValue {
    try emit("DequantizeLinear", [x.value, x.scale, x.zero])
  }

  /// `x − zero`, exactly, as float32.
  mutating func centered(_ x: QuantizedOperand) throws(OpFault) -> ComposedValue {
    try emit("DequantizeLinear", [x.value, scalar(1, .float32), x.zero])
  }

  /// `saturate(round(x / scale) + zero)`.
  mutating func quantized(_ x: ComposedValue, as result: QuantizedResult) throws(OpFault) -> ComposedValue {
    try emit("QuantizeLinear", [x, result.scale, result.zero])
  }

  /// `saturate(round(x) + zero)` of a number that is in units of the result's scale already.
  mutating func quantized(scaled x: ComposedValue, as result: QuantizedResult) throws(OpFault) -> ComposedValue {
    try emit("QuantizeLinear", [x, scalar(1, .float32), result.zero])
  }

  /// `saturate(round(x + zero))` of such a number: halves go where the sum is even.
  mutating func quantized(shifted x: ComposedValue, as result: QuantizedResult) throws(OpFault) -> ComposedValue {
    let sum = try emit("Add", [x, try cast(result.zero, to: .float32)])
    return try emit("QuantizeLinear", [sum, scalar(1, .float32), scalar(0, element(result.zero))])
  }

  /// The numbers of `x` in another scale; `x` itself where that changes nothing.
  mutating func requantized(_ x: QuantizedOperand, as result: QuantizedResult) throws(OpFault) -> ComposedValue {
    if let own = fact(x.scale).value, let other = fact(result.scale).value, own.doubles() == other.doubles(),
      let zero = fact(result.zero).value, x.zero.map({ fact($0).value?.ints() == zero.ints() }) ?? (zero.ints() == [0])
    {
      return x.value
    }
    return try quantized(try dequantized(x), as: result)
  }
}

/// QuantizeLinear as ONNX Runtime had it before ONNX knew 16 bits: without an axis it is per tensor.
///
/// - Shapes: those of ONNX's QuantizeLinear.
struct MicrosoftQuantizeLinear: MicrosoftOperator {
  static let name = "QuantizeLinear"

  private let axis: Int?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    axis = try node.int(.axis)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let inputs = [try composer.input(0), try composer.input(1), composer.optional(2)]
    return [try composer.emit("QuantizeLinear", inputs, axis.map { [.axis: .int($0)] } ?? [:])]
  }
}

/// DequantizeLinear as ONNX Runtime had it before ONNX knew 16 bits: without an axis it is per tensor.
///
/// - Shapes: those of ONNX's DequantizeLinear.
struct MicrosoftDequantizeLinear: MicrosoftOperator {
  static let name = "DequantizeLinear"

  private let axis: Int?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    axis = try node.int(.axis)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let inputs = [try composer.input(0), try composer.input(1), composer.optional(2)]
    return [try composer.emit("DequantizeLinear", inputs, axis.map { [.axis: .int($0)] } ?? [:])]
  }
}
