import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// The evaluator against the outputs that ONNX's own reference evaluator and ONNX Runtime gave.
struct OperatorTests {
  @Test func everyFolderIsFound() {
    #expect(Fixtures.operators.count >= 525)
    #expect(Fixtures.operators.allSatisfy { !$0.dataSets.isEmpty })
  }

  /// Both oracles sum in float32, so the bounds are those of ONNX's own backend suite, never wider.
  @Test(arguments: Fixtures.operators)
  func matchesTheOracle(fixture: FixtureCase) throws {
    let graph = try importModel(path: fixture.model).graph
    for set in fixture.dataSets {
      let found = try Evaluator(graph).run(try set.loadInputs())
      let expected = try set.loadOutputs()
      try #require(found.count == expected.count)
      for (index, id) in graph.outputs.enumerated() {
        try expectAgreement(found[index], expected[index], expected[index].element.suiteBounds, output: graph[id].name)
      }
    }
  }
}

extension ElementType {
  /// float32 as ONNX's backend suite has it: rtol 1e-3, atol 1e-7. The narrow types are rounded after every step of the oracle, so one
  /// step of theirs is added.
  var suiteBounds: Agreement {
    switch self {
    case .float64: .bounds(absolute: 1e-12, relative: 1e-10)
    case .float16: .bounds(absolute: 0x1p-14, relative: 0x1p-9)
    case .bfloat16: .bounds(absolute: 0x1p-14, relative: 0x1p-6)
    default: .bounds(absolute: 1e-7, relative: 1e-3)
    }
  }
}
