/// The order of a graph's nodes: a linked list whose members have labels that ascend, so that adding a node, removing it and comparing
/// it with another cost the same however many there are.
///
/// Where no label is free between two nodes, the smallest range of labels around them that is sparse enough is dealt out anew.
///
/// - Spec: Bender, Cole, Demaine, Farach-Colton, Zito: Two Simplified Algorithms for Maintaining Order in a List, 2002, section 3:
///   O(log n) amortized.
package struct NodeOrder: Sendable, Sequence {
  private struct Place: Sendable {
    var label: Int
    /// -1 at the ends.
    var previous: Int
    var next: Int
  }

  /// By the index of the node; nil for one that is not in the list.
  private var places: [Place?] = []
  private var first = -1
  private var last = -1
  package private(set) var count = 0
  /// How many labels were given, the first of each node among them: what insertions cost.
  package private(set) var labelCount = 0

  package init() {}

  /// Between the labels of nodes that are appended.
  private static let stride = 1 << 20

  /// Puts a new node before `successor`, or at the end.
  package mutating func insert(_ node: NodeID, before successor: NodeID?) {
    while places.count <= node.index { places.append(nil) }
    let next = successor?.index ?? -1, previous = next < 0 ? last : place(next).previous
    if previous >= 0, next >= 0, place(next).label - place(previous).label < 2 { deal(around: previous) }
    let label =
      switch (previous < 0, next < 0) {
      case (true, true): 0
      case (true, false): place(next).label - Self.stride
      case (false, true): place(previous).label + Self.stride
      case (false, false): place(previous).label + (place(next).label - place(previous).label) / 2
      }
    places[node.index] = Place(label: label, previous: previous, next: next)
    if previous < 0 { first = node.index } else { places[previous]?.next = node.index }
    if next < 0 { last = node.index } else { places[next]?.previous = node.index }
    count += 1
    labelCount += 1
  }

  package mutating func remove(_ node: NodeID) {
    let place = place(node.index)
    if place.previous < 0 { first = place.next } else { places[place.previous]?.next = place.next }
    if place.next < 0 { last = place.previous } else { places[place.next]?.previous = place.previous }
    places[node.index] = nil
    count -= 1
  }

  /// Ascends along the order; nil for a node that was removed.
  package func label(_ node: NodeID) -> Int? { places[node.index]?.label }

  package func makeIterator() -> Iterator { Iterator(order: self, index: first) }

  package struct Iterator: IteratorProtocol {
    fileprivate let order: NodeOrder
    fileprivate var index: Int

    package mutating func next() -> NodeID? {
      guard index >= 0 else { return nil }
      defer { index = order.place(index).next }
      return NodeID(index)
    }
  }

  private func place(_ index: Int) -> Place {
    guard let place = places[index] else { preconditionFailure("node \(index) was removed") }
    return place
  }

  /// Spreads the labels around a node, so that at least one is free behind each of them.
  private mutating func deal(around node: Int) {
    var low = node, high = node, members = 1, bits = 1, most = Self.density
    while true {
      let base = (place(node).label >> bits) << bits
      while let place = places[low], place.previous >= 0, self.place(place.previous).label >= base {
        low = place.previous
        members += 1
      }
      while let place = places[high], place.next >= 0, self.place(place.next).label < base + (1 << bits) {
        high = place.next
        members += 1
      }
      if Double(members) <= most {
        let step = (1 << bits) / members
        var member = low
        for index in 0..<members {
          places[member]?.label = base + index * step
          member = place(member).next
        }
        labelCount += members
        return
      }
      bits += 1
      most *= Self.density
    }
  }

  /// A range of 2ⁿ labels may hold the n-th power of this many.
  private static let density = 2 / 1.4
}
