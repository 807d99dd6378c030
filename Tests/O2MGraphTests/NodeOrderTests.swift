import O2MTestSupport
import Testing

import O2MGraph

struct NodeOrderTests {
  /// Where each new node goes, given the list so far.
  enum Insertion: CaseIterable {
    case back, front, beforeTheLast, behindTheFirst, anywhere
  }

  /// The order is that of a plain array, and labels ascend along it.
  @Test(arguments: Insertion.allCases)
  func keepsTheOrder(insertion: Insertion) {
    var order = NodeOrder(), expected: [NodeID] = [], random = Seeded(7)
    for index in 0..<2000 {
      if index % 5 == 4 { order.remove(expected.remove(at: random.number(below: expected.count))) }
      let place = place(insertion, expected.count, &random)
      order.insert(NodeID(index), before: place < expected.count ? expected[place] : nil)
      expected.insert(NodeID(index), at: place)
    }
    #expect(Array(order) == expected)
    #expect(order.count == expected.count)
    let labels = expected.compactMap { order.label($0) }
    #expect(labels.count == expected.count && zip(labels, labels.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// However they are inserted, each costs a few labels.
  @Test(arguments: Insertion.allCases)
  func givesFewLabels(insertion: Insertion) {
    var order = NodeOrder(), random = Seeded(7), nodes: [NodeID] = []
    let count = 1 << 15
    for index in 0..<count {
      let successor: NodeID? =
        switch insertion {
        case .back: nil
        case .front: nodes.last
        case .beforeTheLast: nodes.first
        case .behindTheFirst: index < 2 ? nil : nodes.last
        case .anywhere: nodes.isEmpty ? nil : nodes[random.number(below: nodes.count)]
        }
      order.insert(NodeID(index), before: successor)
      nodes.append(NodeID(index))
    }
    #expect(order.labelCount <= 32 * count)
  }

  private func place(_ insertion: Insertion, _ count: Int, _ random: inout Seeded) -> Int {
    switch insertion {
    case .back: count
    case .front: 0
    case .beforeTheLast: max(0, count - 1)
    case .behindTheFirst: min(1, count)
    case .anywhere: random.number(below: count + 1)
    }
  }
}

extension Seeded {
  fileprivate mutating func number(below count: Int) -> Int { Int(next() % UInt64(count)) }
}
