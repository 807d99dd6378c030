import O2MOps
import O2MRuntime
import O2MTensor

/// Which slots lie in the buffer of another as a run of its channels, so that Concat and Split along channels move nothing.
///
/// A part of a Split lies in its input; an input of a Concat lies in the output, if whoever writes and reads it takes a pitch. What
/// does not suit stays where it is and is copied, as does a part without elements, which is no run of channels.
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
  private var roots: [Home]

  /// No slices.
  init(slots: Int) {
    homes = [Home?](repeating: nil, count: slots)
    roots = (0..<slots).map { Home(slot: $0, channel: 0) }
  }

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
    roots = Self.roots(homes)
    removeCrossings(splits + concats)
  }

  /// The slot in whose memory this one lies in the end, and the channels before it there.
  func root(_ slot: Int) -> Home { roots[slot] }

  /// The root of every slot. Each way to a root is walked once, and back.
  private static func roots(_ homes: [Home?]) -> [Home] {
    var roots = [Home?](repeating: nil, count: homes.count)
    for slot in homes.indices {
      var way: [Int] = [], end = slot
      while roots[end] == nil, let next = homes[end] {
        way.append(end)
        end = next.slot
      }
      var root = roots[end] ?? Home(slot: end, channel: 0)
      roots[end] = root
      for step in way.reversed() {
        root.channel += homes[step]?.channel ?? 0
        roots[step] = root
      }
    }
    return roots.compactMap { $0 }
  }

  private mutating func place(_ operation: ConcatOrSplit, _ suited: [Bool], _ plan: Plan, _ graph: FlatGraph) {
    guard operation.parts.count <= Self.mostParts, Self.isBuffer(plan.slots[operation.whole]) else { return }
    var channel = 0
    let counts = Dictionary(operation.parts.compactMap { part in part.map { ($0, 1) } }, uniquingKeysWith: +)
    for case let part? in operation.parts {
      let shape = graph.values[plan.slots[part].value].shape
      if suited[part], counts[part] == 1, shape.count > 0, homes[part] == nil {
        homes[part] = Home(slot: operation.whole, channel: channel)
      }
      channel += shape[1]
    }
  }

  /// One that copies must not do so inside of one buffer: where one would, that buffer gets no slices. What then lies alone crosses nothing.
  private mutating func removeCrossings(_ operations: [ConcatOrSplit]) {
    var isCrossed = [Bool](repeating: false, count: homes.count)
    for operation in operations {
      let home = root(operation.whole).slot
      for case let part? in operation.parts where homes[part]?.slot != operation.whole && root(part).slot == home { isCrossed[home] = true }
    }
    for slot in homes.indices where homes[slot] != nil && isCrossed[root(slot).slot] {
      homes[slot] = nil
      roots[slot] = Home(slot: slot, channel: 0)
    }
  }

  /// More parts than this are copied: whoever reads the plan compares each slice of a buffer with all others.
  private static let mostParts = 256

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
