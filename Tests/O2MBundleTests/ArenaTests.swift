import O2MRuntime
import O2MTestSupport
import Testing

import O2MBundle

/// Blocks of all kinds: steps of a chain, values that live long, many at the same time, none.
private func blocks(_ count: Int, living: Int, seed: UInt64) -> [MemoryBlock] {
  var random = Seeded(seed)
  return (0..<count).map { index in
    let bytes = random.next() % 8 == 0 ? 0 : Int(random.next() % 5000)
    return MemoryBlock(bytes: bytes, first: index / 2 - 1, last: index / 2 - 1 + Int(random.next() % UInt64(living)))
  }
}

struct ArenaTests {
  /// Placed by size or as they are needed, no two blocks share a byte while both are needed, and all lie inside, aligned.
  @Test(arguments: [1, 2, 40, 400], [ArenaAssignment.mostPairs, 0])
  func blocksDoNotMeet(living: Int, mostPairs: Int) {
    let blocks = blocks(600, living: living, seed: UInt64(living))
    let arena = ArenaAssignment(blocks, mostPairs: mostPairs) ?? ArenaAssignment(inTurn: blocks)
    for (index, block) in blocks.enumerated() {
      let range = arena.offsets[index]..<arena.offsets[index] + block.bytes
      #expect(range.lowerBound % 64 == 0 && range.upperBound <= arena.byteCount)
      for other in blocks.indices[(index + 1)...] where block.meets(blocks[other]) {
        #expect(!range.overlaps(arena.offsets[other]..<arena.offsets[other] + blocks[other].bytes), "\(index) and \(other)")
      }
    }
  }

  /// What is placed as it is needed takes little more.
  @Test(arguments: [2, 40, 400])
  func placingInTurnTakesLittleMore(living: Int) {
    let blocks = blocks(600, living: living, seed: 3)
    let best = ArenaAssignment(blocks)?.byteCount ?? 0, inTurn = ArenaAssignment(inTurn: blocks).byteCount
    #expect(inTurn <= best * 3 / 2, "\(best) and \(inTurn) bytes")
  }

  /// What was given back is taken again as one: memory does not grow while no more is in use.
  @Test func gapsJoin() {
    var memory = FreeMemory()
    let starts = (0..<8).map { _ in memory.take(64) }
    #expect(starts == (0..<8).map { $0 * 64 } && memory.end == 512)
    for start in [64, 192, 128, 0] { memory.release(start, 64) }
    #expect(memory.take(256) == 0)
    for start in [448, 320, 384] { memory.release(start, 64) }
    #expect(memory.take(128) == 320 && memory.take(128) == 448 && memory.end == 576)
  }
}
