import O2MTensor

/// Reads every channel at the positions that a grid gives: `y[n, c, o…] = x[n, c, grid[n, o…]]`, between elements by interpolation.
///
/// The grid's last axis holds a position from the last spatial axis to the first; −1 is the first element, or its outer edge, 1 the last.
///
/// - Spec: ONNX GridSample-22. -16 calls the modes bilinear and bicubic and has two spatial axes only.
/// - Shapes: `x` number `[N, C, D…]`, `grid` float `[N, O…, R]` with R spatial axes → `y` `[N, C, O…]`.
/// - Parity: sums of at most 2^R, or 4^R, terms in float64, rounded once. A position that is not finite gives 0.
/// - Errors: `.extent` where batch or R disagree.
public struct GridSample: OnnxOperator, Computation {
  public static let name: StaticString = "GridSample"
  public static let code = OpCode.gridSample
  public static let versions = [16, 20, 22]
  public static let elements = ElementClass.numbers

  var mode: PlaneSampler.Mode
  var padding: PlaneSampler.Padding
  public var alignsCorners: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    let isFirst = node.opset < 20
    switch try node.string(.mode) {
    case nil: mode = .linear
    case "nearest": mode = .nearest
    case "linear" where !isFirst, "bilinear" where isFirst: mode = .linear
    case "cubic" where !isFirst, "bicubic" where isFirst: mode = .cubic
    default: throw .attribute(.mode, .unknownValue)
    }
    switch try node.string(.padding_mode) {
    case nil, "zeros": padding = .zeros
    case "border": padding = .border
    case "reflection": padding = .reflection
    default: throw .attribute(.padding_mode, .unknownValue)
    }
    alignsCorners = try node.flag(.align_corners, default: false)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let x = try inputs.shape(0), grid = try inputs.shape(1, elements: .floats)
    guard x.rank >= 3 else { throw .rank(input: 0, expected: 3...Int.max, found: x.rank) }
    guard grid.rank == x.rank else { throw .rank(input: 1, expected: x.rank...x.rank, found: grid.rank) }
    guard grid[0] == x[0] else { throw .extent(input: 1, axis: 0, expected: x[0], found: grid[0]) }
    guard grid[x.rank - 1] == x.rank - 2 else {
      throw .extent(input: 1, axis: x.rank - 1, expected: x.rank - 2, found: grid[x.rank - 1])
    }
    return [TensorType(element, try checked([x[0], x[1]] + grid.dims[1..<x.rank - 1]))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), grid = try inputs.tensor(1).doubles()
    let shape = try infer(inputs.facts)[0].knownShape()
    let dims = Array(x.shape.dims.dropFirst(2)), rank = dims.count, channels = shape[1]
    let sampler = PlaneSampler(dims: dims, mode: mode, padding: padding, alignsCorners: alignsCorners)
    let values = x.doubles(), plane = dims.reduce(1, *), outputPlane = shape.dims.dropFirst(2).reduce(1, *)
    var y = [Double](repeating: 0, count: shape.count)
    for place in 0..<shape[0] * outputPlane {
      let position = dims.indices.map { axis in
        let normal = grid[place * rank + rank - 1 - axis] + 1, extent = Double(dims[axis])
        return alignsCorners ? normal / 2 * (extent - 1) : (normal * extent - 1) / 2
      }
      let taps = sampler.taps(position), n = place / outputPlane
      for c in n * channels..<(n + 1) * channels { y[c * outputPlane + place % outputPlane] = taps.value(values, c * plane) }
    }
    return [Tensor(x.element, shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(mode.rawValue)
    record.put(padding.rawValue)
    record.put(alignsCorners)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    mode = PlaneSampler.Mode.allCases[try record.choice(PlaneSampler.Mode.allCases.count)]
    padding = PlaneSampler.Padding.allCases[try record.choice(PlaneSampler.Padding.allCases.count)]
    alignsCorners = try record.flag()
  }
}
