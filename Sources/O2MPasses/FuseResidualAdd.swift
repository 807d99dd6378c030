import O2MGraph
import O2MOps
import O2MTensor

/// Lets a Conv, Gemm or MatMul add the residual that follows it.
///
///     before   x ── Conv ── c ── Add(r) ── y
///     after    x ── Conv(r) ── y
///
/// - Spec: ONNX Add-14 without broadcasting.
/// - Parity: exact up to one rounding: the residual joins the sum before it is rounded.
/// - After: fold-batchnorm and fold-scale-add, which cannot reach through a residual. Before fuse-activation: the activation of a
///   residual block follows the sum.
struct FuseResidualAdd: Rewrite {
  static let name: StaticString = "fuse-residual-add"

  func rewrite(_ node: NodeOf<Add>, in graph: Graph) -> Verdict {
    guard let left = node.input(0), let right = node.input(1), left != right else { return .notApplicable }
    guard graph.constant(left) == nil, graph.constant(right) == nil else { return .notApplicable }
    guard graph[left].type == graph[right].type else { return .skip("the addends have other shapes") }
    // The layer that runs last can see the other addend; the driver inserts the new node where the Add stood.
    let candidates = [right, left].filter { id in
      guard let layer = graph.producer(of: id), layer.as(ConvTranspose.self) == nil else { return false }
      return if case .linear = layer.op.role([]) { true } else { false }
    }.sorted { (graph[$0].producer ?? NodeID(0)) > (graph[$1].producer ?? NodeID(0)) }
    guard !candidates.isEmpty else { return .skip("no addend comes from a Conv, Gemm or MatMul") }
    var reason: StaticString = "no addend comes from a Conv, Gemm or MatMul"
    for id in candidates {
      switch graph.openLayer(producing: id) {
      case .failure(let refusal): reason = refusal.reason
      case .success(let layer):
        guard layer.residual == nil else {
          reason = "the layer already adds a residual"
          continue
        }
        let residual = id == left ? right : left
        var inputs = layer.node.inputs
        if inputs.count == 2 { inputs.append(nil) }
        var patch = Patch(Self.name, in: graph)
        patch.replace(node.output, with: patch.node(layer.node.op, inputs + [residual], named: layer.node.name))
        return .apply(patch)
      }
    }
    return .skip(reason)
  }
}
