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

  @Test(arguments: Fixtures.operators)
  func matchesTheOracle(fixture: TestCase) throws {
    let graph = try importModel(path: fixture.model).graph
    for set in fixture.dataSets {
      let found = try Evaluator(graph).run(try set.inputs())
      let expected = try set.outputs()
      try #require(found.count == expected.count)
      for (index, id) in graph.outputs.enumerated() {
        try expectAgreement(found[index], expected[index], fixture.agreement(expected[index].element), output: graph[id].name)
      }
    }
  }
}

extension TestCase {
  /// How far the evaluator, which sums in float64, may be from oracles that compute in the element type.
  func agreement(_ element: ElementType) -> Agreement {
    switch element {
    case .float64: .bounds(absolute: 1e-12, relative: 1e-10)
    // The oracles round after every step: two steps of the type, at least one of those below 1.
    case .float16: .bounds(absolute: 0x1p-12, relative: 0x1p-9)
    case .bfloat16: .bounds(absolute: 0x1p-9, relative: 0x1p-6)
    // A cubic Resize adds 16 products of both signs, so a small result keeps the rounding of the large ones.
    case _ where name.hasPrefix("Resize/cubic"): .sum(of: 16)
    // Scores of some hundreds are rounded to 2^-16, and so is what their exponential is relative to itself; twice in a quotient.
    case _ where name.hasPrefix("com.microsoft-attention/"): .bounds(absolute: 1e-6, relative: 0x1p-14)
    default: .bounds(absolute: 1e-6, relative: 1e-5)
    }
  }
}
