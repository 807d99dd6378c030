import O2MGraph
import O2MOps
import O2MTensor

/// Computes what follows from constants and shapes alone.
///
///     before   x ── Shape ── Gather(0) ── Unsqueeze ── Concat(−1) ── Reshape(x, ·) ── y
///     after    Reshape(x, constant) ── y
///
/// - Spec: the operators' references.
/// - Parity: exact: the same references that parity compares with.
struct FoldConstants: Pass {
  static let name: StaticString = "fold-constants"
  /// Results above this many elements stay computed where the inputs are smaller than them (an Expand of a scalar, say).
  static let growthLimit = 1 << 16

  var isOfConstants: Bool { true }

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    if node.outputs.allSatisfy({ graph[$0].known != nil }) {
      return replace(node, with: node.outputs.compactMap { graph[$0].known }, in: graph)
    }
    guard !node.inputs.isEmpty, node.inputs.allSatisfy({ $0 == nil || graph.constant($0) != nil }) else { return .notApplicable }
    let inputs = node.inputs.map { graph.constant($0) }
    let size = node.outputs.reduce(0) { $0 + (graph.shape($1)?.count ?? .max / 2) }
    guard size <= max(Self.growthLimit, inputs.reduce(0) { $0 + ($1?.count ?? 0) }) else {
      return .skip("the result is larger than its inputs")
    }
    // Inference has seen the same operands: where the reference still refuses them, the node stays and fails where it runs.
    guard let results = try? node.op.reference(inputs) else { return .notApplicable }
    return replace(node, with: results, in: graph)
  }

  private func replace(_ node: Node, with results: [Tensor], in graph: Graph) -> Verdict {
    var patch = Patch(Self.name, in: graph)
    for (output, tensor) in zip(node.outputs, results) where graph.readers(of: output) > 0 {
      guard !graph.isOutput(output) else { return .skip("the result is a graph output") }
      patch.replace(output, with: patch.constant(tensor, named: graph[output].name))
    }
    guard !patch.isEmpty else { return .notApplicable }
    return .apply(patch)
  }
}
