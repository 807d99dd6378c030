import O2MTensor

/// Convolution with everything that follows it in one step.
///
///     y[n, m, o…] = act(Σ_{c, k…} x[n, g·C/G + c, o·stride + k·dilation − pad] · w[m, c, k…] + b[m] + r[n, m, o…])
///
/// - Spec: ONNX Conv-22 (the equation is that of -1). `activation` and the residual `r` are set by passes only.
/// - Shapes: `x` float `[N, C, D…]`, `w` `[M, C/G, K…]`, `b` `[M]` optional, `r` `[N, M, O…]` optional → `y` `[N, M, O…]`; 1 to 3
///   spatial axes.
/// - Parity: a sum of C/G·∏K terms.
/// - Errors: `.extent` where channels, groups or the bias disagree; `.emptyOutput` where the window is larger than the input.
public struct Conv: OnnxOperator, LinearOperator {
  public static let name: StaticString = "Conv"
  public static let code = OpCode.conv
  public static let versions = [1, 11, 22]
  public static let elements = ElementClass.floats

  public var window: Window
  public var group: Int
  public var activation = Activation.none

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    window = try Window(node)
    group = try node.int(.group, default: 1)
    guard group >= 1 else { throw .attribute(.group, .outOfRange) }
  }

  public init(window: Window, group: Int = 1, activation: Activation = .none) {
    self.window = window
    self.group = group
    self.activation = activation
  }

  public func linear(_ weights: Shape?) -> LinearForm {
    let inner = weights?.dims.dropFirst().reduce(1, *) ?? 0
    return LinearForm(
      channels: weights?[0], channelAxis: 1, order: ChannelOrder(run: inner, perGroup: weights?[0] ?? 0, span: weights?.count ?? 0),
      activation: activation, window: PaddedWindow(window: window) { .conv(Conv(window: $0, group: group, activation: activation)) },
      with: { .conv(Conv(window: window, group: group, activation: $0)) }, unscaled: .conv(self))
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs.weightsPerOutput(1)) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    guard try inputs.require(1).type.element == element else {
      throw .elementTypes(input: 1, found: try inputs.require(1).type.element, expected: element)
    }
    let w = try inputs.shape(1)
    let y = try convolutionOutput(try inputs.shape(0), w, window: window, group: group)
    try inputs.requirePerChannel(2, w[0], element)
    try inputs.requireResidual(3, TensorType(element, y))
    return [TensorType(element, y)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), w = try inputs.tensor(1)
    guard let shape = try infer(inputs.facts)[0].shape else { throw .dataDependent(input: 0) }
    let spatial = Array(x.shape.dims.dropFirst(2))
    let resolved = try window.resolved(kernel: Array(w.shape.dims.dropFirst(2)), input: spatial)
    var y = convolve(x, w, output: shape, window: resolved, group: group)
    finishConvolution(
      &y, shape: shape, bias: inputs.optional(2)?.doubles(), residual: inputs.optional(3)?.doubles(), activation)
    return [Tensor(x.element, shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(group)
    activation.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    group = try record.int(in: RecordReader.counts)
    activation = try Activation(from: &record)
  }
}

/// The shape of a convolution of `x` by the weights `w`, which are the input at `weightInput`.
func convolutionOutput(_ x: Shape, _ w: Shape, window: Window, group: Int, weightInput: Int = 1) throws(OpFault) -> Shape {
  guard (3...5).contains(x.rank) else { throw .rank(input: 0, expected: 3...5, found: x.rank) }
  guard w.rank == x.rank else { throw .rank(input: weightInput, expected: x.rank...x.rank, found: w.rank) }
  guard x[1] % group == 0, x[1] / group == w[1] else { throw .extent(input: weightInput, axis: 1, expected: x[1] / group, found: w[1]) }
  guard w[0] % group == 0 else { throw .extent(input: weightInput, axis: 0, expected: w[0] - w[0] % group, found: w[0]) }
  let kernel = Array(w.dims.dropFirst(2)), spatial = Array(x.dims.dropFirst(2))
  let resolved = try window.resolved(kernel: kernel, input: spatial)
  guard resolved.kernel == kernel else { throw .attribute(.kernel_shape, .outOfRange) }
  let y = Shape([x[0], w[0]] + (try resolved.output(input: spatial)))
  guard y.checkedCount != nil else { throw .overflow }
  return y
}
