import O2MTensor

/// The input with elements added before and after each axis; negative pads take elements away.
///
///     p = i − pads.before              where output i comes from, and where p lies outside 0 ..< d:
///     constant   value                 edge      the nearest element
///     wrap       p mod d               reflect   mirrored at the first and the last element, which are not repeated
///
/// - Spec: ONNX Pad-25. `axes` is of -18, wrap of -19; -2 had pads and value as attributes.
/// - Shapes: `x` any `[D…]`, `pads` integer `[2 · A]` (all befores, then all afters), `value` `[]` or `[1]` optional, `axes` integer
///   `[A]` optional; `pads` and `axes` known at conversion → `y` `[D + before + after…]`.
/// - Parity: exact.
/// - Errors: `.elementCount` where `pads` does not suit the axes; `.emptyOutput` where more is taken than there is, or an empty axis
///   has nothing to repeat.
public struct Pad: OnnxOperator, Movement {
  public static let name: StaticString = "Pad"
  public static let code = OpCode.pad
  public static let versions = [1, 2, 11, 13, 18, 19, 21, 23, 24, 25]
  public static let dataflow = Dataflow.moves([0, 2])

  public enum Mode: UInt8, Sendable { case constant, reflect, edge, wrap }

  public var mode: Mode

  public init(mode: Mode = .constant) { self.mode = mode }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...4)
    switch try node.string(.mode) {
    case nil, "constant": mode = .constant
    case "reflect": mode = .reflect
    case "edge": mode = .edge
    case "wrap": mode = .wrap
    default: throw .attribute(.mode, .unknownValue)
    }
  }

  /// Elements added before and after each axis.
  public func pads(_ inputs: [InputFact?], rank: Int) throws(OpFault) -> (before: [Int], after: [Int]) {
    let pads = try inputs.requireInts(1)
    var before = [Int](repeating: 0, count: rank), after = before
    let axes = try inputs.knownInts(3) ?? Array(0..<rank)
    guard pads.count == 2 * axes.count else { throw .elementCount(expected: 2 * axes.count, found: pads.count) }
    for (index, axis) in axes.enumerated() {
      guard axis >= -rank, axis < rank else { throw .axis(axis, rank: rank) }
      before[axis < 0 ? axis + rank : axis] = pads[index]
      after[axis < 0 ? axis + rank : axis] = pads[axes.count + index]
    }
    return (before, after)
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    guard let rank = inputs.first??.type.rank, let (before, after) = try? pads(inputs, rank: rank) else { return .other }
    return .padded(before: before, after: after)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var type = try inputs.require(0).type
    let (before, after) = try pads(inputs, rank: type.rank)
    if inputs.has(2) {
      let value = try inputs.require(2).type
      guard value.element == type.element else { throw .elementTypes(input: 2, found: value.element, expected: type.element) }
      if let shape = value.shape, shape.count != 1 { throw .elementCount(expected: 1, found: shape.count) }
    }
    for axis in 0..<type.rank where before[axis] != 0 || after[axis] != 0 {
      guard let extent = type.dims[axis].value else {
        type.dims[axis] = .unknown
        continue
      }
      let (sum, overflow) = before[axis].addingReportingOverflow(after[axis])
      let (padded, overflow2) = extent.addingReportingOverflow(sum)
      guard !overflow, !overflow2 else { throw .overflow }
      guard padded >= 0, extent > 0 || padded == 0 || mode == .constant else { throw .emptyOutput(axis: axis, extent: padded) }
      type.dims[axis] = .fixed(padded)
    }
    if let shape = type.shape { _ = try checked(shape.dims) }
    return [type]
  }

  /// The position in an axis of `extent` elements that `p` stands for; -1 for the value.
  private func source(_ p: Int, extent: Int) -> Int {
    if p >= 0, p < extent { return p }
    switch mode {
    case .constant: return -1
    case .edge: return p < 0 ? 0 : extent - 1
    case .wrap: return ((p % extent) + extent) % extent
    case .reflect:
      let period = 2 * (extent - 1)
      if period == 0 { return 0 }
      let phase = ((p % period) + period) % period
      return phase < extent ? phase : period - phase
    }
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let before = try pads(inputs, rank: x.shape.rank).before
    let runs = (0..<x.shape.rank).map { axis in
      AxisRun.runs((0..<to[0].shape[axis]).map { source($0 - before[axis], extent: x.shape[axis]) })
    }
    return x.copies(runs, to: to[0]) + borders(runs, of: to[0], value: inputs.has(2) ? 2 : nil)
  }

  /// What no run covers, filled from the single element of input `value`: along each axis the gaps between runs, inside the runs of the
  /// axes before it and over the whole of those after it.
  private func borders(_ runs: [[AxisRun]], of y: Placement, value: Int?) -> [StridedCopy] {
    let still = [Int](repeating: 0, count: y.shape.rank)
    var inside = [StridedCopy(dims: y.shape.dims, sourceStrides: still, targetStrides: y.strides)]
    inside[0].input = value
    var borders: [StridedCopy] = []
    for (axis, runs) in runs.enumerated() {
      var covered: [StridedCopy] = []
      for box in inside {
        func part(_ range: Range<Int>) -> StridedCopy {
          var part = box
          part.dims[axis] = range.count
          part.target += y.strides[axis] * range.lowerBound
          return part
        }
        var next = 0
        for run in runs {
          if run.to > next { borders.append(part(next..<run.to)) }
          covered.append(part(run.to..<run.to + run.count))
          next = run.to + run.count
        }
        if next < y.shape[axis] { borders.append(part(next..<y.shape[axis])) }
      }
      inside = covered
    }
    return borders
  }

  public func encode(to record: inout RecordWriter) { record.put(mode.rawValue) }
  public init(from record: inout RecordReader) throws(FormatFault) { mode = Mode(rawValue: UInt8(try record.choice(4))) ?? .constant }
}
