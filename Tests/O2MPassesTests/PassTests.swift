import Foundation
import O2MGraph
import O2MOps
import O2MPasses
import O2MTensor
import O2MTestSupport
import Testing

struct PassTests {
  @Test(arguments: PassCase.all)
  func changesTheGraphAsStored(_ example: PassCase) throws {
    let before = try example.graph()
    var after = before
    let report = try example.driver().run(&after)[0]
    #expect(report.rewrites == example.rewrites)
    #expect(report.skips.map(\.reason) == example.skips)
    try Golden.expect(before.listing + "--- after\n" + after.listing, example.description)
  }

  @Test(arguments: PassCase.all.filter { $0.rewrites > 0 })
  func keepsNumbersNamesAndOrigins(_ example: PassCase) throws {
    let before = try example.graph()
    var after = before
    _ = try example.driver().run(&after)
    try expectSameOutputs(before, after, seed: 5, example.agreement)
    try expectTrueOrigins(before, after, example.agreement)
    expectUniqueNames(after)
  }

  /// The same graphs with inputs that have an extent of 0, as far as their operators take that.
  @Test(arguments: 0..<4)
  func tensorsWithoutElementsKeepTheirShapes(axis: Int) throws {
    var changed: Set<String> = []
    for example in PassCase.all {
      guard let before = try? example.graph(emptyAxis: axis), before.inputs.allSatisfy({ before.shape($0) != nil }) else { continue }
      var after = before, random = Seeded(5)
      guard (try? Evaluator(before).run(before.inputs.map { random.tensor(before[$0].type) })) != nil else { continue }
      guard try example.driver().run(&after)[0].rewrites > 0 else { continue }
      changed.insert(example.pass)
      do { try expectSameOutputs(before, after, seed: 5, example.agreement) } catch { Issue.record("\(example): \(error)") }
    }
    #expect(changed.count >= 10, "\(changed.sorted())")
  }

  @Test(arguments: PassCase.all.filter { $0.rewrites > 0 })
  func aSecondRunChangesNothing(_ example: PassCase) throws {
    var graph = try example.graph()
    _ = try example.driver().run(&graph)
    let once = graph.listing
    #expect(try example.driver().run(&graph)[0].rewrites == 0)
    #expect(graph.listing == once)
  }

  @Test func everyPassHasACaseThatApplies() {
    let applied = Set(PassCase.all.filter { $0.rewrites > 0 }.map(\.pass))
    #expect(Pipeline.names.filter { !applied.contains($0) } == [])
  }

  @Test func everyGoldenTextHasACase() throws {
    let names = Set(PassCase.all.map { $0.description + ".txt" })
    #expect(names.count == PassCase.all.count)
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: Golden.folder.path)).subtracting(names).sorted() == [])
  }

  /// The reasons in the sources are those that the cases reach, no more and no fewer.
  @Test func everyReasonIsReached() throws {
    let sources = Golden.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources")
    var stated: Set<String> = []
    // Operators say themselves why they join no kernel.
    for target in ["O2MPasses", "O2MOps"] {
      let files = FileManager.default.enumerator(at: sources.appendingPathComponent(target), includingPropertiesForKeys: nil)
      while let file = files?.nextObject() as? URL {
        guard file.pathExtension == "swift" else { continue }
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        for match in text.matches(of: /(?:skip\(|Refusal\(|unfusable\(|reason = )"([^"]*)"/) { stated.insert(String(match.1)) }
      }
    }
    let reached = Set(PassCase.all.flatMap(\.skips))
    #expect(stated.subtracting(reached).sorted() == [])
    #expect(reached.subtracting(stated).sorted() == [])
  }

  /// What a value claims to equal is what it equals, and each output still claims its own name.
  private func expectTrueOrigins(_ before: Graph, _ after: Graph, _ agreement: Agreement) throws {
    var random = Seeded(5)
    let inputs = before.inputs.map { random.tensor(before[$0].type) }
    var original: [String: Tensor] = [:]
    for (id, tensor) in zip(before.inputs, inputs) { original[before[id].name] = tensor }
    for value in before.constants { original[value.name] = value.constant }
    _ = try Evaluator(before).run(inputs) { node, results in
      for (id, tensor) in zip(node.outputs, results) { original[before[id].name] = tensor }
    }
    var found: [(Value, Tensor)] = after.constants.compactMap { value in value.constant.map { (value, $0) } }
    _ = try Evaluator(after).run(inputs) { node, results in
      for (id, tensor) in zip(node.outputs, results) { found.append((after[id], tensor)) }
    }
    for (value, tensor) in found {
      for origin in value.origins {
        try expectAgreement(tensor, try #require(original[origin]), agreement, output: "\(value.name) for \(origin)", seed: 5)
      }
    }
    for id in after.outputs { #expect(after[id].origins.contains(after[id].name)) }
  }
}

/// No two values that something reads have the same name.
func expectUniqueNames(_ graph: Graph) {
  let names = graph.inputs.map { graph[$0].name } + graph.constants.map(\.name) + graph.nodes.flatMap { $0.outputs.map { graph[$0].name } }
  let counts = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
  #expect(counts.filter { $0.value > 1 }.keys.sorted() == [])
}
