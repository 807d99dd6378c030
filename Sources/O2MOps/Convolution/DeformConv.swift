import O2MTensor

/// Convolution whose taps are moved by offsets and scaled by a mask, both inputs of the model:
///
///     y[n, m, o…] = Σ_{c, k…} w[m, c, k…] · mask[n, g, k, o…] · x[n, c, o·stride + k·dilation − pad + offset[n, g, k, o…]] + b[m]
///
/// Between elements x is interpolated linearly, outside it is zero. g is the offset group of channel c.
///
/// - Spec: ONNX DeformConv-22.
/// - Shapes: `x` float `[N, C, D…]`, `w` `[M, C/G, K…]`, `offset` `[N, OG·∏K·R, O…]` with R spatial axes, `b` `[M]` optional, `mask`
///   `[N, OG·∏K, O…]` optional → `y` `[N, M, O…]`; 1 to 3 spatial axes.
/// - Parity: a sum of C/G·∏K terms, each of at most 2^R, in float64. An offset that is not finite reads 0.
/// - Errors: `.extent` where channels, groups or outputs disagree; `.emptyOutput` where the window is larger than the input.
public struct DeformConv: OnnxOperator, ProductOperator {
  public static let name: StaticString = "DeformConv"
  public static let code = OpCode.deformConv
  public static let versions = [19, 22]
  public static let elements = ElementClass.floats

  public var window: Window
  public var group: Int
  public var offsetGroup: Int

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...5)
    window = try Window(node)
    window.autoPad = .explicit
    group = try node.int(.group, default: 1)
    offsetGroup = try node.int(.offset_group, default: 1)
    guard group >= 1 else { throw .attribute(.group, .outOfRange) }
    guard offsetGroup >= 1 else { throw .attribute(.offset_group, .outOfRange) }
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs.weightsPerOutput(1)) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    // Without offsets it is a convolution, and so are its shapes.
    let y = try Conv(window: window, group: group).infer([0, 1, 3].map { inputs.has($0) ? inputs[$0] : nil })[0]
    let x = try inputs.shape(0), output = try y.knownShape()
    guard x[1] % offsetGroup == 0 else { throw .extent(input: 0, axis: 1, expected: x[1] - x[1] % offsetGroup, found: x[1]) }
    let taps = try inputs.shape(1).dims.dropFirst(2).reduce(1, *)
    for (index, values) in [(2, x.rank - 2), (4, 1)] where index == 2 || inputs.has(index) {
      let found = try inputs.require(index).type.element
      guard found == y.element else { throw .elementTypes(input: index, found: found, expected: y.element) }
      let shape = try inputs.shape(index)
      guard shape.rank == x.rank else { throw .rank(input: index, expected: x.rank...x.rank, found: shape.rank) }
      let expected = [x[0], try checked([offsetGroup, taps, values]).count] + output.dims.dropFirst(2)
      for axis in 0..<x.rank where shape[axis] != expected[axis] {
        throw .extent(input: index, axis: axis, expected: expected[axis], found: shape[axis])
      }
    }
    return [y]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), w = try inputs.tensor(1)
    let shape = try infer(inputs.facts)[0].knownShape()
    let weights = w.doubles(), inner = w.shape[1], perGroup = shape[1] / group
    let taps = w.shape.dims.dropFirst(2).reduce(1, *), plane = shape.dims.dropFirst(2).reduce(1, *)
    var y = [Double](repeating: 0, count: shape.count)
    for n in 0..<shape[0] {
      let columns = try columns(n, inputs, output: Array(shape.dims.dropFirst(2)))
      for m in 0..<shape[1] {
        let target = (n * shape[1] + m) * plane
        for row in 0..<inner * taps {
          let weight = weights[m * inner * taps + row], source = (m / perGroup * inner * taps + row) * plane
          for o in 0..<plane { y[target + o] += weight * columns[source + o] }
        }
      }
    }
    finishConvolution(&y, shape: shape, bias: inputs.optional(3)?.doubles(), residual: nil, .none)
    return [Tensor(x.element, shape, rounding: y)]
  }

  /// What every tap of picture `n` reads for every output, masked: `[C, ∏K, ∏O]`.
  private func columns(_ n: Int, _ inputs: [Tensor?], output: [Int]) throws(OpFault) -> [Double] {
    let x = try inputs.tensor(0), offset = try inputs.tensor(2).doubles(), mask = inputs.optional(4)?.doubles()
    let dims = Array(x.shape.dims.dropFirst(2)), rank = dims.count, channels = x.shape[1], perGroup = channels / offsetGroup
    let window = try window.resolved(kernel: Array(try inputs.tensor(1).shape.dims.dropFirst(2)), input: dims)
    let sampler = PlaneSampler(dims: dims, alignsCorners: true)
    let values = x.doubles(), taps = window.kernel.reduce(1, *), plane = output.reduce(1, *), inputPlane = dims.reduce(1, *)
    var columns = [Double](repeating: 0, count: channels * taps * plane)
    var walk = StridedWalk(Shape(window.kernel + output), strides: [])
    for tap in 0..<taps {
      for o in 0..<plane {
        for g in 0..<offsetGroup {
          let place = (n * offsetGroup + g) * taps + tap
          let position = dims.indices.map { axis in
            Double(walk.index[rank + axis] * window.strides[axis] + walk.index[axis] * window.dilations[axis] - window.pads[axis])
              + offset[(place * rank + axis) * plane + o]
          }
          let reads = sampler.taps(position), scale = mask?[place * plane + o] ?? 1
          for c in g * perGroup..<(g + 1) * perGroup {
            columns[(c * taps + tap) * plane + o] = scale * reads.value(values, (n * channels + c) * inputPlane)
          }
        }
        walk.advance()
      }
    }
    return columns
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(group)
    record.put(offsetGroup)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    group = try record.int(in: RecordReader.counts)
    offsetGroup = try record.int(in: RecordReader.counts)
  }
}
