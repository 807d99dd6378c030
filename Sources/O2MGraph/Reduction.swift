import O2MTensor

/// A tensor with its name.
package struct NamedTensor: Sendable {
  package var name: String
  package var tensor: Tensor

  package init(name: String, tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }
}

/// One step of a `ReducibleGraph`.
package protocol ReducibleStep: Sendable {
  /// nil where an optional input is absent.
  var inputs: [String?] { get }
  /// Those that it gives.
  var outputs: [String] { get }
}

/// A graph as steps that go by names, with what its inputs hold: it can be cut smaller.
package protocol ReducibleGraph: Sendable {
  associatedtype Step: ReducibleStep
  var inputs: [NamedTensor] { get set }
  var constants: [NamedTensor] { get set }
  /// Each after those that it reads.
  var steps: [Step] { get set }
  var outputs: [String] { get set }
}

/// What the values of a graph hold, by name.
package struct ReducibleValues: Sendable {
  package var tensors: [String: Tensor] = [:]
  /// Those that do not depend on an input. What they hold stays constant where the steps that made them go.
  package var constants: Set<String> = []

  package init() {}
}

/// Cuts a graph that is wrong down to the smallest one that is wrong in the same way.
///
/// Values inside become inputs that hold what they held, so what computed them can go; outputs that agree go too. What is left is
/// mostly a single node, or the few that only together are wrong.
package struct GraphReduction<Graph: ReducibleGraph, Reason> {
  private let values: (Graph) -> ReducibleValues?
  private let reason: (Graph) -> Reason?
  /// How many graphs are looked at.
  private let attempts: Int

  /// - Parameters:
  ///   - values: what a graph computes; nil where it cannot run.
  ///   - reason: why a smaller graph is wrong in the same way; nil where it is not.
  package init(attempts: Int = .max, values: @escaping (Graph) -> ReducibleValues?, reason: @escaping (Graph) -> Reason?) {
    self.attempts = attempts
    self.values = values
    self.reason = reason
  }

  /// The smallest graph found, and what is wrong with it.
  package func smallest(_ graph: Graph, _ reason: Reason) -> (Graph, Reason) {
    var best = (graph, reason), left = attempts, shrinks = true
    while shrinks {
      shrinks = false
      for candidate in candidates(best.0) where candidate.size < best.0.size {
        guard left > 0 else { return best }
        left -= 1
        guard let found = self.reason(candidate) else { continue }
        (best, shrinks) = ((candidate, found), true)
        break
      }
    }
    return best
  }

  /// Smaller graphs, the smallest first.
  private func candidates(_ graph: Graph) -> [Graph] {
    guard let values = values(graph) else { return [] }
    let steps = graph.steps.indices
    var all: [Graph] = []
    for step in steps {
      all.append(graph.keeping(graph.steps[step].outputs))
      all.append(graph.cutting(steps.filter { $0 != step }, values))
      all.append(graph.cutting([step], values))
    }
    if graph.outputs.count > 1 { for name in graph.outputs { all.append(graph.keeping([name])) } }
    return all.sorted { $0.size < $1.size }
  }
}

extension ReducibleGraph {
  /// What a smaller graph has less of.
  fileprivate var size: Int { 1000 * steps.count + 10 * (outputs.count + inputs.count) + constants.count }

  /// The graph with only these outputs, and without what only the others need.
  fileprivate func keeping(_ names: [String]) -> Self {
    var graph = self
    graph.outputs = names
    var needed = Set(names), kept: [Step] = []
    for step in steps.reversed() where step.outputs.contains(where: needed.contains) {
      kept.append(step)
      for case let input? in step.inputs { needed.insert(input) }
    }
    graph.steps = kept.reversed()
    graph.inputs = inputs.filter { needed.contains($0.name) }
    graph.constants = constants.filter { needed.contains($0.name) }
    return graph
  }

  /// The graph with these steps replaced by what they gave.
  fileprivate func cutting(_ places: [Int], _ values: ReducibleValues) -> Self {
    var graph = self
    let cut = places.flatMap { steps[$0].outputs }, gone = Set(cut), places = Set(places)
    graph.steps = steps.indices.filter { !places.contains($0) }.map { steps[$0] }
    for name in cut {
      guard let tensor = values.tensors[name] else { continue }
      let value = NamedTensor(name: name, tensor: tensor)
      if values.constants.contains(name) { graph.constants.append(value) } else { graph.inputs.append(value) }
    }
    var outputs = graph.outputs.filter { !gone.contains($0) }
    if outputs.isEmpty, let last = graph.steps.last { outputs = [last.outputs[0]] }
    return graph.keeping(outputs)
  }
}
