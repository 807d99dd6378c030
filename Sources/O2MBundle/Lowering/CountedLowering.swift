import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension FlatModel {
  /// Marks the values whose extents a run decides, of a model that was made from `graphs.computed`. Those whose type is what the file says
  /// are none of them: a run has to give that type.
  ///
  /// Those are what a node gives whose extents follow from what its operands hold, and all that is computed from it. Each gets room for the
  /// most that it was found to take.
  ///
  /// - Errors: `.tooLarge` where a value may take more than a bundle may ask for.
  public mutating func count(_ graphs: SizedGraphs) throws(PlanError) {
    var rooms = [Int?](repeating: nil, count: graph.values.count)
    sizedNodes = [Bool](repeating: false, count: graph.nodes.count)
    for other in graphs.others {
      var flat = graph
      for (index, id) in ids.enumerated() {
        guard let shape = other[id].type.shape else { throw .dynamic(value: other[id].name) }
        flat.values[index] = TypedShape(other[id].type.element, shape)
      }
      sizes.append(Size(graph: flat, derived: [:]))
    }
    for (index, node) in graph.nodes.enumerated() {
      sizedNodes[index] = isSized(node)
      guard node.op.bodies.isEmpty || !node.inputs.contains(where: { $0.map { rooms[$0] != nil } ?? false }) else {
        throw .node(place(of: index), .unsupported(.bodies))
      }
      guard sizedNodes[index] || node.inputs.contains(where: { $0.map { rooms[$0] != nil } ?? false }) else { continue }
      for output in node.outputs where !graphs.typical[ids[output]].isNoted {
        var most = ([graph] + sizes.map(\.graph)).reduce(0) { max($0, $1.values[output].byteCount) }
        // What an operator makes of its first operand by numbers that nobody knows is at most as long as that.
        if sizedNodes[index], let input = node.inputs.first ?? nil, let volume = shape(input).volume, isAnything(node, graphs) {
          most = max(most, volume.clampedTimes(graph.values[output].element.size))
        }
        guard most <= Limits().arenaBytes else {
          throw .tooLarge(value: graphs.typical[ids[output]].name, bytes: most, limit: Limits().arenaBytes)
        }
        rooms[output] = most
      }
    }
    counted = CountedValues(rooms)
  }

  /// Whether the extents of what a node gives follow from what its operands hold in a run.
  private func isSized(_ node: FlatGraph.Node) -> Bool {
    let facts = node.inputs.map { input in input.map { InputFact(TensorType(graph.values[$0]), value: constant($0)) } }
    do throws(OpFault) { _ = try node.op.infer(facts) } catch {
      if case .dataDependent = error { return true }
    }
    return false
  }

  /// Whether an operand that decides extents is known at no length.
  private func isAnything(_ node: FlatGraph.Node, _ graphs: SizedGraphs) -> Bool {
    node.inputs.dropFirst().contains { input in input.map { !graph.isConstant($0) && graphs.typical[ids[$0]].fact.value == nil } ?? false }
  }

  /// Whether a node's operands are read before its kernel is made.
  func isSized(_ node: Int) -> Bool { node < sizedNodes.count && sizedNodes[node] }
}
