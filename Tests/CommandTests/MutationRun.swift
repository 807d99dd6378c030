import Foundation
import O2MTestSupport
import Testing

/// What became of one mutated model.
struct MutationOutcome {
  var seed: Int
  var end: ChildProcess.End
  var milliseconds = 0
  var kilobytes = 0
  /// What the tool said, where it blamed itself.
  var message = ""

  /// Converted, failed its verdict, or was refused as the file's own fault or as unsupported.
  var isAnswer: Bool { [0, 1, 64, 65, 69].contains { end == .code($0) } }

  var kind: String {
    switch end {
    case .code(let code): "exit \(code)"
    case .signal(SIGPROF): "more than \(MutationWorker.seconds) s"
    case .signal(SIGALRM): "more than \(MutationWorker.wallSeconds) s of waiting"
    case .signal(let number): "signal \(number)"
    }
  }
}

/// Runs seeds through worker processes, and goes on behind those that end one.
struct MutationRun {
  private let scratch: Scratch
  /// Seeds to a process, so that nothing that one leaves behind reaches far.
  private static let seedsPerProcess = 4000

  init() throws { scratch = try Scratch() }

  /// - Parameter body: gets the outcomes of one process after the other.
  func run(_ seeds: Range<Int>, _ body: ([MutationOutcome]) throws -> Void) throws {
    var next = seeds.lowerBound
    while next < seeds.upperBound {
      let end = min(next + Self.seedsPerProcess, seeds.upperBound)
      let found = try outcomes(of: next..<end)
      try body(found)
      next = (found.last?.seed ?? end) + 1
    }
  }

  private func outcomes(of seeds: Range<Int>) throws -> [MutationOutcome] {
    let log = scratch / "log", output = scratch / "output"
    try Data().write(to: URL(fileURLWithPath: log))
    let end = try ChildProcess(
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path,
      ["--testing-library", "swift-testing", "--filter", "MutationTests.works"],
      environment: [MutationWorker.variable: "\(seeds.lowerBound) \(seeds.upperBound) \(log)", "SWIFT_BACKTRACE": "enable=no"],
      output: output, error: output
    ).wait()

    var found: [MutationOutcome] = [], open: Int?
    for line in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
      guard let seed = Int(words[0]) else { continue }
      open = words.count == 1 ? seed : nil
      guard words.count == 5, let code = Int32(words[1]), let time = Int(words[2]), let peak = Int(words[3]) else { continue }
      found.append(MutationOutcome(seed: seed, end: .code(code), milliseconds: time, kilobytes: peak, message: String(words[4])))
    }
    if let open {
      found.append(MutationOutcome(seed: open, end: end))
    } else if found.last?.seed != seeds.upperBound - 1 {
      // The worker ended where no model can have ended it.
      throw MutationFault(text: try String(contentsOfFile: output, encoding: .utf8))
    }
    return found
  }
}

struct MutationFault: Error, CustomStringConvertible {
  var text: String
  var description: String { "the worker did not start: \(text.suffix(2000))" }
}
