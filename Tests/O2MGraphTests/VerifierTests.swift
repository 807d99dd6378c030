import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

struct VerifierTests {
  @Test func aSoundGraphPasses() throws { try residual().verify() }

  /// `replace` moves the reader in front of what it reads.
  @Test func findsANodeThatReadsLater() throws {
    var g = GraphBuilder()
    let x = g.input("x", [3])
    let a = try g.node(Relu.self, [x], "a"), b = try g.node(Relu.self, [a], "b"), c = try g.node(Relu.self, [b], "c")
    g.output(c)
    var graph = g.graph
    var patch = Patch("test", in: graph)
    patch.replace(a, with: c)
    try graph.apply(patch)
    #expect(throws: VerifyError.self) { try graph.verify() }
    #expect(throws: VerifyError.readsLater(node: "b", value: "c")) { try graph.verify(patch) }
  }

  /// Types that do not follow in a new node and in one that reads it; what lies elsewhere is left to the check of the whole graph.
  @Test(arguments: [("new", true), ("c", true), ("d", false)])
  func findsWhatAPatchBroke(name: String, isSeen: Bool) throws {
    var g = GraphBuilder()
    let x = g.input("x", [3])
    let a = try g.node(Relu.self, [x], "a"), b = try g.node(Relu.self, [a], "b"), c = try g.node(Relu.self, [b], "c")
    g.output(try g.node(Relu.self, [c], "d"))
    var graph = g.graph
    var patch = Patch("test", in: graph)
    let new = patch.node(.relu(Relu()), [x], named: "new")
    patch.replace(b, with: new)
    try graph.apply(patch)
    try graph.verify(patch)
    let id = name == "new" ? new : try graph.value(name)
    graph[id].type = TensorType(.float32, [4])
    #expect(throws: VerifyError.self) { try graph.verify() }
    if isSeen { #expect(throws: VerifyError.self) { try graph.verify(patch) } } else { try graph.verify(patch) }
  }

  @Test func findsATypeThatDoesNotFollow() throws {
    var graph = try residual()
    let c = try graph.value("c")
    let inferred = graph[c].type
    graph[c].type = TensorType(.float32, [1, 4, 5, 8])
    #expect(throws: VerifyError.types(node: "c", value: "c", stored: graph[c].type, inferred: inferred)) { try graph.verify() }
  }

  @Test func findsOperandsThatNoLongerFit() throws {
    var graph = try residual()
    let w = try graph.value("w")
    graph[w].type = TensorType(.float32, [4, 3, 3, 3])
    #expect(throws: VerifyError.operands(node: "c", .extent(input: 1, axis: 1, expected: 4, found: 3))) { try graph.verify() }
  }

  @Test func findsAConstantThatWentAway() throws {
    var graph = try residual()
    let w = try graph.value("w")
    graph[w].constant = nil
    #expect(throws: VerifyError.readsLater(node: "c", value: "w")) { try graph.verify() }
  }
}
