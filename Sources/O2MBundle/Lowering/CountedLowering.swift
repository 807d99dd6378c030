import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension FlatModel {
  /// Marks the values whose extents a run decides. Those whose type is what the file says are none of them: a run has to give that type.
  ///
  /// Those are what a node gives whose extents follow from what its operands hold, and all that is computed from it. Each gets room for the
  /// most that it was found to take.
  ///
  /// - Parameter isOpen: whether the room is still to be found, since it follows from input shapes; see `fitRooms`.
  /// - Returns: what nodes give whose extents follow from what their operands hold.
  mutating func count(_ graphs: SizedGraphs, isOpen: Bool) throws(PlanError) -> [Int] {
    var rooms = [Int?](repeating: nil, count: graph.values.count), bounds: [Int] = []
    sizedNodes = [Bool](repeating: false, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      sizedNodes[index] = isSized(node)
      if !node.op.bodies.isEmpty, case let value?? = node.inputs.first(where: { $0.map { rooms[$0] != nil } ?? false }) {
        throw .countedOperand(place(of: index), value: graphs.typical[ids[value]].name)
      }
      guard sizedNodes[index] || node.inputs.contains(where: { $0.map { rooms[$0] != nil } ?? false }) else { continue }
      for output in node.outputs where !graphs.typical[ids[output]].isNoted {
        if sizedNodes[index] { bounds.append(output) }
        var most = ([graph] + sizes.map(\.graph)).reduce(0) { max($0, $1.values[output].byteCount) }
        // What an operator makes of its first operand by numbers that nobody knows is at most as long as that.
        if sizedNodes[index], let input = node.inputs.first ?? nil, let volume = shape(input).volume, isAnything(node, graphs) {
          most = max(most, volume.clampedTimes(graph.values[output].element.size))
        }
        rooms[output] = most
      }
    }
    counted = CountedValues(rooms)
    if !isOpen { try checkRooms(graphs) }
    return bounds
  }

  /// Gives the values the rooms that a device finds at the same input shapes.
  ///
  /// - Errors: `.bound` where results were longer than that at one of the lengths that were tried.
  mutating func fitRooms(_ graphs: SizedGraphs) throws(PlanError) {
    let all = [graph] + sizes.map(\.graph)
    for (number, size) in all.enumerated() {
      let longest = number == 0 ? 0 : graphs.longest[number - 1]
      guard let rooms = counted.resized(all[longest]) else { throw .bound(value: graphs.typical.name) }
      for value in graph.values.indices {
        guard let room = rooms.room(value), size.values[value].byteCount > room else { continue }
        throw .bound(value: graphs.typical[ids[value]].name)
      }
      if number > 0, longest == number { sizes[number - 1].rooms = rooms }
    }
    if let rooms = counted.resized(graph) { counted = rooms }
    try checkRooms(graphs)
  }

  private func checkRooms(_ graphs: SizedGraphs) throws(PlanError) {
    let limit = Limits().arenaBytes
    for (value, room) in counted.rooms.enumerated() {
      guard let room, room > limit else { continue }
      throw .tooLarge(value: graphs.typical[ids[value]].name, bytes: room, limit: limit)
    }
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
