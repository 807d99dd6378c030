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

  /// How many nodes are followed back.
  private static let mostSteps = 64

  init?(of value: ValueID, in graph: Graph, throughScales: Bool) {
    self.init(of: value, in: graph, throughScales: throughScales, left: Self.mostSteps)
  }

  private init?(of value: ValueID, in graph: Graph, throughScales: Bool, left: Int) {
    guard let shape = graph.shape(value), !shape.dims.contains(0) else { return nil }
    if left > 0, let node = graph.producer(of: value),
      let view = Self.step(node, value, shape, in: graph, throughScales: throughScales, left: left - 1)
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

  private static func step(
    _ node: Node, _ value: ValueID, _ shape: Shape, in graph: Graph, throughScales: Bool, left: Int
  ) -> StridedView? {
    if throughScales, let factors = Factors(node, in: graph) {
      guard factors.values.count == 1, graph.shape(factors.values[0]) == shape else { return nil }
      var view = StridedView(of: factors.values[0], in: graph, throughScales: throughScales, left: left)
      view?.scale *= factors.scale
      return view
    }
    guard let source = node.inputs.first ?? nil, let from = graph.shape(source), let moved = node.op.view(graph.facts(node.inputs)),
      var view = StridedView(of: source, in: graph, throughScales: throughScales, left: left)
    else { return nil }
    switch moved {
    case .identity: return view
    case .reshaped: return view.reshaped(to: shape.dims) ? view : nil
    case .permuted(let order):
      view.axes = order.map { view.axes[$0] }
      return view
    case .cut(let cuts?):
      for cut in cuts { guard cut.step == 1, view.cut(cut.axis, from: cut.from, count: cut.count) else { return nil } }
      return view
    case .split(let axis, let lengths?):
      guard let axis = from.axis(axis), let index = node.outputs.firstIndex(of: value) else { return nil }
      return view.cut(axis, from: lengths[..<index].reduce(0, +), count: shape[axis]) ? view : nil
    case .picked(let axis, let index, let keepsAxis):
      guard view.cut(axis, from: index, count: 1) else { return nil }
      if !keepsAxis { view.axes.remove(at: axis) }
      return view
    case .cut(nil), .split(_, nil), .padded, .repeated, .joined, .shuffled, .other: return nil
    }
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
