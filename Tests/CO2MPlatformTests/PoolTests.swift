import CO2MPlatform
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

private func makePool(_ threads: UInt32) throws -> OpaquePointer {
  let pool: OpaquePointer? = o2m_pool_create(threads)
  return try #require(pool)
}

struct PoolTests {
  /// Counts below, at and above the number of threads; runs follow at once, so workers are found spinning.
  @Test(arguments: [0, 1, 2, 3, 1000], [1, 2, 3, 8] as [UInt32])
  func everyItemOnce(count: Int, threads: UInt32) throws {
    let pool = try makePool(threads)
    defer { o2m_pool_destroy(pool) }
    #expect(o2m_pool_threads(pool) == threads)

    for grain in [0, 1, 7, 999, 1000, 5000] {
      let visits = Visits(count: count, threads: threads, grain: grain)
      let runs: UInt32 = 200
      for _ in 0..<runs { visits.run(on: pool) }
      #expect(visits.counts.allSatisfy { $0 == runs })
      #expect(visits.faults.allSatisfy { $0 == 0 })
    }
  }

  /// Pauses longer than the spin, so workers are woken from sleep.
  @Test(arguments: [2, 8] as [UInt32])
  func wakesSleepers(threads: UInt32) throws {
    let pool = try makePool(threads)
    defer { o2m_pool_destroy(pool) }
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
    o2m_pool_destroy(nil)
  }

  @Test(arguments: [0, 1025, UInt32.max])
  func refusesThreadCount(threads: UInt32) {
    #expect(o2m_pool_create(threads) == nil)
  }
}
