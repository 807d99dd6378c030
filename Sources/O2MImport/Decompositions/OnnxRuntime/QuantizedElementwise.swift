import O2MOps
import O2MTensor

/// Sum of quantized numbers: `y = saturate(round((aScale · (a − aZero) + bScale · (b − bZero)) / yScale + yZero))`.
///
/// Each summand is formed in units of `yScale`, so that halves stay halves where the scales agree.
///
/// - Shapes: `a`, `aScale`, `aZero`, `b`, `bScale`, `bZero`, `yScale`, `yZero`: `a` and `b` int8 or uint8, broadcast; scales and zero
///   points have one element, zero points are optional → `y` of the type of `a`.
struct QLinearAdd: MicrosoftOperator {
  static let name = "QLinearAdd"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(7...8) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let a = try composer.quantized(0), b = try composer.quantized(3)
    let y = try composer.quantizedResult(6, composer.element(a.value))
    var summands: [ComposedValue] = []
    for operand in [a, b] {
      let ratio = try composer.emit("Div", [operand.scale, y.scale])
      summands.append(try composer.dequantized(QuantizedOperand(value: operand.value, scale: ratio, zero: operand.zero)))
    }
    return [try composer.quantized(shifted: try composer.emit("Add", summands), as: y)]
  }
}

/// Product of quantized numbers: `y = saturate(round((a − aZero) · (b − bZero) · (aScale · bScale / yScale) + yZero))`.
///
/// - Shapes: those of QLinearAdd.
struct QLinearMul: MicrosoftOperator {
  static let name = "QLinearMul"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(7...8) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let a = try composer.quantized(0), b = try composer.quantized(3)
    let y = try composer.quantizedResult(6, composer.element(a.value))
    let product = try composer.emit("Mul", [try composer.centered(a), try composer.centered(b)])
    let ratio = try composer.emit("Div", [try composer.emit("Mul", [a.scale, b.scale]), y.scale])
    return [try composer.quantized(shifted: try composer.emit("Mul", [product, ratio]), as: y)]
  }
}

/// A function of quantized numbers, element by element: `y = quantize(f(dequantize(x)))`.
protocol QuantizedFunction: MicrosoftOperator {
  /// The numbers that stand for `x`.
  func apply(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue
}

extension QuantizedFunction {
  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.quantized(0), y = try composer.quantizedResult(3, composer.element(x.value))
    return [try composer.quantized(try apply(try composer.dequantized(x), &composer), as: y)]
  }
}

/// `y = quantize(1 / (1 + exp(−dequantize(x))))`.
///
/// - Shapes: `x`, `xScale`, `xZero`, `yScale`, `yZero`: `x` int8 or uint8 `[*]`, the others with one element, zero points optional → `y`
///   like `x`.
struct QLinearSigmoid: QuantizedFunction {
  static let name = "QLinearSigmoid"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(4...5) }

  func apply(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue { try composer.emit("Sigmoid", [x]) }
}

/// `y = quantize(x < 0 ? alpha · x : x)` of the number that `x` stands for.
///
/// - Shapes: those of QLinearSigmoid.
struct QLinearLeakyRelu: QuantizedFunction {
  static let name = "QLinearLeakyRelu"

  private let alpha: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(4...5)
    alpha = try node.float(.alpha, default: 0.01)
  }

  func apply(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    try composer.emit("LeakyRelu", [x], [.alpha: .float(alpha)])
  }
}

/// `y = quantize(softmax(dequantize(x)))` over an axis, or before opset 13 over all axes from it on.
///
/// - Shapes: those of QLinearSigmoid.
/// - Errors: `.attribute(.opset, .missing)`: without it the axis means nothing.
struct QLinearSoftmax: QuantizedFunction {
  static let name = "QLinearSoftmax"

  private let axis: Int
  private let isFlattened: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(4...5)
    guard let opset = try node.int(.opset) else { throw .attribute(.opset, .missing) }
    isFlattened = opset < 13
    axis = try node.int(.axis, default: -1)
  }

  func apply(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    guard isFlattened else { return try composer.emit("Softmax", [x], [.axis: .int(axis)]) }
    let shape = try composer.shape(x)
    let rows = try composer.emit("Softmax", [try composer.emit("Flatten", [x], [.axis: .int(axis)])], [.axis: .int(1)])
    return try composer.reshape(rows, shape.dims)
  }
}

/// Quantized numbers side by side, each part in the scale of the result.
///
/// - Shapes: `yScale`, `yZero`, then `x`, its scale and its zero point for each part; parts as those of Concat → `y`.
struct QLinearConcat: MicrosoftOperator {
  static let name = "QLinearConcat"

  private let axis: Int

  init(_ node: some NodeSource) throws(OpFault) {
    guard node.inputCount >= 5 else { throw .inputCount(expected: 5...Int.max, found: node.inputCount) }
    guard let axis = try node.int(.axis) else { throw .attribute(.axis, .missing) }
    self.axis = axis
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let y = QuantizedResult(scale: try composer.input(0), zero: try composer.input(1))
    var parts: [ComposedValue] = []
    for index in stride(from: 2, to: composer.inputCount, by: 3) {
      parts.append(try composer.requantized(try composer.quantized(index), as: y))
    }
    return [try composer.emit("Concat", parts, [.axis: .int(axis)])]
  }
}

/// `z = condition ? x : y` of quantized numbers, each in the scale of the result.
///
/// - Shapes: `condition` bool, `x`, `xScale`, `xZero`, `y`, `yScale`, `yZero`, `zScale`, `zZero`; the first of each broadcast → `z`.
struct QLinearWhere: MicrosoftOperator {
  static let name = "QLinearWhere"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(9...9) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let z = QuantizedResult(scale: try composer.input(7), zero: try composer.input(8))
    let x = try composer.requantized(try composer.quantized(1), as: z)
    let y = try composer.requantized(try composer.quantized(4), as: z)
    return [try composer.emit("Where", [try composer.input(0), x, y])]
  }
}
