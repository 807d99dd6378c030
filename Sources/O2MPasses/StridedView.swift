import O2MGraph
import O2MOps
import O2MTensor

/// A value as a part of another one that lies row-major: element `[i…]` is element `offset + Σ i · stride` of `root`, times `scale`.
///
/// Followed back through what only moves: reshapes, transposes, slices, splits and single picks, and, where wanted, products with a
/// number.
struct StridedView {
  /// Steps along one axis that are equally far apart.
  struct Run: Equatable {
    var extent: Int
    var stride: Int
  }

  var root: ValueID
  var offset = 0
  /// The runs of each axis, outermost first: several where a reshape has joined axes that do not follow each other in memory.
  var axes: [[Run]]
  var scale = 1.0

  init?(of value: ValueID, in graph: Graph, throughScales: Bool) {
    guard let shape = graph.shape(value), !shape.dims.contains(0) else { return nil }
    if let node = graph.producer(of: value),
      let view = Self.step(node, value, shape, in: graph, throughScales: throughScales)
    {
      self = view
      return
    }
    root = value
    axes = zip(shape.dims, shape.strides).map { [Run(extent: $0, stride: $1)] }
  }

  /// Extent and stride of an axis; nil where one stride cannot say it. An axis of extent 1 has stride 0.
  func simple(_ axis: Int) -> Run? {
    var result = Run(extent: 1, stride: 0)
    for run in axes[axis] where run.extent != 1 {
      if result.extent != 1, result.stride != run.extent * run.stride { return nil }
      result = Run(extent: result.extent * run.extent, stride: run.stride)
    }
    return result
  }

  private static func step(_ node: Node, _ value: ValueID, _ shape: Shape, in graph: Graph, throughScales: Bool) -> StridedView? {
    var source = node.inputs.first ?? nil
    var factor = 1.0
    switch node.op {
    case .mul where throughScales, .div where throughScales:
      guard let factors = Factors(node, in: graph), factors.values.count == 1 else { return nil }
      source = factors.values[0]
      factor = factors.scale
    default: break
    }
    guard let source, let from = graph.shape(source), var view = StridedView(of: source, in: graph, throughScales: throughScales) else {
      return nil
    }
    switch node.op {
    case .mul, .div:
      guard throughScales, from == shape else { return nil }
      view.scale *= factor
      return view
    case .reshape, .flatten, .squeeze, .unsqueeze: return view.reshaped(to: shape.dims) ? view : nil
    case .transpose(let op):
      guard let order = try? op.order(rank: from.rank) else { return nil }
      view.axes = order.map { view.axes[$0] }
      return view
    case .slice: return view.slice(node, to: shape, in: graph) ? view : nil
    case .split(let op):
      guard let axis = from.axis(op.axis), let index = node.outputs.firstIndex(of: value) else { return nil }
      let before = node.outputs[..<index].compactMap { graph.shape($0)?[axis] }
      return before.count == index && view.cut(axis, from: before.reduce(0, +), count: shape[axis]) ? view : nil
    case .gather(let op):
      guard let axis = from.axis(op.axis), let indices = graph.constant(node.inputs[1]), indices.count == 1, indices.shape.rank <= 1 else {
        return nil
      }
      let index = indices.ints()[0]
      guard index >= -from[axis], index < from[axis] else { return nil }
      guard view.cut(axis, from: index < 0 ? index + from[axis] : index, count: 1) else { return nil }
      if indices.shape.rank == 0 { view.axes.remove(at: axis) }
      return view
    default: return nil
    }
  }

  private mutating func slice(_ node: Node, to shape: Shape, in graph: Graph) -> Bool {
    func ints(_ index: Int) -> [Int]? {
      index < node.inputs.count ? node.inputs[index].flatMap { graph.constant($0) }?.ints() : nil
    }
    guard let starts = ints(1), node.inputs.count < 5 || node.inputs[4] == nil || ints(4)?.allSatisfy({ $0 == 1 }) == true else {
      return false
    }
    guard let axes = node.inputs.count > 3 && node.inputs[3] != nil ? ints(3) : Array(0..<starts.count) else { return false }
    for (start, axis) in zip(starts, axes) {
      let axis = axis < 0 ? axis + shape.rank : axis
      guard let extent = simple(axis)?.extent else { return false }
      guard cut(axis, from: max(0, min(extent, start < 0 ? start + extent : start)), count: shape[axis]) else { return false }
    }
    return true
  }

  private mutating func cut(_ axis: Int, from first: Int, count: Int) -> Bool {
    guard let run = simple(axis) else { return false }
    offset += first * run.stride
    axes[axis] = [Run(extent: count, stride: run.stride)]
    return true
  }

  /// Gives the view other extents; false where a run would have to be cut into unequal parts.
  private mutating func reshaped(to dims: [Int]) -> Bool {
    var left = axes.joined().filter { $0.extent != 1 }[...]
    var result: [[Run]] = []
    for extent in dims {
      var need = extent
      var runs: [Run] = []
      while need > 1 {
        guard let run = left.first else { return false }
        if need % run.extent == 0 {
          runs.append(run)
          need /= run.extent
          left.removeFirst()
        } else {
          guard run.extent % need == 0 else { return false }
          let inner = run.extent / need
          runs.append(Run(extent: need, stride: run.stride * inner))
          left[left.startIndex].extent = inner
          need = 1
        }
      }
      result.append(runs)
    }
    guard left.isEmpty else { return false }
    axes = result
    return true
  }
}
