import O2MOps
import O2MTensor

/// Why a graph could not be evaluated.
public enum EvaluationError: Error, Equatable, Sendable {
  case inputCount(expected: Int, found: Int)
  case inputType(name: String, expected: TensorType, found: TensorType)
  case node(name: String, OpFault)
}

/// Runs a graph on the operators' references. It is the one evaluator: constant folding, pass checks and parity all use it.
public struct Evaluator: Sendable {
  let graph: Graph

  public init(_ graph: Graph) { self.graph = graph }

  /// The outputs for `inputs`, in the order of the graph's inputs and outputs.
  ///
  /// - Parameters:
  ///   - overrides: values to use instead of the graph's constants, such as rounded weights.
  ///   - observe: sees each node with its outputs as they are computed. Tensors are freed after their last reader.
  public func run(
    _ inputs: [Tensor], overriding overrides: [ValueID: Tensor] = [:], observe: ((Node, [Tensor]) -> Void)? = nil
  ) throws(EvaluationError) -> [Tensor] {
    guard inputs.count == graph.inputs.count else { throw .inputCount(expected: graph.inputs.count, found: inputs.count) }
    var values = [Tensor?](repeating: nil, count: graph.valueCount)
    for (id, tensor) in zip(graph.inputs, inputs) {
      let expected = graph[id].type
      guard tensor.type == expected else { throw .inputType(name: graph[id].name, expected: expected, found: tensor.type) }
      values[id.index] = tensor
    }
    func value(_ id: ValueID) -> Tensor? { values[id.index] ?? overrides[id] ?? graph[id].constant }
    var remaining = (0..<graph.valueCount).map { graph.readers(of: ValueID($0)) }
    for node in graph.nodes {
      let results: [Tensor]
      do throws(OpFault) { results = try node.op.reference(node.inputs.map { $0.flatMap(value) }) } catch {
        throw .node(name: node.name, error)
      }
      observe?(node, results)
      for (id, tensor) in zip(node.outputs, results) where remaining[id.index] > 0 { values[id.index] = tensor }
      for case let input? in node.inputs {
        remaining[input.index] -= 1
        if remaining[input.index] == 0 { values[input.index] = nil }
      }
    }
    return graph.outputs.compactMap(value)
  }
}
