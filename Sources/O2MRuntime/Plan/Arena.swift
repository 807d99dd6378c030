import O2MOps
import O2MTensor

/// A piece of memory that is needed from one step to another.
package struct MemoryBlock: Equatable, Sendable {
  package var bytes: Int
  /// The step that writes it first, -1 for an input, and the last step that reads it, the number of steps for an output.
  package var first: Int
  package var last: Int

  package init(bytes: Int, first: Int, last: Int) {
    self.bytes = bytes
    self.first = first
    self.last = last
  }

  package func meets(_ other: MemoryBlock) -> Bool { first <= other.last && other.first <= last }
}

/// Which slots share a block of memory, and for how long.
package struct Lifetimes {
  package private(set) var blocks: [MemoryBlock] = []
  /// The block of each slot in the arena; -1 for weights.
  package private(set) var block: [Int]

  private let homes: ChannelHomes
  private let counted: CountedValues

  package init(_ plan: Plan, _ graph: FlatGraph, _ homes: ChannelHomes, _ counted: CountedValues = .none) {
    self.homes = homes
    self.counted = counted
    block = [Int](repeating: -1, count: plan.slots.count)
    let lastReads = Self.lastReads(plan, homes)
    for slot in plan.inputs { open(slot, plan, graph, at: -1, until: lastReads) }
    for (index, step) in plan.steps.enumerated() {
      switch step {
      case .convert(_, let to): open(to, plan, graph, at: index, until: lastReads)
      case .node(let node, let reads, let writes):
        if let (source, target) = takeover(index, graph.nodes[node].op, reads, writes, plan, graph) {
          block[target] = block[source]
          blocks[block[source]].last = max(index, lastReads[target])
          for slot in writes where slot != target { open(slot, plan, graph, at: index, until: lastReads) }
        } else {
          for slot in writes { open(slot, plan, graph, at: index, until: lastReads) }
        }
      }
    }
  }

  /// Where the first output can take the memory of input 0, because nobody reads it later: the two slots.
  private func takeover(
    _ step: Int, _ op: Op, _ reads: [Int?], _ writes: [Int], _ plan: Plan, _ graph: FlatGraph
  ) -> (Int, Int)? {
    guard op.code.memory.contains(.inPlace), let source = reads.first ?? nil, let target = writes.first, block[source] >= 0,
      case .arena = plan.slots[target].place, blocks[block[source]].last == step,
      plan.slots[source].layout == plan.slots[target].layout,
      graph.values[plan.slots[source].value] == graph.values[plan.slots[target].value],
      !reads.dropFirst().contains(where: { $0.map { block[$0] == block[source] } ?? false }), !counted.touches(plan.slots, reads, writes)
    else { return nil }
    return (source, target)
  }

  private mutating func open(_ slot: Int, _ plan: Plan, _ graph: FlatGraph, at step: Int, until last: [Int]) {
    switch plan.slots[slot].place {
    case .weights, .derived: break
    case .alias(let root): block[slot] = block[root]
    case .arena:
      let root = homes.root(slot).slot
      if block[root] < 0 {
        block[root] = blocks.count
        let value = plan.slots[root].value, bytes = counted.room(value) ?? graph.values[value].byteCount
        blocks.append(MemoryBlock(bytes: bytes, first: step, last: max(step, last[root])))
      }
      block[slot] = block[root]
    }
  }

  /// The last step that touches the memory of each slot, through whatever alias or slice.
  private static func lastReads(_ plan: Plan, _ homes: ChannelHomes) -> [Int] {
    var last = [Int](repeating: -1, count: plan.slots.count)
    // From the last step, so that the way through aliases ends where a later step has gone before.
    func read(_ slot: Int, _ step: Int) {
      var next: Int? = slot
      while let slot = next, last[slot] < step {
        last[slot] = step
        next = plan.slots[slot].source ?? homes[slot]?.slot
      }
    }
    for slot in plan.outputs { read(slot, plan.steps.count) }
    for (index, step) in plan.steps.enumerated().reversed() {
      switch step {
      case .convert(let from, let to):
        read(from, index)
        read(to, index)
      case .node(_, let reads, let writes):
        for case let slot? in reads { read(slot, index) }
        for slot in writes { read(slot, index) }
      }
    }
    return last
  }
}

extension Plan.Slot {
  /// The slot whose memory an alias shares.
  fileprivate var source: Int? { if case .alias(let slot) = place { slot } else { nil } }
}
