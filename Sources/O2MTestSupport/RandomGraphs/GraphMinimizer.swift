import O2MGraph
import O2MOps
import O2MTensor

/// Cuts a graph that is wrong down to the smallest one that is wrong in the same way.
///
/// Values inside become inputs that hold what they held, so what computed them can go; outputs that agree go too. What is left is
/// mostly a single node, or the few that only together are wrong.
package struct GraphMinimizer {
  let check: GraphCheck

  package init(_ check: GraphCheck = GraphCheck()) { self.check = check }

  /// The smallest graph found, and what is wrong with it.
  package func minimized(_ recipe: GraphRecipe, _ mismatch: GraphMismatch) -> (GraphRecipe, GraphMismatch) {
    var best = recipe, reason = mismatch
    var shrinks = true
    while shrinks {
      shrinks = false
      for candidate in candidates(best) where candidate.size < best.size {
        guard let found = check.mismatch(candidate), found.isLike(mismatch) else { continue }
        (best, reason, shrinks) = (candidate, found, true)
        break
      }
    }
    return (best, reason)
  }

  /// Smaller graphs, the smallest first.
  private func candidates(_ recipe: GraphRecipe) -> [GraphRecipe] {
    guard let graph = try? recipe.graph(), let run = try? ReferenceRun(graph, recipe.inputTensors) else { return [] }
    var values: [String: Tensor] = [:]
    for (id, tensor) in run.values { values[graph[id].name] = tensor }
    var all: [GraphRecipe] = []
    for step in recipe.steps {
      all.append(recipe.keeping(step.outputs))
      all.append(recipe.cutting(Set(recipe.steps.map { $0.outputs[0] }).subtracting([step.outputs[0]]), values))
      all.append(recipe.cutting([step.outputs[0]], values))
    }
    if recipe.outputs.count > 1 { for name in recipe.outputs { all.append(recipe.keeping([name])) } }
    return all.sorted { $0.size < $1.size }
  }
}

extension GraphRecipe {
  /// What a smaller graph has less of.
  fileprivate var size: Int { 1000 * steps.count + 10 * (outputs.count + inputs.count) + constants.count }

  /// The graph with only these outputs, and without what only the others need.
  fileprivate func keeping(_ names: [String]) -> GraphRecipe {
    var recipe = self
    recipe.outputs = names
    var needed = Set(names)
    var kept: [Step] = []
    for step in steps.reversed() where step.outputs.contains(where: needed.contains) {
      kept.append(step)
      for case let input? in step.inputs { needed.insert(input) }
    }
    recipe.steps = kept.reversed()
    recipe.inputs = inputs.filter { needed.contains($0.name) }
    recipe.constants = constants.filter { needed.contains($0.name) }
    return recipe
  }

  /// The graph with these steps, by their first outputs, replaced by inputs that hold their results.
  fileprivate func cutting(_ names: Set<String>, _ values: [String: Tensor]) -> GraphRecipe {
    var recipe = self
    let cut = steps.filter { names.contains($0.outputs[0]) }.flatMap(\.outputs)
    recipe.steps = steps.filter { !names.contains($0.outputs[0]) }
    recipe.inputs += cut.compactMap { name in values[name].map { Named(name: name, tensor: $0) } }
    let gone = Set(cut)
    var outputs = recipe.outputs.filter { !gone.contains($0) }
    if outputs.isEmpty, let last = recipe.steps.last { outputs = [last.outputs[0]] }
    return recipe.keeping(outputs)
  }
}
