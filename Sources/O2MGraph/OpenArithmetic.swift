import O2MOps
import O2MTensor

/// What is computed from open extents, and is the same at all sizes that were tried: whether it is at all others as well.
///
/// Sums and products of extents that are the same at five sizes are the same at all. A quotient, a comparison, a least or greatest of two
/// is not: `max(T, 256)` is 256 at 1, at 101 and at 128. Where such a value matters, the model is not known to be one model at all sizes.
struct OpenArithmetic {
  /// Known values that depend on an open extent, but for those that are the same at all sizes.
  private var dependent: Set<ValueID> = []
  /// Those among them that are no sums and products of extents.
  private var rough: Set<ValueID> = []
  /// Rough values that are the same wherever it was tried.
  private(set) var undecided: Set<ValueID> = []

  init(_ graphs: SizedGraphs) {
    let typical = graphs.typical
    for node in typical.nodes {
      let readsExtents = node.inputs.contains { input in
        input.map { typical[$0].fact.value == nil && !graphs.hasFixedType($0) } ?? false
      }
      guard readsExtents || node.inputs.contains(where: { $0.map(dependent.contains) ?? false }) else { continue }
      let isRough = !isPolynomial(node, typical) || node.inputs.contains { $0.map(rough.contains) ?? false }
      for output in node.outputs where typical[output].fact.value != nil {
        let isFixed = graphs.isFixed(output)
        if isFixed, !isRough { continue }
        dependent.insert(output)
        guard isRough else { continue }
        rough.insert(output)
        if isFixed { undecided.insert(output) }
      }
    }
  }

  /// Whether the outputs are sums and products of what the inputs hold, or of extents.
  private func isPolynomial(_ node: Node, _ graph: Graph) -> Bool {
    switch node.op.code {
    case .shape, .size, .identity, .reshape, .flatten, .squeeze, .unsqueeze, .transpose, .concat, .split, .expand, .tile, .constantOfShape,
      .add, .sub, .mul, .neg, .reduceSum, .reduceProd:
      true
    case .cast:
      node.inputs[0].map { !graph[$0].type.element.isFloat || graph[node.output].type.element.isFloat } ?? false
    case .gather, .slice:
      // Which elements are taken must not depend on extents.
      !node.inputs.dropFirst().contains { $0.map(dependent.contains) ?? false }
    default: false
    }
  }
}

extension SizedGraphs {
  /// A value that was the same at all sizes that were tried, but need not be at others, and that a node reads or the import decided by.
  ///
  /// - Parameter decisions: values by which the import chose a branch, or how often a loop runs.
  public func undecided(_ decisions: [ValueID]) -> ValueID? {
    guard !others.isEmpty else { return nil }
    let undecided = OpenArithmetic(self).undecided
    if let decision = decisions.first(where: undecided.contains) { return decision }
    for node in typical.nodes where node.outputs.contains(where: { typical[$0].fact.value == nil }) {
      if let input = node.inputs.first(where: { $0.map(undecided.contains) ?? false }) { return input }
    }
    return typical.outputs.first(where: undecided.contains)
  }
}
