import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// Removes a Relu behind a Relu.
private struct EliminateSecondRelu: Rewrite {
  static let name: StaticString = "eliminate-second-relu"

  func rewrite(_ node: NodeOf<Relu>, in graph: Graph) -> Verdict {
    guard let first = graph.producer(of: node.input(0), as: Relu.self) else { return .skip("not fed by a Relu") }
    guard graph.canReplace(node.output, with: first.output) else { return .skip("both are outputs") }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: first.output)
    return .apply(patch)
  }
}

/// Replaces a Relu by a Relu, for ever.
private struct ReplaceForEver: Rewrite {
  static let name: StaticString = "replace-for-ever"

  func rewrite(_ node: NodeOf<Relu>, in graph: Graph) -> Verdict {
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.node(.relu(Relu()), node.node.inputs, named: node.name))
    return .apply(patch)
  }
}

/// Makes an Add that cannot be.
private struct ReplaceBadly: Rewrite {
  static let name: StaticString = "replace-badly"

  func rewrite(_ node: NodeOf<Relu>, in graph: Graph) -> Verdict {
    var patch = Patch(Self.name, in: graph)
    let odd = patch.constant(Tensor([2], [Float(0), 0]), named: "odd")
    patch.replace(node.output, with: patch.node(.add(Add()), [node.input(0), odd], named: "bad"))
    return .apply(patch)
  }
}

struct DriverTests {
  private func chain(_ length: Int) throws -> Graph {
    var g = GraphBuilder()
    var x = g.input("x", [3])
    for index in 0..<length { x = try g.node(Relu.self, [x], "r\(index)") }
    g.output(x)
    return g.graph
  }

  @Test func runsToTheFixpointAndSaysWhatItDid() throws {
    let before = try chain(5)
    var graph = before
    let reports = try Driver([EliminateSecondRelu()]).run(&graph)
    #expect(reports.map(\.rewrites) == [4])
    #expect(reports[0].name == "eliminate-second-relu")
    #expect(reports[0].skips.map(\.node) == ["r0"])
    #expect(reports[0].skips.map(\.reason) == ["not fed by a Relu"])
    #expect(graph.nodeCount == 1)
    #expect(graph.outputs.map { graph[$0].name } == ["r4"])
    try expectSameOutputs(before, graph, .exact)
  }

  @Test(arguments: 0...4)
  func stopsAfterThatManyPatches(limit: Int) throws {
    var graph = try chain(5)
    let reports = try Driver([EliminateSecondRelu()], stopAfter: limit).run(&graph)
    #expect(reports.map(\.rewrites) == [limit])
    #expect(graph.nodeCount == 5 - limit)
  }

  @Test func aPassThatNeverEndsIsStopped() throws {
    var graph = try chain(1)
    #expect(throws: PassError.noFixpoint(rounds: 64)) { try Driver([ReplaceForEver()]).run(&graph) }
  }

  @Test func aBadPatchIsNamed() throws {
    var graph = try chain(2)
    #expect(
      throws: PassError.patch(
        pass: "replace-badly", node: "r0", number: 1, .operands(node: "bad", .broadcast(axis: 0, left: 3, right: 2)))
    ) { try Driver([ReplaceBadly()]).run(&graph) }
  }

  /// The check sees the graph after each patch, with its number, and its error stops the run.
  @Test func theCheckSeesEveryPatch() throws {
    var graph = try chain(4)
    var driver = Driver([EliminateSecondRelu()])
    driver.check = { graph, pass, node, number throws(PassError) in
      guard number < 2 else {
        throw .numerics(pass: pass, node: node, number: number, output: "r3", difference: 1, allowed: Double(graph.nodeCount))
      }
    }
    #expect(
      throws: PassError.numerics(pass: "eliminate-second-relu", node: "r2", number: 2, output: "r3", difference: 1, allowed: 2)
    ) { try driver.run(&graph) }
  }
}
