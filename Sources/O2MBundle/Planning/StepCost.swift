import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// What a step of a plan must do at least, whatever kernel does it.
///
/// - Units: bytes as they are stored, padding of packed weights included; multiply-accumulates.
public struct StepCost: Equatable, Sendable {
  public var macs = 0
  /// Of computed values.
  public var readBytes = 0
  public var writtenBytes = 0
  public var weightBytes = 0

  public var bytes: Int { readBytes + writtenBytes + weightBytes }
}

extension Plan {
  /// The cost of every step. A part of a Concat or Split that lies in the buffer of the whole costs nothing, nor does an alias.
  public func costs(_ graph: FlatGraph) -> [StepCost] {
    steps.map { step in
      switch step {
      case .convert(let from, let to):
        guard case .arena = slots[to].place else { return StepCost() }
        return StepCost(readBytes: bytes(from, graph), writtenBytes: bytes(to, graph))
      case .node(let node, let reads, let writes):
        let flat = graph.nodes[node], output = graph.values[flat.outputs.lowerBound].shape
        if let first = writes.first, let concat = flat.op.channelConcat(rank: output.rank), let whole = reads.first ?? nil {
          let (home, parts) = concat == .concat ? (first, reads.compactMap { $0 }) : (whole, writes)
          let moved = parts.reduce(0) { $0 + (isInside($1, home, graph) ? 0 : bytes($1, graph)) }
          return StepCost(readBytes: moved, writtenBytes: moved)
        }
        if writes.allSatisfy({ if case .alias = slots[$0].place { true } else { false } }) { return StepCost() }
        var cost = StepCost(macs: flat.op.macs(flat.inputs.map { $0.map { graph.values[$0].shape } }, output: output))
        for case let slot? in reads {
          if case .weights = slots[slot].place { cost.weightBytes += bytes(slot, graph) } else { cost.readBytes += bytes(slot, graph) }
        }
        for slot in writes { cost.writtenBytes += bytes(slot, graph) }
        return cost
      }
    }
  }

  private func bytes(_ slot: Int, _ graph: FlatGraph) -> Int {
    guard case .weights(_, let count, _) = slots[slot].place else { return graph.values[slots[slot].value].byteCount }
    return count
  }

  private func isInside(_ part: Int, _ whole: Int, _ graph: FlatGraph) -> Bool {
    guard case .arena(let at) = slots[part].place, case .arena(let start) = slots[whole].place else { return false }
    return slots[part].pitch == slots[whole].pitch && at >= start && at < start + bytes(whole, graph)
  }
}
