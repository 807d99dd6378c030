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
    String(format: "%.3f (%.3f) ms %.1f GFLOP/s", median / 1e6, least / 1e6, operations / least)
  }
}

/// A kernel at one size, ready to run on the best instruction set of this CPU or as plain C.
struct KernelCase {
  var name: String
  /// Floating point operations of a run; a multiply-add counts as two.
  var operations: Double
  var run: (_ scalar: Bool) -> Void
}

/// The table: the best kernel beside the scalar one, measured in turn.
func report(_ cases: [KernelCase], best isa: String) {
  print("\(pad("kernel", 50))\(pad(isa, 34))\(pad("scalar", 34))times")
  for kernel in cases {
    let fast = Timing(seconds: 0.2) { kernel.run(false) }
    let plain = Timing(seconds: 0.1) { kernel.run(true) }
    let columns = [fast, plain].map { pad($0.text(kernel.operations), 34) }.joined()
    print("\(pad(kernel.name, 50))\(columns)\(String(format: "%.1f", plain.least / fast.least))")
  }
}

private func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}
