import O2MOps
import O2MTensor

extension Composer {
  /// `Σ_k (a − aZero) · (b − bZero) · (aScale · bScale) + bias`: exact sums, as float32.
  mutating func integerProduct(
    _ a: QuantizedOperand, _ b: QuantizedOperand, bias: ComposedValue?
  ) throws(OpFault) -> ComposedValue {
    let sums = try emit("MatMulInteger", [a.value, b.value, a.zero, b.zero])
    let y = try emit("Mul", [try cast(sums, to: .float32), try emit("Mul", [a.scale, b.scale])])
    return try bias.map { bias throws(OpFault) in try emit("Add", [y, bias]) } ?? y
  }

  /// The numbers of `x` as uint8, with a scale and a zero point by their own range.
  mutating func dynamicallyQuantized(_ x: ComposedValue) throws(OpFault) -> QuantizedOperand {
    let parts = try emit("DynamicQuantizeLinear", [x], outputs: 3)
    return QuantizedOperand(value: parts[0], scale: parts[1], zero: parts[2])
  }
}

/// Matrix product of float numbers, quantized by their range, with quantized weights: `y = a · b + bias`.
///
/// - Shapes: `a` float32 `[…, M, K]`, `b` int8 or uint8 `[…, K, N]`, `bScale` `[]` or `[N]`, `bZero` like it, optional, `bias` `[N]`
///   optional → `y` float32 `[…, M, N]`.
/// - Parity: exact sums; the product with the scales is rounded to float32, and so is the sum with the bias.
struct DynamicQuantizeMatMul: MicrosoftOperator {
  static let name = "DynamicQuantizeMatMul"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(3...5) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let a = try composer.dynamicallyQuantized(try composer.input(0))
    return [try composer.integerProduct(a, try composer.quantized(1), bias: composer.optional(4))]
  }
}

/// Matrix product of quantized numbers as floats: `y = (Σ_k (a − aZero) · (b − bZero)) · aScale · bScale + bias`.
///
/// - Shapes: `a`, `b`, `aScale`, `bScale`, `aZero`, `bZero`, `bias`: those of MatMulInteger; scales float32, zero points and `bias` `[N]`
///   optional → `y` float32.
/// - Parity: that of DynamicQuantizeMatMul.
struct MatMulIntegerToFloat: MicrosoftOperator {
  static let name = "MatMulIntegerToFloat"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(4...7) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let a = QuantizedOperand(value: try composer.input(0), scale: try composer.input(2), zero: composer.optional(4))
    let b = QuantizedOperand(value: try composer.input(1), scale: try composer.input(3), zero: composer.optional(5))
    return [try composer.integerProduct(a, b, bias: composer.optional(6))]
  }
}

/// Gemm of quantized numbers:
///
///     y = saturate(round((Σ_k (a′ − aZero) · (b′ − bZero) + c) · (alpha · aScale · bScale / yScale)) + yZero)
///
/// Without `yScale` it is the float32 number before the division.
///
/// - Shapes: `a`, `aScale`, `aZero`, `b`, `bScale`, `bZero`, `c`, `yScale`, `yZero`: `a′` int8 or uint8 `[M, K]`, `b′` `[K, N]`, those of
///   `b` with one element or `[N]`, `c` int32, broadcast to `[M, N]`, optional → `y` `[M, N]` of the type of `yZero`, or float32.
/// - Parity: exact sums, rounded to float32 before the product.
struct QGemm: MicrosoftOperator {
  static let name = "QGemm"

  private let alpha: Float
  private let transposes: (a: Bool, b: Bool)

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(6...9)
    alpha = try node.float(.alpha, default: 1)
    transposes = (try node.int(.transA, default: 0) != 0, try node.int(.transB, default: 0) != 0)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let a = try composer.quantized(0), b = try composer.quantized(3)
    let rows = transposes.a ? try composer.emit("Transpose", [a.value], [.perm: .ints([1, 0])]) : a.value
    let columns = transposes.b ? try composer.emit("Transpose", [b.value], [.perm: .ints([1, 0])]) : b.value
    var sums = try composer.emit("MatMulInteger", [rows, columns, a.zero, b.zero])
    if let c = composer.optional(6) { sums = try composer.emit("Add", [sums, c]) }
    var factor = try composer.emit("Mul", [a.scale, b.scale])
    if alpha != 1 { factor = try composer.emit("Mul", [factor, composer.scalar(Double(alpha), .float32)]) }
    let numbers = try composer.cast(sums, to: .float32)
    guard composer.optional(7) != nil else { return [try composer.emit("Mul", [numbers, factor])] }
    let y = try composer.quantizedResult(7, composer.element(a.value))
    factor = try composer.emit("Div", [factor, y.scale])
    return [try composer.quantized(scaled: try composer.emit("Mul", [numbers, factor]), as: y)]
  }
}

/// QLinearConv, also with channels last.
///
/// - Shapes: those of ONNX's QLinearConv; with `channels_last` `x` is `[N, D…, C]` and `y` `[N, O…, M]`.
struct MicrosoftQLinearConv: MicrosoftOperator {
  static let name = "QLinearConv"

  private let window: WindowAttributes
  private let isChannelsLast: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(8...9)
    window = try .convolution(node)
    isChannelsLast = try node.flag(.channels_last, default: false)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var inputs = (0..<composer.inputCount).map { composer.optional($0) }
    if isChannelsLast { inputs[0] = try composer.channelsFirst(try composer.input(0)) }
    let y = try composer.emit("QLinearConv", inputs, window.values)
    return [isChannelsLast ? try composer.channelsLast(y) : y]
  }
}
