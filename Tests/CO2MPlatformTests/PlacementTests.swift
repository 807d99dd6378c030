import CO2MAffinity
import CO2MPlatform
import Testing

/// What the two threads of a run saw, by worker.
private final class Sightings {
  var threads: [Int32] = [0, 0]
  var cpus: [Int32] = [-1, -1]
  var isWhole: Bool { !threads.contains(0) }

  func see(_ worker: UInt32) {
    cpus.withUnsafeMutableBufferPointer { $0[Int(worker)] = o2m_current_cpu() }
    threads.withUnsafeMutableBufferPointer { $0[Int(worker)] = o2m_thread() }
  }

  /// Two pieces that wait for each other, so that each worker takes one.
  func run(on pool: OpaquePointer) {
    (threads, cpus) = ([0, 0], [-1, -1])
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
      #expect(o2m_allowed_cpus(sightings.threads[1]) == Self.allowed)
      o2m_allow_cpus(1 << sightings.cpus[1])
    }
    #expect(runs > 0)
  }
}
