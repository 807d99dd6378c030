import O2MTensor

/// Convolution of quantized numbers, quantized again:
///
///     y = saturate(round((Σ (x − xZero) · (w − wZero) + b) · (xScale · wScale / yScale)) + yZero)
///
/// - Spec: ONNX QLinearConv-10.
/// - Shapes: `x`, `xScale`, `xZero`, `w`, `wScale`, `wZero`, `yScale`, `yZero`, `b`: `x` int8 or uint8 `[N, C, D…]`, `w` int8 or uint8
///   `[M, C/G, K…]`, scales float32; those of `w` with one element or `[M]`, the others with one; `b` int32 `[M]` optional → `y`
///   `[N, M, O…]` of the type of `yZero`.
/// - Parity: exact sums; the factor of scales is rounded to float32.
/// - Errors: those of Conv; `.elementCount` where scales or zero points do not fit.
public struct QLinearConv: IntegerConvolution {
  public static let name: StaticString = "QLinearConv"
  public static let code = OpCode.qLinearConv
  public static let versions = [10]

  public var window: Window
  public var group: Int

  public init(window: Window, group: Int = 1) {
    self.window = window
    self.group = group
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(8...9)
    try self.init(reading: node)
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs.weightsPerOutput(3)) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    for index in [1, 4, 6] {
      let found = try inputs.require(index).type.element
      guard found == .float32 else { throw .elementType(input: index, found: found) }
    }
    let y = try inputs.require(7, elements: .wholeIntegers).type.element
    guard y.bits == 8 else { throw .elementType(input: 7, found: y) }
    for index in [1, 6, 7] { try inputs.requireSingle(index) }
    let shape = try output(inputs, x: 0, w: 3, xZero: 2, wZero: 5)
    try inputs.requireChannels(4, shape[1])
    try inputs.requirePerChannel(8, shape[1], .int32)
    return [TensorType(y, shape)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape(), yZero = try inputs.tensor(7)
    var sums = try sums(try inputs.tensor(0), inputs.optional(2), try inputs.tensor(3), inputs.optional(5), output: shape)
    let xScale = try inputs.tensor(1).doubles()[0], yScale = try inputs.tensor(6).doubles()[0]
    let products = try inputs.tensor(4).doubles().map { xScale * $0 }.rounded(to: .float32)
    let factors = products.map { $0 / yScale }.rounded(to: .float32)
    let bias = inputs.optional(8)?.doubles(), plane = shape.dims.dropFirst(2).reduce(1, *), zero = yZero.doubles()[0]
    for index in sums.indices {
      let channel = index / plane % shape[1]
      sums[index] = (sums[index] + (bias?[channel] ?? 0)) * factors[factors.count == 1 ? 0 : channel]
    }
    return [quantized(sums, shape, as: yZero.element) { _ in zero }]
  }
}
