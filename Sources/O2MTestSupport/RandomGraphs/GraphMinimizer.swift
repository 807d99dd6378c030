import O2MGraph

/// Cuts a random graph that is wrong down to the smallest one that is wrong in the same way.
package struct GraphMinimizer {
  let check: GraphCheck

  package init(_ check: GraphCheck = GraphCheck()) { self.check = check }

  /// The smallest graph found, and what is wrong with it.
  package func minimized(_ recipe: GraphRecipe, _ mismatch: GraphMismatch) -> (GraphRecipe, GraphMismatch) {
    let reduction = GraphReduction<GraphRecipe, GraphMismatch>(values: \.values) { candidate in
      check.mismatch(candidate).flatMap { $0.isLike(mismatch) ? $0 : nil }
    }
    return reduction.smallest(recipe, mismatch)
  }
}

extension GraphRecipe: ReducibleGraph {
  /// What the references make of it; nil where it cannot be built.
  fileprivate var values: ReducibleValues? {
    guard let graph = try? graph(), let run = try? ReferenceRun(graph, inputTensors) else { return nil }
    var values = ReducibleValues()
    for (id, tensor) in run.values { values.tensors[graph[id].name] = tensor }
    return values
  }
}

extension GraphRecipe.Step: ReducibleStep {}
