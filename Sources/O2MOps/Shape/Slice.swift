import O2MTensor

/// A box of the input, possibly with steps: `y[i…] = x[start + i · step…]`.
///
/// Negative starts and ends count from the end of the axis, and what lies outside is clamped to it.
///
/// - Spec: ONNX Slice-13. Before -10 starts, ends and axes were attributes.
/// - Shapes: `x` any `[*]`; `starts`, `ends`, `axes`, `steps` integer `[A]`, known at conversion, the last two optional.
/// - Parity: exact.
/// - Errors: `.elementCount` where the lists differ in length; `.axis` for an axis named twice; `.index(input: 4, ...)` for a step of 0.
public struct Slice: Movement, PlainOperator {
  public static let name: StaticString = "Slice"
  public static let code = OpCode.slice
  public static let versions = [1, 10, 11, 13]
  public static let dataflow = Dataflow.moves([0])

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(3...5) }

  /// What is cut along one axis.
  private struct Cut {
    var axis: Int
    var start: Int
    var end: Int
    var step: Int

    /// Whether the cut is the whole axis, whatever its extent.
    var isWhole: Bool { start == 0 && step == 1 && end >= Int(Int32.max) }

    func run(extent: Int) -> AxisRun {
      // A longer step picks one element, as does a step of the whole extent; this keeps the sums below from overflowing.
      let step = max(-max(1, extent), min(max(1, extent), step))
      let low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1
      let first = max(0, min(high, start < 0 ? start + extent : start))
      let last = max(low, min(high, end < 0 ? end + extent : end))
      let count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step
      return AxisRun(from: first, to: 0, count: extent == 0 ? 0 : max(0, count), step: step)
    }
  }

  private func cuts(_ inputs: [InputFact?], rank: Int) throws(OpFault) -> [Cut] {
    let starts = try inputs.requireInts(1), ends = try inputs.requireInts(2)
    let axes = try inputs.knownInts(3) ?? Array(0..<starts.count)
    let steps = try inputs.knownInts(4) ?? starts.map { _ in 1 }
    for list in [ends, axes, steps] where list.count != starts.count { throw .elementCount(expected: starts.count, found: list.count) }
    var seen = [Bool](repeating: false, count: rank)
    var cuts: [Cut] = []
    for index in starts.indices {
      guard axes[index] >= -rank, axes[index] < rank else { throw .axis(axes[index], rank: rank) }
      let axis = axes[index] < 0 ? axes[index] + rank : axes[index]
      guard !seen[axis] else { throw .axis(axes[index], rank: rank) }
      guard steps[index] != 0 else { throw .index(input: 4, found: 0, limit: 0) }
      seen[axis] = true
      cuts.append(Cut(axis: axis, start: starts[index], end: ends[index], step: steps[index]))
    }
    return cuts
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    guard let x = try? inputs.shape(0), let cuts = try? cuts(inputs, rank: x.rank) else { return .cut(nil) }
    return .cut(
      cuts.map { cut in
        let run = cut.run(extent: x[cut.axis])
        return AxisCut(axis: cut.axis, from: run.from, count: run.count, step: run.step)
      })
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var type = try inputs.require(0).type
    for cut in try cuts(inputs, rank: type.rank) {
      if let extent = type.dims[cut.axis].value {
        type.dims[cut.axis] = .fixed(cut.run(extent: extent).count)
      } else if !cut.isWhole {
        type.dims[cut.axis] = .unknown
      }
    }
    return [type]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    var runs = x.shape.dims.map { [AxisRun(from: 0, to: 0, count: $0, step: 1)] }
    for cut in try cuts(inputs, rank: x.shape.rank) { runs[cut.axis] = [cut.run(extent: x.shape[cut.axis])] }
    return x.copies(runs, to: to[0])
  }
}
