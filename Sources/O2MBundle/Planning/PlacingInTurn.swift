import O2MRuntime

extension ArenaAssignment {
  /// Places each block when it is first needed, in memory that was given back by then.
  package init(inTurn blocks: [MemoryBlock]) {
    var offsets = [Int](repeating: 0, count: blocks.count)
    var memory = FreeMemory()
    let byEnd = blocks.indices.sorted { (blocks[$0].last, $0) < (blocks[$1].last, $1) }
    var ended = 0
    for index in blocks.indices.sorted(by: { (blocks[$0].first, $0) < (blocks[$1].first, $1) }) {
      while blocks[byEnd[ended]].last < blocks[index].first {
        memory.release(offsets[byEnd[ended]], Self.align(blocks[byEnd[ended]].bytes))
        ended += 1
      }
      offsets[index] = memory.take(Self.align(blocks[index].bytes))
    }
    self.init(offsets: offsets, byteCount: memory.end)
  }
}
