import Foundation
import O2MTestSupport
import Testing

/// Models with one field at an extreme, or a few, are converted or refused: none ends the process, takes it beyond its limits, or is
/// blamed on this program.
struct MutationTests {
  /// How many models, as a number or as FROM..<TO.
  private static let asked: Range<Int>? = {
    let bounds = ProcessInfo.processInfo.environment["O2M_MUTATIONS"]?.split(separator: "..<").compactMap { Int($0) } ?? []
    switch bounds.count {
    case 1: return 0..<bounds[0]
    case 2 where bounds[0] <= bounds[1]: return bounds[0]..<bounds[1]
    default: return nil
    }
  }()

  @Test(.enabled(if: asked != nil && ProcessInfo.processInfo.environment[MutationWorker.variable] == nil))
  func everyMutationIsAnswered() throws {
    var report = try MutationReport(in: Tool.root + "/.build/fuzz")
    try MutationRun().run(try #require(Self.asked)) { try report.add($0) }
    print(report.text)
    #expect(report.findings.isEmpty, "the models are in .build/fuzz/findings")
  }

  /// The work of a child process; nothing in others.
  @Test(.enabled(if: ProcessInfo.processInfo.environment[MutationWorker.variable] != nil))
  func works() throws { try MutationWorker()?.run() }
}
