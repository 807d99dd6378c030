import O2MGraph
import O2MOps
import O2MTensor

/// Lets one operator compute attention, with queries, keys and values where the projections have left them.
///
///     before   MatMul(q [B, H, I, D] · s, k [B, H, D, J] · t) · u ── Add(bias) ── Add(mask) ── Softmax ── p
///              MatMul(p, v [B, H, J, E]) ── Transpose(0, 2, 1, 3) ── y
///     after    q′ [B, I, …], k′ [B, J, …], v′ [B, J, …], bias, mask ── FusedAttention(H, scale = s · t · u) ── Reshape [B, I, H, E] ── y
///
/// q, k and v are followed back through the reshapes, transposes, slices and scales that bring them from rows whose heads lie side by
/// side, often all three in one row. Without a batch the products have rank 3. Where p is guarded by Where(IsNaN(p), 0, p), so is
/// the operator's.
///
/// - Spec: a case of ONNX Attention-23, without past.
/// - Parity: 1e-5 relative: the scale is applied to the scores and no longer to queries and keys.
struct FuseAttention: Rewrite {
  static let name: StaticString = "fuse-attention"

  func rewrite(_ node: NodeOf<Transpose>, in graph: Graph) -> Verdict {
    guard let sums = graph.producer(of: node.input(0), as: MatMul.self), sums.isPlain, let heads = graph.shape(sums.output),
      let weights = sums.input(0), let v = sums.input(1)
    else { return .notApplicable }
    let unguarded = withoutGuard(weights, in: graph)
    guard let softmax = graph.producer(of: unguarded ?? weights, as: Softmax.self) else { return .notApplicable }
    let rank = heads.rank
    guard rank == 3 || rank == 4, let order = try? node.op.order(rank: rank) else { return .notApplicable }
    // Axes of extent 1 may go anywhere.
    guard order.filter({ heads[$0] != 1 }) == (rank == 4 ? [0, 2, 1, 3] : [1, 0, 2]).filter({ heads[$0] != 1 }) else {
      return .notApplicable
    }
    guard let input = softmax.input(0), let shape = graph.shape(input), (try? shape.resolve(softmax.op.axis)) == shape.rank - 1 else {
      return .skip("the softmax is not over the keys")
    }
    guard rank == shape.rank, let scores = Scores.behind(input, target: shape, in: graph) else {
      return .skip("the scores are no scaled product")
    }
    guard let q = scores.product.input(0), let k = scores.product.input(1) else { return .notApplicable }
    guard graph[scores.product.output].type.element == .float32 else { return .skip("the scores are not float32") }
    guard scores.summands.count <= FusedAttention.mostSummands else { return .skip("more is added to the scores than the operator takes") }
    for value in [weights, input, scores.product.output, sums.output] where graph.readers(of: value) != 1 {
      return .skip("a step between is read elsewhere")
    }
    guard let queries = AttentionOperand(q, keysLast: false, isScaled: true, in: graph),
      let keys = AttentionOperand(k, keysLast: true, isScaled: true, in: graph),
      let values = AttentionOperand(v, keysLast: false, isScaled: false, in: graph), queries.suits(keys), queries.suits(values),
      keys.rows == values.rows
    else { return .skip("the heads do not lie side by side") }

    var patch = Patch(Self.name, in: graph)
    let op = FusedAttention(
      heads: queries.heads, depth: queries.depth, columns: values.depth, scale: Float(scores.scale * queries.scale * keys.scale),
      first: (queries.column, keys.column, values.column), summands: scores.summands.count,
      zeroesRows: unguarded != nil)
    var operands = [
      queries.operand(named: node.name + ".q", in: graph, patch: &patch), keys.operand(named: node.name + ".k", in: graph, patch: &patch),
      values.operand(named: node.name + ".v", in: graph, patch: &patch),
    ]
    for (index, summand) in scores.summands.enumerated() {
      operands.append(summand.operand(named: "\(node.name).summand\(index)", in: graph, patch: &patch))
    }
    let rows = patch.node(.fusedAttention(op), operands, named: node.name + ".rows")
    patch.replace(node.output, with: patch.reshape(rows, to: graph.shape(node.output) ?? [], named: node.name))
    return .apply(patch)
  }

  /// One operand: matrices `[B, H, rows, depth]` as columns of rows that lie one after another.
  private struct AttentionOperand {
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
      guard let view = StridedView(of: id, in: graph, throughScales: isScaled), let count = graph.shape(view.root)?.count else {
        return nil
      }
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

