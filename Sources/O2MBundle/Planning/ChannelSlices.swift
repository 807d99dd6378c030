import O2MOps
import O2MRuntime
import O2MTensor

/// Which slots lie in the buffer of another as a run of its channels, so that Concat and Split along channels move nothing.
///
/// A part of a Split lies in its input; an input of a Concat lies in the output, if whoever writes and reads it takes a pitch. What
/// does not suit stays where it is and is copied, as does a part without elements, which is no run of channels.
struct ChannelSlices {
  /// A Concat or Split along channels.
  private struct ConcatOrSplit {
    var whole: Int
    var parts: [Int?]
  }

  private(set) var homes: ChannelHomes

  /// No slices.
  init(slots: Int) { homes = ChannelHomes(slots: slots) }

  init(_ plan: Plan, _ model: FlatModel) {
    let graph = model.graph
    var found = [ChannelHomes.Home?](repeating: nil, count: plan.slots.count)
    let suited = Self.suited(plan, model)
    var splits: [ConcatOrSplit] = [], concats: [ConcatOrSplit] = []
    for step in plan.steps {
      guard case .node(let node, let reads, let writes) = step, let first = writes.first else { continue }
      switch graph.nodes[node].op.channelConcat(rank: graph.values[plan.slots[first].value].shape.rank) {
      case .concat: concats.append(ConcatOrSplit(whole: first, parts: reads))
      case .split: if let whole = reads[0] { splits.append(ConcatOrSplit(whole: whole, parts: writes)) }
      case nil: break
      }
    }
    for split in splits { Self.place(split, suited.readers, plan, model, &found) }
    // From the last, so that the outer one of nested Concats has the buffer.
    for concat in concats.reversed() { Self.place(concat, suited.both, plan, model, &found) }
    homes = ChannelHomes(found)
    removeCrossings(splits + concats)
  }

  /// The slot in whose memory this one lies in the end, and the channels before it there.
  func root(_ slot: Int) -> ChannelHomes.Home { homes.root(slot) }

  private static func place(
    _ operation: ConcatOrSplit, _ suited: [Bool], _ plan: Plan, _ model: FlatModel, _ homes: inout [ChannelHomes.Home?]
  ) {
    guard operation.parts.count <= mostParts, isBuffer(plan.slots[operation.whole]) else { return }
    var channel = 0
    let counts = Dictionary(operation.parts.compactMap { part in part.map { ($0, 1) } }, uniquingKeysWith: +)
    // A place holds at all input shapes, where the channels are as many.
    let graphs = [model.graph] + model.sizes.map(\.graph)
    func shapes(_ slot: Int) -> [Shape] { graphs.map { $0.values[plan.slots[slot].value].shape } }
    guard operation.parts.allSatisfy({ part in part.map { part in shapes(part).allSatisfy { $0[1] == shapes(part)[0][1] } } ?? true })
    else {
      return
    }
    for case let part? in operation.parts {
      let shape = model.graph.values[plan.slots[part].value].shape, hasElements = shapes(part).allSatisfy { $0.count > 0 }
      if suited[part], counts[part] == 1, hasElements, homes[part] == nil {
        homes[part] = ChannelHomes.Home(slot: operation.whole, channel: channel)
      }
      channel += shape[1]
    }
  }

  /// One that copies must not do so inside of one buffer: where one would, that buffer gets no slices. What then lies alone crosses
  /// nothing.
  private mutating func removeCrossings(_ operations: [ConcatOrSplit]) {
    var isCrossed = [Bool](repeating: false, count: homes.slots.count)
    for operation in operations {
      let home = root(operation.whole).slot
      for case let part? in operation.parts where homes[part]?.slot != operation.whole && root(part).slot == home { isCrossed[home] = true }
    }
    for slot in homes.slots where homes[slot] != nil && isCrossed[root(slot).slot] { homes.free(slot) }
  }

  /// More parts than this are copied: whoever reads the plan compares each slice of a buffer with all others.
  private static let mostParts = 256

  private static func isBuffer(_ slot: Plan.Slot) -> Bool {
    if case .arena = slot.place { slot.layout == .channelsLast } else { false }
  }

  /// The slots whose readers all take a pitch, and those of them whose writer does too.
  private static func suited(_ plan: Plan, _ model: FlatModel) -> (readers: [Bool], both: [Bool]) {
    let graph = model.graph
    var readers = plan.slots.map { isBuffer($0) && !model.counted.contains($0.value) },
      both = [Bool](repeating: false, count: plan.slots.count)
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
