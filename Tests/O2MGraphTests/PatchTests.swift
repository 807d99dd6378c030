import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

struct PatchTests {
  @Test func rewiresEveryReader() throws {
    var g = GraphBuilder()
    let x = g.input("x", [3])
    let a = try g.node(Relu.self, [x], "a")
    let b = try g.node(Add.self, [a, a], "b"), c = try g.node(Add.self, [b, a], "c")
    g.output(c)
    var graph = g.graph
    var patch = Patch("test", in: graph)
    patch.replace(a, with: patch.node(.relu(Relu()), [x], named: "a.new"))
    try graph.apply(patch)
    try graph.verify()
    try graph.verify(patch)
    #expect(graph.readers(of: a) == 0)
    #expect(graph.nodes.map(\.name) == ["a.new", "b", "c"])
    let new = try #require(graph.nodes.first).output
    #expect(graph.readers(of: new) == 3)
    #expect(graph[b].producer.map { graph[$0].inputs } == [new, new])
    try expectSameOutputs(g.graph, graph, .exact)
  }

  @Test func aNewOutputKeepsTheNameOfTheOld() throws {
    let before = try residual()
    var graph = before
    let y = try graph.value("y"), r = try graph.value("r"), x = try graph.value("x")
    var patch = Patch("test", in: graph)
    patch.replace(y, with: patch.node(.add(Add()), [x, r], named: "swapped"))
    try graph.apply(patch)
    try graph.verify()
    try graph.verify(patch)
    #expect(graph.outputs.map { graph[$0].name } == ["y"])
    #expect(graph[graph.outputs[0]].origins == ["y"])
    try expectSameOutputs(before, graph, .exact)
  }

  /// A fused node answers for the last tensor it replaces, not for the intermediate that it swallowed.
  @Test func originsFollowTheReplacedValue() throws {
    let before = try residual()
    var graph = before
    let r = try graph.value("r"), x = try graph.value("x"), w = try graph.value("w")
    let old = try #require(graph.producer(of: try graph.value("c"), as: Conv.self))
    var conv = old.op
    conv.activation = .relu
    var patch = Patch("test", in: graph)
    let fused = patch.node(.conv(conv), [x, w], named: "c")
    patch.replace(r, with: fused)
    try graph.apply(patch)
    try graph.verify()
    try graph.verify(patch)
    #expect(graph[fused].origins == ["r"])
    #expect(graph[fused].name == "r")
    #expect(graph.nodeCount == 2)
    try expectSameOutputs(before, graph, .exact)
  }

  /// Replacing by an existing value merges what both answer for.
  @Test func equalValuesShareOrigins() throws {
    var g = GraphBuilder()
    let x = g.input("x", [4])
    let a = try g.node(Relu.self, [x], "a"), b = try g.node(Relu.self, [x], "b")
    g.output(try g.node(Add.self, [a, b], "y"))
    var graph = g.graph
    var patch = Patch("test", in: graph)
    patch.replace(b, with: a)
    try graph.apply(patch)
    try graph.verify()
    try graph.verify(patch)
    #expect(graph[a].origins == ["a", "b"])
    #expect(graph[a].name == "a")
    #expect(graph.nodes.map(\.name) == ["a", "y"])
    try expectSameOutputs(g.graph, graph, .exact)
  }

  @Test func whatNobodyReadsGoes() throws {
    let before = try residual()
    var graph = before
    let r = try graph.value("r"), x = try graph.value("x")
    var patch = Patch("test", in: graph)
    patch.replace(r, with: x)
    try graph.apply(patch)
    try graph.verify()
    try graph.verify(patch)
    #expect(graph.nodes.map(\.name) == ["y"])
    #expect(graph.constants.isEmpty)
    #expect(graph.readers(of: x) == 2)
  }

  @Test func aSharedConstantStays() throws {
    var g = GraphBuilder()
    let x = g.input("x", [3]), w = g.weight("w", [3])
    let a = try g.node(Add.self, [x, w], "a"), b = try g.node(Mul.self, [a, w], "b")
    g.output(b)
    var graph = g.graph
    var patch = Patch("test", in: graph)
    patch.replace(a, with: patch.node(.add(Add()), [x, patch.constant(Tensor([3], [Float(0), 0, 0]), named: "w.zero")], named: "a"))
    try graph.apply(patch)
    try graph.verify()
    try graph.verify(patch)
    #expect(Set(graph.constants.map(\.name)) == ["w", "w.zero"])
    #expect(graph.readers(of: w) == 1)
  }

  @Test func outputsMayNotBecomeInputsOrConstants() throws {
    let graph = try residual()
    let x = try graph.value("x"), y = try graph.value("y"), r = try graph.value("r"), w = try graph.value("w")
    #expect(!graph.canReplace(y, with: x))
    #expect(!graph.canReplace(y, with: w))
    #expect(!graph.canReplace(y, with: y))
    #expect(graph.canReplace(y, with: r))
    #expect(graph.canReplace(r, with: x))
  }

  @Test func typesMustStay() throws {
    var graph = try residual()
    let r = try graph.value("r"), w = try graph.value("w")
    var patch = Patch("test", in: graph)
    patch.replace(r, with: w)
    #expect(throws: PatchError.typeChanged(value: "r", from: graph[r].type, to: graph[w].type)) { try graph.apply(patch) }
  }

  @Test func operandsOfNewNodesAreChecked() throws {
    var graph = try residual()
    let r = try graph.value("r"), x = try graph.value("x")
    var patch = Patch("test", in: graph)
    patch.replace(r, with: patch.node(.add(Add()), [x, patch.constant(Tensor([3], [Float(1), 2, 3]), named: "k")], named: "bad"))
    #expect(throws: PatchError.operands(node: "bad", .broadcast(axis: 3, left: 7, right: 3))) { try graph.apply(patch) }
  }

  @Test func inputsAreNeverReplaced() throws {
    var graph = try residual()
    let x = try graph.value("x"), r = try graph.value("r")
    var patch = Patch("test", in: graph)
    patch.replace(x, with: r)
    #expect(throws: PatchError.replacesInput("x")) { try graph.apply(patch) }
  }
}
