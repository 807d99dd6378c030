import O2MGraph
import O2MOps
import O2MTensor

/// Folds a product, sum, difference or quotient with a constant per channel into the layer that feeds it.
///
///     before   x ── Conv(W, b) ── c ── Mul(s) ── Add(t) ── y
///     after    x ── Conv(W · s, b · s + t) ── y
///
/// - Spec: ONNX Mul-14, Add-14, Sub-14, Div-14 with broadcasting; the constant is a scalar or differs along the channel axis only.
/// - Parity: 1e-6 relative: the factor is applied in float64 and rounded once.
/// - After: fold-batchnorm, whose result it may scale again.
struct FoldScaleAdd: Pass {
  static let name: StaticString = "fold-scale-add"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard case .arithmetic(let kind) = node.op.role([]), kind != .power, node.inputs.count == 2, let left = node.inputs[0],
      let right = node.inputs[1]
    else { return .notApplicable }
    let constantFirst = graph.constant(left) != nil
    if constantFirst && !kind.commutes { return .notApplicable }
    let source = constantFirst ? right : left
    guard let constant = graph.constant(constantFirst ? left : right), constant.element == .float32 else { return .notApplicable }
    switch graph.openLayer(producing: source) {
    case .failure(let refusal): return .skip(refusal.reason)
    case .success(let layer):
      guard layer.residual == nil else { return .skip("the layer adds a residual") }
      guard let shape = graph.shape(source), let values = perChannel(constant, shape, axis: layer.channelAxis(rank: shape.rank)),
        graph[node.output].type == graph[source].type
      else { return .skip("the constant is not per channel") }
      guard kind != .divide || !values.contains(0) else { return .skip("a divisor is zero") }
      let one = [Double](repeating: 1, count: values.count), zero = [Double](repeating: 0, count: values.count)
      var patch = Patch(Self.name, in: graph)
      let (scale, shift) =
        switch kind {
        case .multiply: (values, zero)
        case .divide: (values.map { 1 / $0 }, zero)
        case .add: (one, values)
        case .subtract: (one, values.map { -$0 })
        case .power: preconditionFailure("declined above")
        }
      patch.replace(node.output, with: layer.rescaled(by: scale, shift: shift, suffix: kind.suffix, in: graph, patch: &patch))
      return .apply(patch)
    }
  }

  /// One value per channel of `axis`; nil where the constant differs along another one.
  private func perChannel(_ constant: Tensor, _ shape: Shape, axis: Int) -> [Double]? {
    let values = constant.doubles()
    if values.count == 1, constant.shape.rank <= shape.rank { return [Double](repeating: values[0], count: shape[axis]) }
    guard constant.shape.rank <= shape.rank else { return nil }
    let padded = constant.shape.padded(to: shape.rank)
    guard padded[axis] == shape[axis], padded.count == shape[axis] else { return nil }
    return values
  }
}

extension Arithmetic {
  fileprivate var commutes: Bool { self == .multiply || self == .add }
  fileprivate var suffix: String { self == .multiply || self == .divide ? ".scaled" : ".shifted" }
}
