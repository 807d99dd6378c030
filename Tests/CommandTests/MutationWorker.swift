import Foundation
import O2MConvert
import O2MParity
import O2MTestSupport
import Synchronization
import onnx2mobile

/// Converts mutated models, one after the other, in a process that may not live to the end: what it does stands in a file.
///
/// Each seed has a line before the conversion and one after it, which `MutationOutcome` reads.
struct MutationWorker: Sendable {
  /// Of the process, in bytes of memory that it may write to; in seconds of its own time, and of the clock's.
  static let memory = 1 << 30, seconds = 5, wallSeconds = 120

  let seeds: Range<Int>
  let log: FileHandle
  /// The model that is converted, beside the log.
  private let path: String

  /// What the variable asks for, as FROM TO FILE; nil where this process is no worker.
  static let variable = "O2M_MUTATION_WORKER"

  init?() throws {
    guard let words = ProcessInfo.processInfo.environment[Self.variable]?.split(separator: " ", maxSplits: 2), words.count == 3,
      let first = Int(words[0]), let end = Int(words[1]), first <= end
    else { return nil }
    seeds = first..<end
    log = try FileHandle(forWritingTo: URL(fileURLWithPath: String(words[2])))
    path = words[2] + ".onnx"
  }

  /// Runs on a stack like that of the tool's main thread.
  func run() throws {
    var limit = rlimit(rlim_cur: rlim_t(Self.memory), rlim_max: rlim_t(Self.memory)), none = rlimit(rlim_cur: 0, rlim_max: 0)
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    if !Sanitizer.checksAddresses { setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) }
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    let done = DispatchSemaphore(value: 0), failure = Mutex<(any Error)?>(nil)
    let thread = Thread {
      do { for seed in seeds { try convert(seed) } } catch { failure.withLock { $0 = error } }
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    done.wait()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func convert(_ seed: Int) throws {
    let model = MutatedModel(seed: seed)
    try Data(model?.bytes ?? []).write(to: URL(fileURLWithPath: path))
    try write("\(seed)")
    Self.resetPeak()
    let start = clock()
    Self.setTimers(seconds: Self.seconds, wallSeconds: Self.wallSeconds)
    let (code, message) = Self.exitCode(path, seed)
    Self.setTimers(seconds: 0, wallSeconds: 0)
    let milliseconds = (clock() - start) * 1000 / CLOCKS_PER_SEC
    try write("\(seed) \(code) \(milliseconds) \(Self.peakKilobytes) \(code == 70 ? message : "")")
  }

  /// What the command would end with, at a precision that goes with the seed.
  private static func exitCode(_ path: String, _ seed: Int) -> (Int32, String) {
    var options = ConversionOptions()
    options.precision = Precision.allCases[seed / 7 % Precision.allCases.count]
    options.zstdLevel = 1
    do throws(ConversionError) {
      let conversion = try Conversion(path: path, options: options)
      return (conversion.parity?.verdict == .pass ? 0 : 1, "")
    } catch {
      let failure = ConversionMessages.failure(error, file: path)
      return (failure.code.rawValue, failure.message.replacingOccurrences(of: path, with: "model.onnx"))
    }
  }

  private func write(_ line: String) throws {
    try log.write(contentsOf: Data((line.split(separator: "\n").joined(separator: " ") + "\n").utf8))
  }

  /// A process that runs out of time ends with a signal: SIGPROF or SIGALRM.
  private static func setTimers(seconds: Int, wallSeconds: Int) {
    var time = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &time, nil)
    time.it_value.tv_sec = wallSeconds
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &time, nil)
  }

  private static func resetPeak() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  private static var peakKilobytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
  }
}
