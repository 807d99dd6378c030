import O2MTensor

/// Convolution of quantized numbers: `y = Σ (x − xZero) · (w − wZero)` over the window; the padding counts as `xZero`.
///
/// - Spec: ONNX ConvInteger-10.
/// - Shapes: `x` int8 or uint8 `[N, C, D…]`, `w` `[M, C/G, K…]`, `xZero` of the type of `x`, one element, `wZero` of the type of `w`, one
///   element or `[M]`, both optional → `y` int32 `[N, M, O…]`; 1 to 3 spatial axes.
/// - Parity: exact; sums wrap to int32.
/// - Errors: those of Conv; `.elementCount` where zero points do not fit.
public struct ConvInteger: IntegerConvolution {
  public static let name: StaticString = "ConvInteger"
  public static let code = OpCode.convInteger
  public static let versions = [10]

  public var window: Window
  public var group: Int

  public init(window: Window, group: Int = 1) {
    self.window = window
    self.group = group
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...4)
    try self.init(reading: node)
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs.weightsPerOutput(1)) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(.int32, try output(inputs, x: 0, w: 1, xZero: 2, wZero: 3))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape()
    let sums = try sums(try inputs.tensor(0), inputs.optional(2), try inputs.tensor(1), inputs.optional(3), output: shape)
    return [Tensor(.int32, shape, rounding: sums)]
  }
}
