import O2MTensor

/// Transposed convolution with everything that follows it in one step.
///
///     y[n, m, i·stride + k·dilation − pad] += x[n, c, i…] · w[c, m mod M/G, k…]       then y = act(y + b[m] + r)
///
/// - Spec: ONNX ConvTranspose-22 (the equation is that of -1). `activation` and the residual `r` are set by passes only.
/// - Shapes: `x` float `[N, C, D…]`, `w` `[C, M/G, K…]`, `b` `[M]` optional, `r` `[N, M, O…]` optional → `y` `[N, M, O…]`; 1 to 3
///   spatial axes; O = stride·(D − 1) + output_padding + (K − 1)·dilation + 1 − pads, or `output_shape`.
/// - Parity: a sum of at most C/G·∏K terms.
/// - Errors: `.extent` where channels, groups or the bias disagree; `.emptyOutput` where the pads leave nothing.
public struct ConvTranspose: OnnxOperator, LinearOperator {
  public static let name: StaticString = "ConvTranspose"
  public static let code = OpCode.convTranspose
  public static let versions = [1, 11, 22]
  public static let elements = ElementClass.floats

  public var window: Window
  public var group: Int
  /// Elements added behind each spatial axis of the output; empty for none.
  public var outputPadding: [Int]
  /// The spatial extents of the output; empty where the pads decide.
  public var outputShape: [Int]
  public var activation = Activation.none

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    window = try Window(node)
    group = try node.int(.group, default: 1)
    outputPadding = try node.ints(.output_padding) ?? []
    outputShape = try node.ints(.output_shape) ?? []
    guard group >= 1 else { throw .attribute(.group, .outOfRange) }
    guard outputPadding.allSatisfy({ $0 >= 0 && $0 <= Window.limit }) else { throw .attribute(.output_padding, .outOfRange) }
    guard outputShape.allSatisfy({ $0 >= 1 && $0 <= 1 << 30 }) else { throw .attribute(.output_shape, .outOfRange) }
  }

  public init(window: Window, group: Int = 1, outputPadding: [Int] = [], outputShape: [Int] = [], activation: Activation = .none) {
    self.window = window
    self.group = group
    self.outputPadding = outputPadding
    self.outputShape = outputShape
    self.activation = activation
  }

  public func linear(_ weights: Shape?) -> LinearForm {
    let taps = weights?.dims.dropFirst(2).reduce(1, *) ?? 0, perGroup = weights?[1] ?? 0
    return LinearForm(
      channels: weights.map { $0[1] * group }, channelAxis: 1,
      order: ChannelOrder(run: taps, perGroup: perGroup, span: (weights?[0] ?? 0) / group * perGroup * taps), activation: activation,
      with: { activation in
        var op = self
        op.activation = activation
        return .convTranspose(op)
      }, unscaled: .convTranspose(self))
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int {
    guard inputs.count > 1, let x = inputs[0], let w = inputs[1] else { return 0 }
    return x.count.clampedTimes(w.dims.dropFirst().reduce(1, *))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let found = try inputs.require(1).type.element
    guard found == element else { throw .elementTypes(input: 1, found: found, expected: element) }
    let x = try inputs.shape(0), w = try inputs.shape(1)
    guard (3...5).contains(x.rank) else { throw .rank(input: 0, expected: 3...5, found: x.rank) }
    guard w.rank == x.rank else { throw .rank(input: 1, expected: x.rank...x.rank, found: w.rank) }
    guard w[0] == x[1] else { throw .extent(input: 1, axis: 0, expected: x[1], found: w[0]) }
    guard x[1] % group == 0 else { throw .extent(input: 0, axis: 1, expected: x[1] - x[1] % group, found: x[1]) }
    let (channels, overflow) = w[1].multipliedReportingOverflow(by: group)
    guard !overflow else { throw .overflow }
    try inputs.requirePerChannel(2, channels, element)
    let y = Shape([x[0], channels] + (try placement(x, w).output))
    guard y.checkedCount != nil else { throw .overflow }
    try inputs.requireResidual(3, TensorType(element, y))
    return [TensorType(element, y)]
  }

  /// The output's spatial extents, and the window, with its pads, that takes them back to those of `x`.
  public func placement(_ x: Shape, _ w: Shape) throws(OpFault) -> (window: Window, output: [Int]) {
    let kernel = Array(w.dims.dropFirst(2)), input = Array(x.dims.dropFirst(2)), rank = kernel.count
    var window = window
    let automatic = window.autoPad
    window.autoPad = automatic == .valid ? .valid : .explicit
    window = try window.resolved(kernel: kernel, input: input)
    guard window.kernel == kernel else { throw .attribute(.kernel_shape, .outOfRange) }
    let extra = outputPadding.isEmpty ? [Int](repeating: 0, count: rank) : outputPadding
    guard extra.count == rank else { throw .attribute(.output_padding, .count(expected: rank, found: extra.count)) }
    // Early versions allow the batch and channel extents in front.
    guard outputShape.isEmpty || outputShape.count == rank || outputShape.count == rank + 2 else {
      throw .attribute(.output_shape, .count(expected: rank, found: outputShape.count))
    }
    let isSame = automatic == .sameUpper || automatic == .sameLower
    var output: [Int] = []
    for axis in 0..<rank {
      let (span, overflow) = max(0, input[axis] - 1).multipliedReportingOverflow(by: window.strides[axis])
      guard !overflow, span <= Int.max / 2 else { throw .overflow }
      let full = span + extra[axis] + window.reach(axis)
      if outputShape.isEmpty, !isSame {
        output.append(full - window.pads[axis] - window.pads[rank + axis])
      } else {
        output.append(outputShape.isEmpty ? input[axis] * window.strides[axis] : outputShape.suffix(rank)[outputShape.count - rank + axis])
        let total = max(0, full - output[axis])
        guard total <= 2 * Window.limit else {
          throw .attribute(outputShape.isEmpty ? .auto_pad : .output_shape, .tooLarge(found: total, limit: 2 * Window.limit))
        }
        window.pads[axis] = automatic == .sameUpper ? total / 2 : total - total / 2
        window.pads[rank + axis] = total - window.pads[axis]
      }
      guard output[axis] >= 1 else { throw .emptyOutput(axis: axis + 2, extent: output[axis]) }
    }
    return (window, output)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), w = try inputs.tensor(1)
    guard let shape = try infer(inputs.facts)[0].shape else { throw .dataDependent(input: 0) }
    var y = convolveTransposed(x, w, output: shape, window: try placement(x.shape, w.shape).window, group: group)
    finishConvolution(
      &y, shape: shape, bias: inputs.optional(2)?.doubles(), residual: inputs.optional(3)?.doubles(), activation)
    return [Tensor(x.element, shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(group)
    record.put(outputPadding)
    record.put(outputShape)
    activation.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    group = try record.int(in: RecordReader.counts)
    outputPadding = try record.ints(in: 0...Window.limit)
    outputShape = try record.ints(in: 1...1 << 30)
    activation = try Activation(from: &record)
  }
}
