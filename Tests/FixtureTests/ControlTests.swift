import CO2MAllocations
import Dispatch
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Branches and loops that a run decides. That each fixture gives what the oracles gave is in CountedTests.
struct ControlTests {
  private static func fixture(_ name: String) throws -> TestCase {
    try #require(Fixtures.control.first { $0.name == name || $0.name.hasSuffix("/" + name) })
  }

  private static func model(_ name: String, limits: ResourceLimits = ResourceLimits()) throws -> Model {
    var options = ConversionOptions()
    options.limits = limits
    options.precision = .float32
    options.verifies = false
    options.zstdLevel = 1
    return try Conversion(path: fixture(name).model, options: options).bundle.withUnsafeBytes { try Model.unpacking($0) }
  }

  /// One session takes one branch after another, each as the reference has it.
  @Test(arguments: ["branch-then", "branch-filters", "nested-then"], [1, 2])
  func oneSessionTakesEitherBranch(name: String, threads: Int) throws {
    let item = try Self.fixture(name), session = try Session(Self.model(name), threads: threads), given = try item.dataSets[0].inputs()
    let evaluator = Evaluator(try importModel(path: item.model, options: ImportOptions()).graph)
    let flags = given.indices.filter { given[$0].element == .bool }
    var seen: [[Double]] = []
    for choice in [0, 1, 2, 3, 1, 0] {
      var inputs = given
      for (bit, flag) in flags.enumerated() { inputs[flag] = Tensor([], [Truth(choice >> bit & 1 != 0)]) }
      let found = try session.run(inputs), expected = try evaluator.run(inputs)
      try expectAgreement(found[0], expected[0], .bounds(absolute: 1e-6, relative: 1e-5), output: "choice \(choice)")
      if choice < 2 { seen.append(found[0].doubles()) }
    }
    #expect(seen.count == 4 && seen[0] == seen[3] && seen[1] == seen[2] && seen[0] != seen[1])
  }

  /// From no turn to many, up and down, each as the reference has it.
  @Test(arguments: ["counted-turns", "changes-places", "loop-in-loop", "branch-in-loop"])
  func everyNumberOfTurnsIsTheReferences(name: String) throws {
    let item = try Self.fixture(name), session = try Session(Self.model(name)), given = try item.dataSets[0].inputs()
    var importing = ImportOptions()
    importing.counts = .most
    let evaluator = Evaluator(try importModel(path: item.model, options: importing).graph)
    let count = try #require(given.firstIndex { $0.element == .int64 })
    for turns in [0, 1, 6, 2, -3, 9, 0] {
      var inputs = given
      inputs[count] = .scalar(Int64(turns))
      let found = try session.run(inputs)
      for (found, expected) in zip(found, try evaluator.run(inputs)) {
        try expectAgreement(found, expected, .bounds(absolute: 1e-6, relative: 1e-5), output: "\(turns) turns")
      }
      if name == "counted-turns" { #expect(found[1].shape == [max(0, turns), 2, 4]) }
    }
  }

  /// A loop that would go on ends the run with a fault that names the budget, and the next run begins afresh.
  @Test(arguments: [nil, 5, 100]) func aLoopThatGoesOnEndsTheRun(budget: Int?) throws {
    var limits = ResourceLimits()
    if let budget { limits[.iterations] = budget }
    let limit = budget ?? 4096, item = try Self.fixture("while"), model = try Self.model("while", limits: limits)
    let session = try Session(model)
    let node = try #require(model.graph.nodes.firstIndex { $0.code == .boundedLoop })
    var inputs = try item.dataSets[0].inputs()
    let x = try #require(inputs.firstIndex { $0.element == .float32 })
    inputs[x] = Tensor([3], [0, 0, 0] as [Float])
    for _ in 0..<2 {
      #expect(throws: RunFault.run(node: node, .limit(.iterations, found: limit + 1, limit: limit))) { try session.run(inputs) }
      inputs[x] = Tensor([3], [25, 50, 75] as [Float])
      #expect(try session.run(inputs)[0].doubles() == [50, 100, 150])
      inputs[x] = Tensor([3], [0, -1, 0] as [Float])
    }
  }

  /// Turns and branches allocate nothing.
  @Test(
    .enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"),
    arguments: [
      "nested-then", "loop-in-loop", "branch-in-loop", "while",
    ])
  func runsAllocateNothing(name: String) throws {
    let session = try Session(Self.model(name)), given = try Self.fixture(name).dataSets[0].inputs()
    for (index, tensor) in given.enumerated() { tensor.withBytes { session.input(index).copyMemory(from: $0) } }
    try session.run()
    o2m_allocations_begin()
    for _ in 0..<3 { try session.run() }
    #expect(o2m_allocations_end() == 0)
  }

  /// A loop that goes on and on is ended between its turns.
  @Test func aLoopIsCancelled() throws {
    var limits = ResourceLimits()
    limits[.iterations] = Int(Int32.max)
    let session = try Session(Self.model("while", limits: limits)),
      flag = try #require(
        session.model.graph.values.prefix(session.model.graph.inputCount).firstIndex { $0.element == .bool })
    session.input(flag).copyBytes(from: [1])
    nonisolated(unsafe) let shared = session
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) { shared.cancel() }
    #expect(throws: RunFault.cancelled) { try session.run() }
  }

  /// Only bundles with bodies state the new format, and an older reader refuses those.
  @Test func onlyBundlesWithBodiesStateTheNewFormat() throws {
    let model = try Self.model("branch-then")
    #expect(model.header.minor == BundleFormat.minorOfBodies && model.bodyPlans.count == 2)
    #expect(try Self.model("nested-then").bodyPlans.count == 4)
  }

  /// The graph that is read back from a bundle has the bodies with their weights.
  @Test(arguments: Fixtures.control) func aBundleGivesTheGraphBack(item: TestCase) throws {
    let model = try Self.model(String(item.name.split(separator: "/").last ?? "")), inputs = try item.dataSets[0].inputs()
    guard model.counted.isEmpty else { return }
    let graph = try #require(Graph(model))
    let expected = try item.dataSets[0].outputs()
    for (found, expected) in zip(try Evaluator(graph).run(inputs), expected) {
      try expectAgreement(found, expected, .bounds(absolute: 1e-6, relative: 1e-5), output: item.name)
    }
  }
}
