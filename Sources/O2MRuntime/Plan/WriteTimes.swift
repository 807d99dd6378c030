/// When each byte of the arena was last written: a tree over the stretches between the bounds of all slots, so that a write and a look
/// cost the same however many slots there are.
package struct WriteTimes {
  /// Where slots begin and end, ascending. No slot begins or ends inside a stretch, so one is written as a whole or not at all.
  private let bounds: [Int]
  /// As many leaves as there are bounds at least, a power of two; the parent of node i is i / 2.
  private let leafCount: Int
  /// The last write that covered all of a node, and the last that covered any of it.
  private var whole: [Int]
  private var any: [Int]

  package init(_ ranges: [Range<Int>]) {
    var bounds: [Int] = []
    bounds.reserveCapacity(2 * ranges.count)
    for range in ranges where !range.isEmpty {
      bounds.append(range.lowerBound)
      bounds.append(range.upperBound)
    }
    heapSort(&bounds) { $0 < $1 }
    self.bounds = bounds
    var leafCount = 1
    while leafCount < bounds.count { leafCount *= 2 }
    self.leafCount = leafCount
    whole = [Int](repeating: 0, count: 2 * leafCount)
    any = whole
  }

  /// Notes a write; `time` is later than any before.
  package mutating func write(_ range: Range<Int>, at time: Int) {
    let leaves = leaves(range)
    guard !leaves.isEmpty else { return }
    var low = leaves.lowerBound, high = leaves.upperBound
    while low < high {
      if low & 1 == 1 {
        whole[low] = time
        any[low] = time
        low += 1
      }
      if high & 1 == 1 {
        high -= 1
        whole[high] = time
        any[high] = time
      }
      low /= 2
      high /= 2
    }
    var (first, last) = (leaves.lowerBound, leaves.upperBound - 1)
    while first > 0 {
      any[first] = time
      any[last] = time
      first /= 2
      last /= 2
    }
  }

  /// The last write to a byte of `range`, 0 where there was none.
  package func last(_ range: Range<Int>) -> Int {
    let leaves = leaves(range)
    guard !leaves.isEmpty else { return 0 }
    var low = leaves.lowerBound, high = leaves.upperBound, latest = 0
    while low < high {
      if low & 1 == 1 {
        latest = max(latest, any[low])
        low += 1
      }
      if high & 1 == 1 {
        high -= 1
        latest = max(latest, any[high])
      }
      low /= 2
      high /= 2
    }
    // A write that begins or ends in the range was noted there; one that does neither covers the last leaf.
    var leaf = leaves.upperBound - 1
    while leaf > 0 {
      latest = max(latest, whole[leaf])
      leaf /= 2
    }
    return latest
  }

  /// The leaves of the stretches that have a byte in `range`.
  private func leaves(_ range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty else { return leafCount..<leafCount }
    let low = max(1, boundCount(upTo: range.lowerBound)) - 1, high = boundCount(upTo: range.upperBound - 1)
    return leafCount + low..<leafCount + max(low, high)
  }

  /// How many bounds are `byte` or less.
  private func boundCount(upTo byte: Int) -> Int {
    var low = 0, high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] <= byte { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
