import CO2MKernelChecks
import CO2MKernels
import CO2MPlatform
import Foundation

/// Times of one piece of work, in nanoseconds.
struct Timing {
  var median: Double
  var least: Double
  var runs: Int

  /// Runs `work` once unmeasured, then for about `seconds`, at least 3 and at most 1000 times.
  init(seconds: Double, _ work: () -> Void) {
    work()
    var times: [UInt64] = []
    let end = o2m_nanoseconds() + UInt64(seconds * 1e9)
    while times.count < 3 || (times.count < 1000 && o2m_nanoseconds() < end) {
      let start = o2m_nanoseconds()
      work()
      times.append(o2m_nanoseconds() - start)
    }
    times.sort()
    median = Double(times[times.count / 2])
    least = Double(times[0])
    runs = times.count
  }

  /// Median, minimum, and 10⁹ operations per second of the fastest run.
  func text(_ operations: Double) -> String {
    String(format: "%.3f (%.3f) ms %.1f Gop/s", median / 1e6, least / 1e6, operations / least)
  }
}

/// The table: every kernel whose name holds `filter` on the best instruction set beside the scalar one, measured in turn.
func reportKernels(filter: String, on pool: OpaquePointer?) {
  print("\(pad("kernel", 60))\(pad(String(cString: o2m_simd_name(o2m_simd_best())), 34))\(pad("scalar", 34))times")
  filter.withCString { filter in
    var bench = o2m_bench()
    (bench.pool, bench.filter) = (pool, filter)
    bench.measure = { bench, name, operations, run, operands in
      guard let bench, let name, let run else { return }
      let pool = bench.pointee.pool
      let timings = [(o2m_simd_best(), 0.2), (o2m_simd_count() - 1, 0.1)].map { set, seconds in
        o2m_simd_use(set)
        return Timing(seconds: seconds) { run(operands, pool) }
      }
      o2m_simd_use(o2m_simd_best())
      let columns = timings.map { pad($0.text(operations), 34) }.joined()
      print("\(pad(String(cString: name), 60))\(columns)\(String(format: "%.1f", timings[1].least / timings[0].least))")
    }
    o2m_bench_all(&bench)
  }
}

private func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}
