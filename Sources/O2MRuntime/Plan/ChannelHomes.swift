/// The slots that lie in the buffer of another as a run of its channels.
package struct ChannelHomes: Equatable, Sendable {
  /// The slot that holds a slice, and the channels before it.
  package struct Home: Equatable, Sendable {
    package var slot: Int
    package var channel: Int

    package init(slot: Int, channel: Int) {
      self.slot = slot
      self.channel = channel
    }
  }

  private var homes: [Home?]
  private var roots: [Home]

  /// No slices.
  package init(slots: Int) {
    homes = [Home?](repeating: nil, count: slots)
    roots = []
    for slot in 0..<slots { roots.append(Home(slot: slot, channel: 0)) }
  }

  /// The homes of slots, of which none lies in itself, through whatever others.
  package init(_ homes: [Home?]) {
    self.homes = homes
    roots = Self.roots(homes)
  }

  package var slots: Range<Int> { homes.indices }

  /// Where a slot lies; nil for one that has memory of its own.
  package subscript(slot: Int) -> Home? { homes[slot] }

  /// The slot in whose memory this one lies in the end, and the channels before it there.
  package func root(_ slot: Int) -> Home { roots[slot] }

  /// Gives a slot memory of its own; nothing lies in it.
  package mutating func free(_ slot: Int) {
    homes[slot] = nil
    roots[slot] = Home(slot: slot, channel: 0)
  }

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
    var all: [Home] = []
    for case let root? in roots { all.append(root) }
    return all
  }
}
