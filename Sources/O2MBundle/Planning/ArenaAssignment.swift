import O2MRuntime

/// Offsets for blocks such that no two that are needed at the same time share a byte.
///
/// The largest block is placed first, each in the smallest gap that holds it between those already placed; once more in the order of
/// first use, and the smaller arena of the two is kept. Where too many blocks are needed at the same time for that, they are placed as
/// they are needed.
struct ArenaAssignment {
  private(set) var offsets: [Int]
  private(set) var byteCount: Int

  /// How many pairs of blocks may be needed at the same time before they are placed as they are needed.
  static let mostPairs = 1 << 21

  init(_ blocks: [MemoryBlock], mostPairs: Int = Self.mostPairs) {
    guard let neighbours = Neighbours(blocks, mostPairs: mostPairs) else {
      (offsets, byteCount) = Self.placeInTurn(blocks)
      return
    }
    let bySize = blocks.indices.sorted { (-blocks[$0].bytes, $0) < (-blocks[$1].bytes, $1) }
    let one = Self.place(blocks, bySize, neighbours), other = Self.place(blocks, Array(blocks.indices), neighbours)
    (offsets, byteCount) = one.1 <= other.1 ? one : other
  }

  private static func place(_ blocks: [MemoryBlock], _ order: [Int], _ neighbours: Neighbours) -> ([Int], Int) {
    var offsets = [Int](repeating: -1, count: blocks.count)
    var end = 0
    for index in order {
      let bytes = align(blocks[index].bytes)
      let taken = neighbours.of(index).filter { offsets[$0] >= 0 && blocks[$0].bytes > 0 }.sorted { (offsets[$0], $0) < (offsets[$1], $1) }
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

  /// Places each block when it is first needed, in memory that was given back by then.
  private static func placeInTurn(_ blocks: [MemoryBlock]) -> ([Int], Int) {
    var offsets = [Int](repeating: 0, count: blocks.count)
    var memory = FreeMemory()
    let byEnd = blocks.indices.sorted { (blocks[$0].last, $0) < (blocks[$1].last, $1) }
    var ended = 0
    for index in blocks.indices.sorted(by: { (blocks[$0].first, $0) < (blocks[$1].first, $1) }) {
      while blocks[byEnd[ended]].last < blocks[index].first {
        memory.release(offsets[byEnd[ended]], align(blocks[byEnd[ended]].bytes))
        ended += 1
      }
      offsets[index] = memory.take(align(blocks[index].bytes))
    }
    return (offsets, memory.end)
  }

  private static func align(_ bytes: Int) -> Int {
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
    for index in blocks.indices.sorted(by: { (blocks[$0].first, $0) < (blocks[$1].first, $1) }) {
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
