/// Offsets for blocks such that no two that are needed at the same time share a byte.
///
/// The largest block is placed first, each in the smallest gap that holds it between those already placed; once more in the order of
/// first use, and the smaller arena of the two is kept.
package struct ArenaAssignment {
  package private(set) var offsets: [Int]
  package private(set) var byteCount: Int

  package init(offsets: [Int], byteCount: Int) {
    self.offsets = offsets
    self.byteCount = byteCount
  }

  /// How many pairs of blocks may be needed at the same time.
  package static let mostPairs = 1 << 21

  /// - Returns: nil where more pairs of blocks are needed at the same time.
  package init?(_ blocks: [MemoryBlock], mostPairs: Int = Self.mostPairs) {
    guard let neighbours = Neighbours(blocks, mostPairs: mostPairs) else { return nil }
    let bySize = sorted(blocks.count) { (-blocks[$0].bytes, $0) < (-blocks[$1].bytes, $1) }
    let one = Self.place(blocks, bySize, neighbours), other = Self.place(blocks, Array(blocks.indices), neighbours)
    (offsets, byteCount) = one.1 <= other.1 ? one : other
  }

  private static func place(_ blocks: [MemoryBlock], _ order: [Int], _ neighbours: Neighbours) -> ([Int], Int) {
    var offsets = [Int](repeating: -1, count: blocks.count)
    var end = 0
    for index in order {
      let bytes = align(blocks[index].bytes)
      var taken: [Int] = []
      for other in neighbours.of(index) where offsets[other] >= 0 && blocks[other].bytes > 0 { taken.append(other) }
      heapSort(&taken) { (offsets[$0], $0) < (offsets[$1], $1) }
      var best: (offset: Int, gap: Int)?
      var cursor = 0
      for other in taken {
        let gap = offsets[other] - cursor
        if gap >= bytes, gap < best?.gap ?? .max { best = (cursor, gap) }
        cursor = max(cursor, offsets[other] + align(blocks[other].bytes))
      }
      offsets[index] = best?.offset ?? cursor
      end = max(end, offsets[index] + bytes)
    }
    return (offsets, end)
  }

  package static func align(_ bytes: Int) -> Int {
    (bytes + BundleFormat.blobAlignment - 1) / BundleFormat.blobAlignment * BundleFormat.blobAlignment
  }
}

/// For each block those that are needed at the same time.
private struct Neighbours {
  private var lists: [[Int32]]

  func of(_ block: Int) -> some Sequence<Int> { lists[block].lazy.map { Int($0) } }

  /// nil where there are more than so many pairs.
  init?(_ blocks: [MemoryBlock], mostPairs: Int) {
    lists = [[Int32]](repeating: [], count: blocks.count)
    var pairs = 0
    var live: [Int] = []
    for index in sorted(blocks.count, by: { (blocks[$0].first, $0) < (blocks[$1].first, $1) }) {
      live.removeAll { blocks[$0].last < blocks[index].first }
      pairs += live.count
      guard pairs <= mostPairs else { return nil }
      for other in live {
        lists[other].append(Int32(index))
        lists[index].append(Int32(other))
      }
      live.append(index)
    }
  }
}
