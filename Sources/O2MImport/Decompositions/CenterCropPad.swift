import O2MOps
import O2MTensor

/// The middle of a tensor, or the tensor in the middle of zeros: axis by axis, as the wanted extent asks.
///
/// What is cut or added splits evenly; an odd element goes to the end.
///
/// - Spec: ONNX CenterCropPad-18.
/// - Shapes: `x` any `[*]`, `shape` integer `[A]`, known at conversion → `y` with these extents along `axes` (default all).
struct CenterCropPad: Decomposition {
  static let name = "CenterCropPad"
  static let versions = [18]

  private let axes: [Int]?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axes = try node.ints(.axes)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var y = try composer.input(0)
    let x = try composer.shape(y), wanted = try composer.knownInts(1) ?? []
    let axes = axes ?? Array(0..<x.rank)
    guard wanted.count == axes.count else { throw .elementCount(expected: axes.count, found: wanted.count) }
    var starts = [Int](repeating: 0, count: x.rank), ends = x.dims
    var before = starts, after = starts
    for (axis, extent) in zip(axes, wanted) {
      let axis = try x.resolve(axis)
      guard extent >= 0 else { throw .extent(input: 1, axis: axis, expected: 0, found: extent) }
      let surplus = x[axis] - extent
      if surplus > 0 {
        starts[axis] = surplus / 2
        ends[axis] = starts[axis] + extent
      } else {
        before[axis] = -surplus / 2
        after[axis] = -surplus - before[axis]
      }
    }
    if ends != x.dims { y = try composer.emit("Slice", [y, composer.ints(starts), composer.ints(ends)]) }
    if before != after || before.contains(where: { $0 > 0 }) { y = try composer.emit("Pad", [y, composer.ints(before + after)]) }
    return [y]
  }
}
