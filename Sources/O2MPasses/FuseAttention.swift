import O2MGraph
import O2MOps
import O2MTensor

/// Lets one operator compute attention, with queries, keys and values where the projections have left them.
///
///     before   MatMul(q [B, H, I, D] · s, k [B, H, D, J] · t) · u ── Softmax ── p
///              MatMul(p, v [B, H, J, E]) ── Transpose(0, 2, 1, 3) ── y
///     after    q′ [B, I, …], k′ [B, J, …], v′ [B, J, …] ── Attention(H, scale = s · t · u) ── Reshape [B, I, H, E] ── y
///
/// q, k and v are followed back through the reshapes, transposes, slices and scales that bring them from rows whose heads lie side by
/// side, often all three in one row. Without a batch the products have rank 3.
///
/// - Spec: ONNX Attention-23 without mask and past.
/// - Parity: 1e-5 relative: the scale is applied to the scores and no longer to queries and keys.
struct FuseAttention: Rewrite {
  static let name: StaticString = "fuse-attention"

  func rewrite(_ node: NodeOf<Transpose>, in graph: Graph) -> Verdict {
    guard let sums = graph.producer(of: node.input(0), as: MatMul.self), sums.isPlain, let heads = graph.shape(sums.output),
      let weights = sums.input(0), let softmax = graph.producer(of: weights, as: Softmax.self), let v = sums.input(1)
    else { return .pass }
    let rank = heads.rank
    guard rank == 3 || rank == 4, (try? node.op.order(rank: rank)) == (rank == 4 ? [0, 2, 1, 3] : [1, 0, 2]) else { return .pass }
    guard let scores = softmax.input(0), (try? heads.resolve(softmax.op.axis)) == rank - 1 else {
      return .skip("the softmax is not over the keys")
    }
    let scaled = Factors(of: scores, in: graph)
    guard scaled.values.count == 1, let product = graph.producer(of: scaled.values[0], as: MatMul.self), product.isPlain,
      let q = product.input(0), let k = product.input(1), graph[product.output].type == graph[scores].type
    else { return .skip("the scores are no scaled product") }
    guard graph[product.output].type.element == .float32 else { return .skip("the scores are not float32") }
    for value in [weights, scores, product.output, sums.output] where graph.readers(of: value) != 1 {
      return .skip("a step between is read elsewhere")
    }
    guard let queries = Rows(q, keysLast: false, isScaled: true, in: graph), let keys = Rows(k, keysLast: true, isScaled: true, in: graph),
      let values = Rows(v, keysLast: false, isScaled: false, in: graph), queries.suits(keys), queries.suits(values), keys.rows == values.rows
    else { return .skip("the heads do not lie side by side") }

    var patch = Patch(Self.name, in: graph)
    let op = Attention(
      heads: queries.heads, depth: queries.depth, columns: values.depth, scale: Float(scaled.scale * queries.scale * keys.scale),
      first: (queries.column, keys.column, values.column))
    let operands = [
      queries.operand(named: node.name + ".q", in: graph, patch: &patch), keys.operand(named: node.name + ".k", in: graph, patch: &patch),
      values.operand(named: node.name + ".v", in: graph, patch: &patch),
    ]
    let rows = patch.node(.attention(op), operands, named: node.name + ".rows")
    let target = patch.constant(.indices(graph.shape(node.output)?.dims ?? []), named: node.name + ".shape")
    patch.replace(node.output, with: patch.node(.reshape(Reshape()), [rows, target], named: node.name))
    return .apply(patch)
  }

  /// One operand: matrices `[B, H, rows, depth]` as columns of rows that lie one after another.
  private struct Rows {
    let root: ValueID
    let batch: Int
    let heads: Int
    let rows: Int
    let depth: Int
    /// Elements of a row, and where in it the first head begins.
    let width: Int
    let column: Int
    let scale: Double

    /// nil where the heads do not lie side by side. `keysLast`: the last two axes are swapped.
    init?(_ id: ValueID, keysLast: Bool, isScaled: Bool, in graph: Graph) {
      guard let view = StridedView(of: id, in: graph, throughScales: isScaled), let count = graph.shape(view.root)?.count else { return nil }
      var axes: [StridedView.Run] = []
      for axis in view.axes.indices {
        guard let run = view.simple(axis) else { return nil }
        axes.append(run)
      }
      if axes.count == 3 { axes.insert(StridedView.Run(extent: 1, stride: 0), at: 0) }
      guard axes.count == 4 else { return nil }
      if keysLast { axes.swapAt(2, 3) }
      (batch, heads, rows, depth) = (axes[0].extent, axes[1].extent, axes[2].extent, axes[3].extent)
      width = rows > 1 ? axes[2].stride : count / batch
      guard depth == 1 || axes[3].stride == 1, heads == 1 || axes[1].stride == depth, batch == 1 || axes[0].stride == rows * width else {
        return nil
      }
      guard width > 0, batch * rows * width == count, view.offset + heads * depth <= width else { return nil }
      root = view.root
      column = view.offset
      scale = view.scale
    }

    func suits(_ other: Rows) -> Bool { batch == other.batch && heads == other.heads }

    /// The rows as `[B, rows, width]`.
    func operand(named name: String, in graph: Graph, patch: inout Patch) -> ValueID {
      let shape: Shape = [batch, rows, width]
      guard graph.shape(root) != shape else { return root }
      let target = patch.constant(.indices(shape.dims), named: name + ".shape")
      return patch.node(.reshape(Reshape()), [root, target], named: name)
    }
  }
}

extension NodeOf<MatMul> {
  /// Whether nothing follows the sums.
  fileprivate var isPlain: Bool { op.activation == .none && input(2) == nil && input(3) == nil }
}
