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
public struct Conv: Operator {
  public static let name: StaticString = "Conv"
  public static let versions = [1, 11, 22]

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

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: .floats).type.element
    let x = try inputs.shape(0), w = try inputs.shape(1, elements: .floats)
    guard (3...5).contains(x.rank) else { throw .rank(input: 0, expected: 3...5, found: x.rank) }
    guard w.rank == x.rank else { throw .rank(input: 1, expected: x.rank...x.rank, found: w.rank) }
    guard x[1] == w[1] * group else { throw .extent(input: 0, axis: 1, expected: w[1] * group, found: x[1]) }
    guard w[0] % group == 0 else { throw .extent(input: 1, axis: 0, expected: (w[0] / group + 1) * group, found: w[0]) }
    if inputs.has(2) {
      let b = try inputs.shape(2)
      guard b.dims == [w[0]] else { throw .extent(input: 2, axis: 0, expected: w[0], found: b.count) }
    }
    let spatial = Array(x.dims.dropFirst(2))
    let resolved = try window.resolved(kernel: Array(w.dims.dropFirst(2)), input: spatial)
    guard resolved.kernel == Array(w.dims.dropFirst(2)) else { throw .attribute(.kernel_shape, .outOfRange) }
    let y = Shape([x[0], w[0]] + (try resolved.output(input: spatial)))
    guard y.checkedCount != nil else { throw .overflow }
    if inputs.has(3) {
      let r = try inputs.shape(3)
      guard r == y else { throw .elementCount(expected: y.count, found: r.count) }
    }
    return [TensorType(element, y)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), w = try inputs.tensor(1)
    guard let shape = try infer(inputs.facts)[0].shape else { throw .dataDependent(input: 0) }
    let spatial = Array(x.shape.dims.dropFirst(2))
    let resolved = try window.resolved(kernel: Array(w.shape.dims.dropFirst(2)), input: spatial)
    let sums = convolve(
      x.doubles(), spatial: spatial, weights: w.doubles(), output: shape, window: resolved, group: group,
      channelsPerGroup: w.shape[1])
    let b = inputs.optional(2)?.doubles(), r = inputs.optional(3)?.doubles()
    let plane = shape.dims.dropFirst(2).reduce(1, *)
    var y = sums
    for index in 0..<y.count {
      let channel = (index / plane) % shape[1]
      y[index] = activation.apply(y[index] + (b?[channel] ?? 0) + (r?[index] ?? 0))
    }
    return [Tensor(x.element, shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(group)
    activation.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    group = try record.int()
    activation = try Activation(from: &record)
  }
}

/// The sums of a convolution in float64: over channels, then over taps, in that order for every output element.
///
/// The innermost loop runs along an output row, which leaves the order of each sum as it is.
func convolve(
  _ x: [Double], spatial: [Int], weights w: [Double], output: Shape, window: Window, group: Int, channelsPerGroup: Int
) -> [Double] {
  var y = [Double](repeating: 0, count: output.count)
  let rank = spatial.count
  let lead = [Int](repeating: 1, count: 3 - rank)
  let input = lead + spatial, extent = lead + output.dims.dropFirst(2), kernel = lead + window.kernel
  let step = lead + window.strides, dilation = lead + window.dilations
  let pad = [Int](repeating: 0, count: 3 - rank) + window.pads.prefix(rank)
  let channels = channelsPerGroup * group, outputs = output[1], perGroup = outputs / group
  let inputPlane = input.reduce(1, *), outputPlane = extent.reduce(1, *), taps = kernel.reduce(1, *)
  x.withUnsafeBufferPointer { x in
    w.withUnsafeBufferPointer { w in
      y.withUnsafeMutableBufferPointer { y in
        for n in 0..<output[0] {
          for m in 0..<outputs {
            for c in 0..<channelsPerGroup {
              let plane = (n * channels + (m / perGroup) * channelsPerGroup + c) * inputPlane
              for tap in 0..<taps {
                let weight = w[(m * channelsPerGroup + c) * taps + tap]
                let kx = tap % kernel[2], ky = tap / kernel[2] % kernel[1], kz = tap / kernel[2] / kernel[1]
                let shift = kx * dilation[2] - pad[2]
                // The outputs whose tap lies inside the row: 0 <= o * step + shift < input.
                let first = shift >= 0 ? 0 : (-shift + step[2] - 1) / step[2]
                let last = shift >= input[2] ? 0 : min(extent[2], (input[2] - 1 - shift) / step[2] + 1)
                guard first < last else { continue }
                for oz in 0..<extent[0] {
                  let iz = oz * step[0] + kz * dilation[0] - pad[0]
                  guard iz >= 0, iz < input[0] else { continue }
                  for oy in 0..<extent[1] {
                    let iy = oy * step[1] + ky * dilation[1] - pad[1]
                    guard iy >= 0, iy < input[1] else { continue }
                    let row = plane + (iz * input[1] + iy) * input[2] + shift
                    let target = (n * outputs + m) * outputPlane + (oz * extent[1] + oy) * extent[2]
                    for ox in first..<last { y[target + ox] += weight * x[row + ox * step[2]] }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return y
}
