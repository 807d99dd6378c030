import O2MOps
import O2MTensor

extension Plan {
  /// Gives every slot in the arena its pitch and its place, as small as they come; nil where a slot is written by no step, or where the
  /// bytes of all slots together cannot be counted.
  ///
  /// - Parameters:
  ///   - counted: the values that have room for more than their type says.
  ///   - many: places blocks of which too many are needed at the same time; without it there is no plan for them.
  package func placed(
    _ graph: FlatGraph, _ homes: ChannelHomes, counted: CountedValues = .none, many: ([MemoryBlock]) -> ArenaAssignment? = { _ in nil }
  ) -> Plan? {
    var plan = self
    for slot in slots.indices { plan.slots[slot].pitch = Operand(graph.values[slots[homes.root(slot).slot].value]).pitch }
    let lifetimes = Lifetimes(plan, graph, homes, counted)
    var sum = 0
    for block in lifetimes.blocks {
      guard block.bytes < Int.max / 4 - sum - BundleFormat.blobAlignment else { return nil }
      sum += block.bytes + BundleFormat.blobAlignment
    }
    guard let arena = ArenaAssignment(lifetimes.blocks) ?? many(lifetimes.blocks) else { return nil }
    for (index, slot) in slots.enumerated() {
      guard case .arena = slot.place else { continue }
      let before = homes.root(index).channel.multipliedReportingOverflow(by: graph.values[slot.value].element.size)
      guard lifetimes.block[index] >= 0, !before.overflow, before.partialValue < Int.max / 4 else { return nil }
      plan.slots[index].place = .arena(arena.offsets[lifetimes.block[index]] + before.partialValue)
    }
    plan.arenaBytes = arena.byteCount
    return plan
  }
}
