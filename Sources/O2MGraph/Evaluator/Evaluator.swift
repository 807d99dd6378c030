import O2MOps
import O2MTensor

/// Why a graph could not be evaluated.
public enum EvaluationError: Error, Equatable, Sendable {
  case inputCount(expected: Int, found: Int)
  case inputType(name: String, expected: TensorType, found: TensorType)
  /// The operator of a node refused what its inputs hold.
  case node(NodePlace, OpFault)
  /// The operator of a node refused operands whose extents must follow from what others hold that the graph does not know.
  case shapes(NodePlace, OpFault)
}

/// Runs a graph on the operators' references. It is the one evaluator: constant folding, pass checks and parity all use it.
public struct Evaluator: Sendable {
  public let graph: Graph
  /// nil for the plain references alone, whose bits are the same.
  public let loops: FastLoops?

  public init(_ graph: Graph, loops: FastLoops? = FastLoops()) {
    self.graph = graph
    self.loops = loops
  }

  /// The outputs for `inputs`, in the order of the graph's inputs and outputs.
  ///
  /// - Parameters:
  ///   - observe: sees each node with its outputs as they are computed. Tensors are freed after their last reader.
  ///   - replace: is asked before each node with what its operands hold; tensors that it gives stand in their places from there on.
  public func run(
    _ inputs: [Tensor], observe: ((Node, [Tensor]) -> Void)? = nil, replace: ((Node, [Tensor?]) -> [ValueID: Tensor])? = nil
  ) throws(EvaluationError) -> [Tensor] {
    var values = try start(inputs)
    var remaining = (0..<graph.valueCount).map { graph.readers(of: ValueID($0)) }
    for node in graph.nodes {
      if let replace {
        for (id, tensor) in replace(node, node.inputs.map { $0.flatMap { values[$0.index] ?? graph[$0].constant } }) {
          values[id.index] = tensor
        }
      }
      let results = try evaluate(node) { values[$0.index] ?? graph[$0].constant }
      observe?(node, results)
      for (id, tensor) in zip(node.outputs, results) where remaining[id.index] > 0 { values[id.index] = tensor }
      for case let input? in node.inputs {
        remaining[input.index] -= 1
        if remaining[input.index] == 0 { values[input.index] = nil }
      }
    }
    return graph.outputs.compactMap { values[$0.index] ?? graph[$0].constant }
  }

  /// Every value of one run, for `rerun`.
  public struct Trace: Sendable {
    /// In their order, which takes long to ask the graph for.
    public let nodes: [Node]
    var values: [Tensor?]
    public let outputs: [Tensor]

    /// nil for a constant.
    public subscript(id: ValueID) -> Tensor? { values[id.index] }
  }

  public func trace(_ inputs: [Tensor]) throws(EvaluationError) -> Trace {
    var values = try start(inputs)
    let nodes = graph.nodes
    for node in nodes {
      let results = try evaluate(node) { values[$0.index] ?? graph[$0].constant }
      for (id, tensor) in zip(node.outputs, results) { values[id.index] = tensor }
    }
    return Trace(nodes: nodes, values: values, outputs: graph.outputs.compactMap { values[$0.index] ?? graph[$0].constant })
  }

  /// The outputs of the traced run had these values been `overrides`; only nodes behind a changed value run.
  ///
  /// - Parameter first: the number of a node that no reader of an override stands before.
  public func rerun(
    _ trace: Trace, overriding overrides: [ValueID: Tensor], from first: Int = 0
  ) throws(EvaluationError) -> [Tensor] {
    let changed = try changes(trace, overriding: overrides, nodes: first..<trace.nodes.count)
    return graph.outputs.compactMap { changed[$0] ?? trace.values[$0.index] ?? graph[$0].constant }
  }

  /// The values that these nodes of the traced run would have computed otherwise had some values been `overrides`, as far as they are
  /// still to be read, beside the overrides themselves.
  public func changes(
    _ trace: Trace, overriding overrides: [ValueID: Tensor], nodes: Range<Int>
  ) throws(EvaluationError) -> [ValueID: Tensor] {
    var changed = overrides
    var remaining: [ValueID: Int] = [:]
    for node in trace.nodes[nodes] {
      guard node.inputs.contains(where: { $0.map { changed[$0] != nil } ?? false }) else { continue }
      let results = try evaluate(node) { changed[$0] ?? trace.values[$0.index] ?? graph[$0].constant }
      for (id, tensor) in zip(node.outputs, results) {
        changed[id] = tensor
        remaining[id] = graph.readers(of: id)
      }
      for case let input? in node.inputs {
        guard let left = remaining[input] else { continue }
        remaining[input] = left - 1
        // Its last reader has run: the memory can go.
        if left == 1 { changed[input] = nil }
      }
    }
    return changed
  }

  func start(_ inputs: [Tensor]) throws(EvaluationError) -> [Tensor?] {
    guard inputs.count == graph.inputs.count else { throw .inputCount(expected: graph.inputs.count, found: inputs.count) }
    var values = [Tensor?](repeating: nil, count: graph.valueCount)
    for (id, tensor) in zip(graph.inputs, inputs) {
      let expected = graph[id].type
      guard tensor.type == expected else { throw .inputType(name: graph[id].name, expected: expected, found: tensor.type) }
      values[id.index] = tensor
    }
    return values
  }

  func evaluate(_ node: Node, _ value: (ValueID) -> Tensor?) throws(EvaluationError) -> [Tensor] {
    let inputs = node.inputs.map { $0.flatMap(value) }
    defer { for input in inputs { input?.rest() } }
    do throws(OpFault) {
      try graph.limits.checkTime()
      if let outputs = try loops?.outputs(node.op, inputs) { return outputs }
      return try node.op.reference(inputs)
    } catch { throw graph.decidesShapes(node) ? .shapes(graph.place(of: node), error) : .node(graph.place(of: node), error) }
  }
}

extension Graph {
  /// Whether the types of what a node gives follow from what operands hold that only a run knows.
  fileprivate func decidesShapes(_ node: Node) -> Bool {
    do throws(OpFault) { _ = try node.op.infer(facts(node.inputs)) } catch {
      if case .dataDependent = error { return true }
    }
    return false
  }
}
