import CO2MPlatform
import Synchronization
import Testing

/// How often each item was worked on, and what a task was told that it must never be told.
private final class Visits {
  let counts: UnsafeMutableBufferPointer<UInt32>
  let threads: UInt32
  let grain: Int
  /// One slot per worker, 64 bytes apart, so that no two workers write to the same place.
  let faults: UnsafeMutableBufferPointer<Int>

  init(count: Int, threads: UInt32, grain: Int) {
    counts = .allocate(capacity: count)
    counts.initialize(repeating: 0)
    faults = .allocate(capacity: Int(threads) * 8)
    faults.initialize(repeating: 0)
    self.threads = threads
    self.grain = max(grain, 1)
  }

  deinit {
    counts.deallocate()
    faults.deallocate()
  }

  func work(_ begin: Int, _ end: Int, _ worker: UInt32) {
    let fits = begin < end && end <= counts.count && worker < threads
    guard fits else { return faults[0] += 1 }
    let isWhole = begin % grain == 0 && (end - begin >= grain || end == counts.count)
    if !isWhole { faults[Int(worker) * 8] += 1 }
    for index in begin..<end { counts[index] += 1 }
  }

  func run(on pool: OpaquePointer?) {
    let task: o2m_task = { context, begin, end, worker in
      Unmanaged<Visits>.fromOpaque(context!).takeUnretainedValue().work(begin, end, worker)
    }
    o2m_pool_run(pool, counts.count, grain, task, Unmanaged.passUnretained(self).toOpaque())
  }
}

/// Items that are done.
private final class Total: Sendable {
  static let count = 1000
  let items = Atomic<Int>(0)
}

private func makePool(_ threads: UInt32) throws -> OpaquePointer {
  let pool: OpaquePointer? = o2m_pool_create(threads)
  return try #require(pool)
}

struct PoolTests {
  /// Counts below, at and above the number of threads; runs that follow at once, alone and in series, so that workers are met going
  /// to sleep and awake.
  @Test(arguments: [0, 1, 2, 3, 1000], [1, 2, 3, 8] as [UInt32])
  func everyItemOnce(count: Int, threads: UInt32) throws {
    let pool = try makePool(threads)
    defer { o2m_pool_destroy(pool) }
    #expect(o2m_pool_threads(pool) == threads)

    for grain in [0, 1, 7, 999, 1000, 5000] {
      let visits = Visits(count: count, threads: threads, grain: grain)
      let runs: UInt32 = 100
      for _ in 0..<runs { visits.run(on: pool) }
      for index in 0..<runs {
        if index % 10 == 0 { o2m_pool_begin(pool) }
        visits.run(on: pool)
        if index % 10 == 7 { o2m_pool_end(pool) }
      }
      #expect(visits.counts.allSatisfy { $0 == 2 * runs })
      #expect(visits.faults.allSatisfy { $0 == 0 })
    }
  }

  /// More items than a share can count, so grains are joined.
  @Test func countsAboveFourBillion() throws {
    let pool = try makePool(2)
    defer { o2m_pool_destroy(pool) }
    let done = Total()
    let task: o2m_task = { context, begin, end, _ in
      Unmanaged<Total>.fromOpaque(context!).takeUnretainedValue().items.add(end - begin, ordering: .relaxed)
    }
    let count = (5 << 32) + 3
    o2m_pool_run(pool, count, 1, task, Unmanaged.passUnretained(done).toOpaque())
    #expect(done.items.load(ordering: .relaxed) == count)
  }

  /// Whoever has the first item keeps it until all but the items of its own piece are done: the others take the rest of its share.
  @Test(arguments: [2, 3, 8] as [UInt32])
  func aHeldThreadHoldsUpOnlyItsPiece(threads: UInt32) throws {
    let pool = try makePool(threads)
    defer { o2m_pool_destroy(pool) }
    let done = Total()
    let task: o2m_task = { context, begin, end, _ in
      let done = Unmanaged<Total>.fromOpaque(context!).takeUnretainedValue()
      if begin == 0 { while done.items.load(ordering: .acquiring) < Total.count - end {} }
      done.items.add(end - begin, ordering: .releasing)
    }
    for _ in 0..<20 {
      done.items.store(0, ordering: .relaxed)
      o2m_pool_run(pool, Total.count, 1, task, Unmanaged.passUnretained(done).toOpaque())
      #expect(done.items.load(ordering: .acquiring) == Total.count)
    }
  }

  /// Pauses longer than the spin, so workers are woken from sleep.
  @Test(arguments: [2, 8] as [UInt32], [false, true])
  func wakesSleepers(threads: UInt32, inSeries: Bool) throws {
    let pool = try makePool(threads)
    defer { o2m_pool_destroy(pool) }
    if inSeries { o2m_pool_begin(pool) }
    let visits = Visits(count: 1000, threads: threads, grain: 1)
    let runs: UInt32 = 100
    for _ in 0..<runs {
      visits.run(on: pool)
      let pause = o2m_nanoseconds() + 200_000
      while o2m_nanoseconds() < pause {}
    }
    #expect(visits.counts.allSatisfy { $0 == runs })
  }

  /// A pool may go before its threads have run at all, or right after a run.
  @Test(arguments: [1, 2, 3, 8] as [UInt32])
  func comesAndGoes(threads: UInt32) throws {
    let visits = Visits(count: 100, threads: threads, grain: 1)
    for _ in 0..<100 {
      o2m_pool_destroy(try makePool(threads))
      let pool = try makePool(threads)
      visits.run(on: pool)
      o2m_pool_destroy(pool)
    }
    #expect(visits.counts.allSatisfy { $0 == 100 })
  }

  @Test func nilRunsHere() {
    let visits = Visits(count: 10, threads: 1, grain: 3)
    visits.run(on: nil)
    #expect(visits.counts.allSatisfy { $0 == 1 })
    #expect(o2m_pool_threads(nil) == 1)
    o2m_pool_begin(nil)
    o2m_pool_end(nil)
    o2m_pool_destroy(nil)
  }

  @Test(arguments: [0, 1025, UInt32.max])
  func refusesThreadCount(threads: UInt32) {
    #expect(o2m_pool_create(threads) == nil)
  }
}
