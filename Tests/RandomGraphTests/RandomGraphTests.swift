import Foundation
import O2MGraph
import O2MOps
import O2MTestSupport
import Testing

/// The seeds from 1 to 2000.
private let chunks: [Range<UInt64>] = (0..<8).map { 250 * $0 + 1..<250 * $0 + 251 }

/// Random graphs through everything that must not change them. `make graphs` takes more of them.
struct RandomGraphTests {
  @Test(arguments: chunks)
  func everyWayGivesWhatTheReferencesGive(seeds: Range<UInt64>) {
    for seed in seeds {
      let recipe = GraphGenerator.graph(seed).recipe
      guard let mismatch = GraphCheck().mismatch(recipe) else { continue }
      let (smallest, reason) = GraphMinimizer().minimized(recipe, mismatch)
      Issue.record("\(GraphCase(smallest, reason).text)")
    }
  }

  /// A graph is what its seed says, and no two are alike.
  @Test func graphsFollowFromTheirSeeds() throws {
    let models = (1...20).map { GraphGenerator.graph($0).recipe.model }
    #expect(models == (1...20).map { GraphGenerator.graph($0).recipe.model })
    #expect(Set(models).count == models.count)
  }

  /// Every operator of ONNX turns up, those that only passes make too, and graphs have the shapes that make passes err.
  @Test func graphsHoldWhatTheyPromise() throws {
    var counts: [OpCode: Int] = [:], refusals = 0, nodes = 0, shared = 0, dead = 0, inner = 0, empty = 0
    for seed in 1...1000 as ClosedRange<UInt64> {
      let generator = GraphGenerator.graph(seed), recipe = generator.recipe
      #expect((10...40).contains(recipe.steps.count), "seed \(seed)")
      nodes += recipe.steps.count
      refusals += generator.refusals.values.reduce(0, +)
      for step in recipe.steps { counts[step.code, default: 0] += 1 }
      let reads = recipe.steps.flatMap { $0.inputs.compactMap { $0 } }, read = Set(reads)
      shared += recipe.constants.count { constant in reads.count { $0 == constant.name } > 1 } > 0 ? 1 : 0
      dead += recipe.steps.contains { step in step.outputs.allSatisfy { !read.contains($0) && !recipe.outputs.contains($0) } } ? 1 : 0
      inner += recipe.outputs.contains(where: read.contains) ? 1 : 0
      empty += generator.tensors.values.contains { $0.count == 0 } ? 1 : 0
    }
    let rare = GraphGenerator.operators.filter { counts[$0, default: 0] < 10 }
    #expect(rare.isEmpty, "\(rare.map { "\($0.name) \(counts[$0, default: 0])" })")
    #expect(refusals < nodes / 10, "\(refusals) of \(nodes)")
    #expect([shared, dead, inner, empty].allSatisfy { $0 > 50 }, "\([shared, dead, inner, empty])")
  }
}
