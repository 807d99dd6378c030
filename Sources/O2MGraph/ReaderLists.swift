/// Who reads each value: a linked list of the reading inputs for each, in the order in which they were connected, so that connecting,
/// disconnecting and moving an input cost the same however many readers there are.
struct ReaderLists: Sendable {
  private struct List: Sendable {
    /// Indices of links, -1 for none.
    var first = -1
    var last = -1
    var count = 0
  }

  /// One input of one node.
  private struct Link: Sendable {
    let node: NodeID
    let input: Int
    var value: ValueID?
    var previous = -1
    var next = -1
  }

  private var lists: [List] = []
  private var links: [Link] = []
  /// The link of each node's first input; those of the others follow it.
  private var firstLinks: [Int] = []

  /// The list of the next value.
  mutating func addValue() { lists.append(List()) }

  /// The inputs of the next node.
  mutating func addNode(_ node: NodeID, _ inputs: [ValueID?]) {
    firstLinks.append(links.count)
    for (index, input) in inputs.enumerated() {
      links.append(Link(node: node, input: index))
      if let input { append(links.count - 1, to: input) }
    }
  }

  mutating func removeNode(_ node: NodeID, inputs count: Int) {
    let start = firstLinks[node.index]
    for link in start..<start + count { remove(link) }
  }

  func count(_ value: ValueID) -> Int { lists[value.index].count }

  /// The inputs that read `value`, at most `count`.
  func inputs(_ value: ValueID, atMost count: Int = .max) -> [(node: NodeID, input: Int)] {
    var inputs: [(node: NodeID, input: Int)] = [], link = lists[value.index].first
    while link >= 0, inputs.count < count {
      inputs.append((links[link].node, links[link].input))
      link = links[link].next
    }
    return inputs
  }

  /// The nodes that were connected last, at most `count`.
  func lastNodes(_ value: ValueID, _ count: Int) -> [NodeID] {
    var nodes: [NodeID] = [], link = lists[value.index].last
    while link >= 0, nodes.count < count {
      nodes.append(links[link].node)
      link = links[link].previous
    }
    return nodes
  }

  /// The value that the lists have for an input.
  func value(_ node: NodeID, input: Int) -> ValueID? { links[firstLinks[node.index] + input].value }

  /// Moves all readers of `old` behind those of `new`; the inputs that were moved.
  mutating func move(_ old: ValueID, to new: ValueID) -> [(node: NodeID, input: Int)] {
    let moved = lists[old.index]
    guard old != new, moved.count > 0 else { return [] }
    let inputs = inputs(old)
    for (node, input) in inputs { links[firstLinks[node.index] + input].value = new }
    let last = lists[new.index].last
    links[moved.first].previous = last
    if last < 0 { lists[new.index].first = moved.first } else { links[last].next = moved.first }
    lists[new.index].last = moved.last
    lists[new.index].count += moved.count
    lists[old.index] = List()
    return inputs
  }

  private mutating func append(_ link: Int, to value: ValueID) {
    let last = lists[value.index].last
    links[link].value = value
    links[link].previous = last
    if last < 0 { lists[value.index].first = link } else { links[last].next = link }
    lists[value.index].last = link
    lists[value.index].count += 1
  }

  private mutating func remove(_ link: Int) {
    let (value, previous, next) = (links[link].value, links[link].previous, links[link].next)
    guard let value else { return }
    if previous < 0 { lists[value.index].first = next } else { links[previous].next = next }
    if next < 0 { lists[value.index].last = previous } else { links[next].previous = previous }
    lists[value.index].count -= 1
    links[link].value = nil
  }
}
