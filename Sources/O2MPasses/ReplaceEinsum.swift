import O2MGraph
import O2MOps
import O2MTensor

/// Writes an Einsum of one or two operands as the operators that have kernels.
///
///     "ji…->ij"      x ── ReduceSum over … ── Transpose ── y
///     "bik,bkj->bij"   a, b ── Transpose, Reshape to [B…, I, K] and [B…, K, J] ── MatMul ── Reshape, Transpose ── y
///     "bi,bj->bij"   a, b ── Transpose, Reshape to [B…, I…, 1…] and [B…, 1…, J…] ── Mul ── Transpose ── y
///
/// B… are the labels that both operands and the result have, I… and J… those of one operand and the result, K… are summed over.
/// Steps that would change nothing are left out.
///
/// - Spec: ONNX Einsum-12.
/// - Parity: a sum of K products in another order.
struct ReplaceEinsum: Rewrite {
  static let name: StaticString = "replace-einsum"

  func rewrite(_ node: NodeOf<Einsum>, in graph: Graph) -> Verdict {
    var operands: [ValueID] = []
    var shapes: [Shape] = []
    for index in node.node.inputs.indices {
      guard let id = node.input(index), let shape = graph.shape(id) else { return .notApplicable }
      operands.append(id)
      shapes.append(shape)
    }
    guard let (terms, result) = try? node.op.labels(shapes) else { return .notApplicable }
    guard terms.count <= 2 else { return .skip("there are more than two operands") }
    guard terms.allSatisfy({ term in term.indices.allSatisfy { !term[..<$0].contains(term[$0]) } }) else {
      return .skip("it takes a diagonal")
    }
    var patch = Patch(Self.name, in: graph)
    var factors = zip(operands, zip(terms, shapes)).map { Factor(id: $0, labels: $1.0, extents: $1.1.dims) }
    if factors.count == 1 {
      reduce(&factors[0], keeping: result, node.name + ".sum", &patch)
      transpose(&factors[0], to: result, node.name + ".order", &patch)
      guard factors[0].id != operands[0] else { return .skip("it changes nothing") }
      patch.replace(node.output, with: factors[0].id)
      return .apply(patch)
    }
    let a = factors[0], b = factors[1]
    for (axis, label) in a.labels.enumerated() {
      guard let other = b.labels.firstIndex(of: label), a.extents[axis] != b.extents[other] else { continue }
      return .skip("an extent of 1 is repeated")
    }
    reduce(&factors[0], keeping: result + b.labels, node.name + ".a.sum", &patch)
    reduce(&factors[1], keeping: result + a.labels, node.name + ".b.sum", &patch)
    var product = multiply(factors[0], factors[1], result, node.name + ".product", &patch)
    transpose(&product, to: result, node.name + ".order", &patch)
    patch.replace(node.output, with: product.id)
    return .apply(patch)
  }

  /// A value and what its axes are.
  private struct Factor {
    var id: ValueID
    var labels: [Int]
    var extents: [Int]

    func extents(of labels: [Int]) -> [Int] { labels.compactMap { label in self.labels.firstIndex(of: label).map { extents[$0] } } }
  }

  private func reduce(_ x: inout Factor, keeping kept: [Int], _ name: String, _ patch: inout Patch) {
    let axes = x.labels.indices.filter { !kept.contains(x.labels[$0]) }
    guard !axes.isEmpty else { return }
    let list = patch.constant(.indices(axes), named: name + ".axes")
    x.id = patch.node(.reduceSum(ReduceSum(options: ReduceOptions(keepsAxes: false))), [x.id, list], named: name)
    let left = x.labels.indices.filter { !axes.contains($0) }
    x.extents = left.map { x.extents[$0] }
    x.labels = left.map { x.labels[$0] }
  }

  private func transpose(_ x: inout Factor, to labels: [Int], _ name: String, _ patch: inout Patch) {
    guard x.labels != labels else { return }
    let order = labels.compactMap { x.labels.firstIndex(of: $0) }
    x = Factor(
      id: patch.node(.transpose(Transpose(perm: order)), [x.id], named: name), labels: labels, extents: order.map { x.extents[$0] })
  }

  private func reshape(_ id: ValueID, _ from: [Int], _ to: [Int], _ name: String, _ patch: inout Patch) -> ValueID {
    guard from != to else { return id }
    return patch.reshape(id, to: Shape(to), named: name)
  }

  /// The product, with the labels that both have in front, then those of `a`, then those of `b`.
  private func multiply(_ a: Factor, _ b: Factor, _ result: [Int], _ name: String, _ patch: inout Patch) -> Factor {
    let shared = result.filter { a.labels.contains($0) && b.labels.contains($0) }
    let left = result.filter { a.labels.contains($0) && !shared.contains($0) }
    let right = result.filter { b.labels.contains($0) && !shared.contains($0) }
    let summed = a.labels.filter { !result.contains($0) }
    let batch = a.extents(of: shared), rows = a.extents(of: left), columns = b.extents(of: right)
    var a = a, b = b
    transpose(&a, to: shared + left + summed, name + ".a", &patch)
    let extents = batch + rows + columns
    if summed.isEmpty {
      transpose(&b, to: shared + right, name + ".b", &patch)
      let x = reshape(a.id, a.extents, batch + rows + columns.map { _ in 1 }, name + ".a.rows", &patch)
      let y = reshape(b.id, b.extents, batch + rows.map { _ in 1 } + columns, name + ".b.columns", &patch)
      return Factor(id: patch.node(.mul(Mul()), [x, y], named: name), labels: shared + left + right, extents: extents)
    }
    transpose(&b, to: shared + summed + right, name + ".b", &patch)
    let m = rows.reduce(1, *), n = columns.reduce(1, *), k = a.extents(of: summed).reduce(1, *)
    let x = reshape(a.id, a.extents, batch + [m, k], name + ".a.matrix", &patch)
    let y = reshape(b.id, b.extents, batch + [k, n], name + ".b.matrix", &patch)
    let product = patch.node(.matMul(MatMul()), [x, y], named: name)
    return Factor(id: reshape(product, batch + [m, n], extents, name + ".axes", &patch), labels: shared + left + right, extents: extents)
  }
}
