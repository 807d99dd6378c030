import O2MOps
import O2MTensor

/// A run of a graph that goes as far as values are asked for, so that none is held before it is needed or after it was.
public struct PartialEvaluation {
  private let evaluator: Evaluator
  private var values: [Tensor?]
  /// How often each value is still read: by nodes that are to run, and by whoever asks.
  private var remaining: [Int]

  /// - Parameter asked: how often each value is going to be asked for.
  public init(_ evaluator: Evaluator, _ inputs: [Tensor], asked: [ValueID: Int]) throws(EvaluationError) {
    self.evaluator = evaluator
    values = try evaluator.start(inputs)
    let graph = evaluator.graph
    remaining = [Int](repeating: 0, count: graph.valueCount)
    for (id, count) in asked { remaining[id.index] = count }
    for node in graph.nodes.reversed() where node.outputs.contains(where: { remaining[$0.index] > 0 }) {
      for case let input? in node.inputs { remaining[input.index] += 1 }
    }
    for id in graph.inputs where remaining[id.index] == 0 { values[id.index] = nil }
  }

  /// The value, computed now unless it was before. It is freed when it was asked for as often as was said and no node reads it any more.
  public mutating func value(_ id: ValueID) throws(EvaluationError) -> Tensor {
    var open = [id]
    while let next = open.last {
      guard values[next.index] == nil, let node = evaluator.graph.producer(of: next) else {
        open.removeLast()
        continue
      }
      let missing = node.inputs.compactMap(\.self).filter { values[$0.index] == nil && evaluator.graph.producer(of: $0) != nil }
      guard missing.isEmpty else {
        open += missing
        continue
      }
      try run(node)
    }
    guard let tensor = values[id.index] ?? evaluator.graph[id].constant else { preconditionFailure("the value is asked for too often") }
    release(id)
    return tensor
  }

  private mutating func run(_ node: Node) throws(EvaluationError) {
    let results = try evaluator.evaluate(node) { values[$0.index] ?? evaluator.graph[$0].constant }
    for (id, tensor) in zip(node.outputs, results) where remaining[id.index] > 0 { values[id.index] = tensor }
    for case let input? in node.inputs { release(input) }
  }

  private mutating func release(_ id: ValueID) {
    remaining[id.index] -= 1
    if remaining[id.index] <= 0 { values[id.index] = nil }
  }
}
