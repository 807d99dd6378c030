import CO2MAffinity
import CO2MPlatform
import Synchronization
import Testing

/// What the two threads of a run saw, by worker: the CPU in the upper half, the number of the thread, never 0, in the lower.
private final class Sightings: Sendable {
  private let caller = Atomic<Int64>(0), worker = Atomic<Int64>(0)

  var isWhole: Bool { caller.load(ordering: .acquiring) != 0 && worker.load(ordering: .acquiring) != 0 }
  var workersThread: Int32 { Int32(truncatingIfNeeded: worker.load(ordering: .acquiring)) }
  var workersCPU: Int64 { worker.load(ordering: .acquiring) >> 32 }

  func see(_ index: UInt32) {
    let seen = Int64(o2m_current_cpu()) << 32 | Int64(o2m_thread())
    if index == 0 { caller.store(seen, ordering: .releasing) } else { worker.store(seen, ordering: .releasing) }
  }

  /// Two pieces that wait for each other, so that each worker takes one.
  func run(on pool: OpaquePointer) {
    caller.store(0, ordering: .relaxed)
    worker.store(0, ordering: .relaxed)
    let task: o2m_task = { context, begin, end, worker in
      let sightings = Unmanaged<Sightings>.fromOpaque(context!).takeUnretainedValue()
      for _ in begin..<end { sightings.see(worker) }
      let patience = o2m_nanoseconds() + 20_000_000
      while !sightings.isWhole, o2m_nanoseconds() < patience {}
    }
    o2m_pool_run(pool, 2, 1, task, Unmanaged.passUnretained(self).toOpaque())
  }
}

/// How the threads of a pool keep out of each other's way on Linux.
struct PlacementTests {
  private static let allowed = o2m_allowed_cpus(0)

  /// The caller moves onto the CPU where the worker went to sleep, so the worker is sent away, again and again.
  @Test(.enabled(if: allowed.nonzeroBitCount > 1))
  func whoWasSentAwayTakesItsCPUsBack() throws {
    let pool = try #require(o2m_pool_create(2))
    defer {
      o2m_pool_destroy(pool)
      o2m_allow_cpus(Self.allowed)
    }
    let sightings = Sightings()
    var runs = 0
    for _ in 0..<20 {
      sightings.run(on: pool)
      let sleep = o2m_nanoseconds() + 1_000_000
      while o2m_nanoseconds() < sleep {}
      guard sightings.isWhole else { continue }
      runs += 1
      #expect(o2m_allowed_cpus(sightings.workersThread) == Self.allowed)
      o2m_allow_cpus(1 << sightings.workersCPU)
    }
    #expect(runs > 0)
  }
}
