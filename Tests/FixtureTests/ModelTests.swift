import O2MGraph
import O2MImport
import O2MParity
import O2MTensor
import O2MTestSupport
import Testing

/// Whole models on the evaluator against ONNX Runtime's stored outputs.
struct ModelTests {
  @Test(arguments: Fixtures.models)
  func fixtureModelsMatch(fixture: TestCase) throws {
    for set in fixture.dataSets { try check(fixture, set) }
  }

  /// Only the first data set: the evaluator is plain loops.
  @Test(.enabled(if: !Fixtures.externalModels.isEmpty, "O2M_MODELS names no folder of models"), arguments: Fixtures.externalModels)
  func externalModelsMatch(fixture: TestCase) throws {
    try check(fixture, try #require(fixture.dataSets.first))
  }

  private func check(_ fixture: TestCase, _ set: DataSet) throws {
    let graph = try importModel(path: fixture.model).graph
    try graph.verify()
    let clock = ContinuousClock()
    let start = clock.now
    let found = try Evaluator(graph).run(try set.inputs())
    let elapsed = clock.now - start
    let expected = try set.outputs()
    try #require(found.count == expected.count)
    for (index, id) in graph.outputs.enumerated() {
      var comparison = Comparison(name: graph[id].name, tolerance: .float32)
      comparison.add(found[index], reference: expected[index])
      print("\(fixture.name) \(comparison.name): \(Int(comparison.sqnr)) dB, max |Δ| \(comparison.maxAbs), \(elapsed)")
      #expect(comparison.failures == [], "worst: \(String(describing: comparison.worst))")
    }
  }
}