    func suits(_ other: AttentionOperand) -> Bool { batch == other.batch && heads == other.heads }

    /// The rows as `[B, rows, width]`.
    func operand(named name: String, in graph: Graph, patch: inout Patch) -> ValueID {
      let shape: Shape = [batch, rows, width]
      guard graph.shape(root) != shape else { return root }
      return patch.reshape(root, to: shape, named: name)
    }
  }

  /// The p of `Where(IsNaN(p), 0, p)`, where nobody else reads it.
  private func withoutGuard(_ value: ValueID, in graph: Graph) -> ValueID? {
    guard let choice = graph.producer(of: value, as: Where.self), let p = choice.input(2), graph.number(choice.input(1)) == 0 else {
      return nil
    }
    guard let test = graph.producer(of: choice.input(0), as: IsNaN.self), test.input(0) == p else { return nil }
    return graph.readers(of: p) == 2 && graph.readers(of: test.output) == 1 ? p : nil
  }

  /// Scores as a product times a number, and what is added to that.
  private struct Scores {
    let product: NodeOf<MatMul>
    let scale: Double
    /// Innermost first.
    var summands: [Summand] = []

    /// How many sums and reshapes are followed back.
    private static let mostSteps = 16

    /// Follows `value` back through sums, and through reshapes that only move axes of extent 1. `target`: the extents that the softmax
    /// sees.
    static func behind(_ value: ValueID, target: Shape, in graph: Graph, steps: Int = mostSteps) -> Scores? {
      guard steps > 0, let node = graph.producer(of: value), let shape = graph.shape(value) else { return nil }
      if node.op.isReshape, let source = node.inputs[0], graph.readers(of: value) == 1, let from = graph.shape(source) {
        return from.withoutOnes == target.withoutOnes ? behind(source, target: target, in: graph, steps: steps - 1) : nil
      }
      if case .add = node.op, let left = node.inputs[0], let right = node.inputs[1], graph.readers(of: value) == 1 {
        for (rest, other) in [(left, right), (right, left)] where graph.shape(rest) == shape {
          guard let summand = Summand(other, within: shape, target: target, in: graph) else { continue }
          guard var scores = behind(rest, target: target, in: graph, steps: steps - 1) else { continue }
          scores.summands.append(summand)
          return scores
        }
        return nil
      }
      let factors = Factors(of: value, in: graph)
      guard factors.values.count == 1, let product = graph.producer(of: factors.values[0], as: MatMul.self), product.isPlain else {
        return nil
      }
      guard graph.shape(product.output) == target, graph.shape(value)?.withoutOnes == target.withoutOnes else { return nil }
      return Scores(product: product, scale: factors.scale)
    }
  }

  /// What is added to the scores, with the extents that it has beside `[B, H, I, J]`.
  private struct Summand {
    let value: ValueID
    let shape: Shape

    /// nil where it does not span the keys. `within`: the extents of the sum.
    init?(_ value: ValueID, within sum: Shape, target: Shape, in graph: Graph) {
      guard graph[value].type.element == .float32, let own = graph.shape(value), own.rank <= sum.rank else { return nil }
      let padded = own.padded(to: sum.rank)
      var extents = (0..<sum.rank).filter { sum[$0] != 1 }.map { padded[$0] }[...]
      guard extents.count == target.withoutOnes.count else { return nil }
      var dims = target.dims.map { $0 == 1 ? 1 : extents.removeFirst() }
      guard dims.last == target.dims.last, zip(dims, target.dims).allSatisfy({ $0 == $1 || $0 == 1 }) else { return nil }
      if dims.count == 3 { dims.insert(1, at: 0) }
      self.value = value
      shape = Shape(dims)
    }

    func operand(named name: String, in graph: Graph, patch: inout Patch) -> ValueID {
      guard graph.shape(value) != shape else { return value }
      if let constant = graph.constant(value) { return patch.constant(constant.reshaped(shape), named: graph[value].name) }
      return patch.reshape(value, to: shape, named: name)
    }
  }
}

extension Shape {
  /// The extents other than 1.
  fileprivate var withoutOnes: [Int] { dims.filter { $0 != 1 } }
}

extension NodeOf<MatMul> {
  /// Whether nothing follows the sums.
  fileprivate var isPlain: Bool { op.activation == .none && input(2) == nil && input(3) == nil }
}
