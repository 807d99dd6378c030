import O2MOps
import O2MTensor

/// The mean of each channel of quantized numbers: `y = saturate(round(mean(x − xZero) · (xScale / yScale)) + yZero)`.
///
/// - Shapes: `x`, `xScale`, `xZero`, `yScale`, `yZero`: `x` int8 or uint8 `[N, C, D…]`, or `[N, D…, C]` with `channels_last`; the others
///   with one element → `y` like `x` with extents of 1 for D.
struct QLinearGlobalAveragePool: MicrosoftOperator {
  static let name = "QLinearGlobalAveragePool"

  private let isChannelsLast: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(4...5)
    isChannelsLast = try node.flag(.channels_last, default: false)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.quantized(0), y = try composer.quantizedResult(3, composer.element(x.value))
    let numbers = try composer.centered(x), ratio = try composer.emit("Div", [x.scale, y.scale])
    let mean = try composer.emit("GlobalAveragePool", [isChannelsLast ? try composer.channelsFirst(numbers) : numbers])
    let means = isChannelsLast ? try composer.channelsLast(mean) : mean
    return [try composer.quantized(scaled: try composer.emit("Mul", [means, ratio]), as: y)]
  }
}

/// The mean of quantized numbers in a window: `y = quantize(averagePool(dequantize(x)))`.
///
/// - Shapes: those of QLinearGlobalAveragePool with the extents of AveragePool.
struct QLinearAveragePool: QuantizedFunction {
  static let name = "QLinearAveragePool"

  private let isChannelsLast: Bool
  private let window: WindowAttributes

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(4...5)
    isChannelsLast = try node.flag(.channels_last, default: false)
    window = try WindowAttributes(node, lists: [.kernel_shape, .strides, .pads], numbers: [.ceil_mode, .count_include_pad])
  }

  func apply(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let y = try composer.emit("AveragePool", [isChannelsLast ? try composer.channelsFirst(x) : x], window.values)
    return isChannelsLast ? try composer.channelsLast(y) : y
  }
}

/// The mean of quantized numbers over some axes: `y = quantize(reduceMean(dequantize(x)))`.
///
/// - Shapes: those of QLinearGlobalAveragePool with the extents of ReduceMean.
struct QLinearReduceMean: QuantizedFunction {
  static let name = "QLinearReduceMean"

  private let axes: [Int]
  private let keepsAxes: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(4...5)
    axes = try node.requireInts(.axes)
    keepsAxes = try node.flag(.keepdims, default: true)
  }

  func apply(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    try composer.emit("ReduceMean", [x, composer.ints(axes)], [.keepdims: .int(keepsAxes ? 1 : 0)])
  }
}

/// MaxPool whose channels are the last axis.
///
/// - Shapes: `x` int8 or uint8 `[N, D…, C]` → `y` `[N, O…, C]`.
struct NhwcMaxPool: MicrosoftOperator {
  static let name = "NhwcMaxPool"

  private let window: WindowAttributes

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    window = try WindowAttributes(node, lists: [.kernel_shape, .strides, .pads, .dilations], numbers: [.ceil_mode])
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.channelsFirst(try composer.input(0))
    return [try composer.channelsLast(try composer.emit("MaxPool", [x], window.values))]
  }
}
