import O2MOps
import O2MRuntime
import O2MTensor

/// Which slots lie in the buffer of another as a run of its channels, so that Concat and Split along channels move nothing.
///
/// A part of a Split lies in its input; an input of a Concat lies in the output, if whoever writes and reads it takes a pitch. What
/// does not suit stays where it is and is copied.
struct ChannelSlices {
  /// The slot that holds a slice, and the channels before it.
  struct Home: Equatable {
    var slot: Int
    var channel: Int
  }

  /// A Concat or Split along channels.
  private struct ConcatOrSplit {
    var whole: Int
    var parts: [Int?]
  }

  private(set) var homes: [Home?]

  /// No slices.
  init(slots: Int) { homes = [Home?](repeating: nil, count: slots) }

  init(_ plan: Plan, _ graph: FlatGraph) {
    self.init(slots: plan.slots.count)
    let suited = Self.suited(plan, graph)
    var splits: [ConcatOrSplit] = [], concats: [ConcatOrSplit] = []
    for step in plan.steps {
      guard case .node(let node, let reads, let writes) = step, let first = writes.first else { continue }
      switch graph.nodes[node].op.channelConcat(rank: graph.values[plan.slots[first].value].shape.rank) {
      case .concat: concats.append(ConcatOrSplit(whole: first, parts: reads))
      case .split: if let whole = reads[0] { splits.append(ConcatOrSplit(whole: whole, parts: writes)) }
      case nil: break
      }
    }
    for split in splits { place(split, suited.readers, plan, graph) }
    // From the last, so that the outer one of nested Concats has the buffer.
    for concat in concats.reversed() { place(concat, suited.both, plan, graph) }
    removeCrossings(splits + concats)
  }

  /// The slot in whose memory this one lies in the end, and the channels before it there.
  func root(_ slot: Int) -> Home {
    var home = Home(slot: slot, channel: 0)
    while let next = homes[home.slot] { home = Home(slot: next.slot, channel: home.channel + next.channel) }
    return home
  }

  private mutating func place(_ operation: ConcatOrSplit, _ suited: [Bool], _ plan: Plan, _ graph: FlatGraph) {
    guard Self.isBuffer(plan.slots[operation.whole]) else { return }
    var channel = 0
    for case let part? in operation.parts {
      let isOnce = operation.parts.reduce(0) { $0 + ($1 == part ? 1 : 0) } == 1
      if suited[part], isOnce, homes[part] == nil { homes[part] = Home(slot: operation.whole, channel: channel) }
      channel += graph.values[plan.slots[part].value].shape[1]
    }
  }

  /// One that copies must not do so inside of one buffer: where one would, that buffer gets no slices.
  private mutating func removeCrossings(_ operations: [ConcatOrSplit]) {
    var isSettled = false
    while !isSettled {
      isSettled = true
      for operation in operations {
        let home = root(operation.whole).slot
        let crosses = operation.parts.contains { part in part.map { homes[$0]?.slot != operation.whole && root($0).slot == home } ?? false }
        guard crosses else { continue }
        for slot in homes.indices.filter({ homes[$0] != nil && root($0).slot == home }) { homes[slot] = nil }
        isSettled = false
      }
    }
  }

  private static func isBuffer(_ slot: Plan.Slot) -> Bool {
    if case .arena = slot.place { slot.layout == .channelsLast } else { false }
  }

  /// The slots whose readers all take a pitch, and those of them whose writer does too.
  private static func suited(_ plan: Plan, _ graph: FlatGraph) -> (readers: [Bool], both: [Bool]) {
    var readers = plan.slots.map { isBuffer($0) }, both = [Bool](repeating: false, count: plan.slots.count)
    for slot in plan.slots { if case .alias(let source) = slot.place { readers[source] = false } }
    for slot in plan.outputs { readers[slot] = false }
    for step in plan.steps {
      guard case .node(let node, let reads, let writes) = step else { continue }
      let op = graph.nodes[node].op
      let takesSlices = op.code.memory.contains(.channelSlices)
      if !takesSlices { for case let slot? in reads { readers[slot] = false } }
      if takesSlices, writes.count == 1 { both[writes[0]] = true }
    }
    for slot in both.indices { both[slot] = both[slot] && readers[slot] }
    return (readers, both)
  }
}
