import O2MGraph
import O2MImport
import O2MOps
import O2MPasses
import O2MTensor
import O2MTestSupport
import Testing

/// The whole pipeline on whole networks.
struct PipelineTests {
  /// Weights are rounded again by fold-batchnorm, 1e-5 relative to the largest score.
  static let agreement = Agreement.sum(of: 512)

  private static let imported: [Architecture: Graph] = {
    var graphs: [Architecture: Graph] = [:]
    for architecture in Architecture.allCases {
      guard let folder = try? ScratchFolder() else { continue }
      withExtendedLifetime(folder) {
        let path = folder.file("model.onnx")
        guard (try? architecture.model(size: 32, classes: 7).write(to: path)) != nil else { return }
        graphs[architecture] = try? importModel(path: path).graph
      }
    }
    return graphs
  }()

  private func graph(_ architecture: Architecture) throws -> Graph { try #require(Self.imported[architecture]) }

  private func counts(_ graph: Graph) -> [String: Int] {
    graph.nodes.reduce(into: [:]) { $0["\($1.op.name)", default: 0] += 1 }
  }

  /// Nothing is left but layers, pools and what moves channels.
  @Test(
    arguments: zip(
      Architecture.allCases,
      [
        ["Conv": 26, "MaxPool": 3, "Concat": 8, "GlobalAveragePool": 1, "Flatten": 1],
        ["Conv": 52, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1],
        ["Conv": 56, "MaxPool": 1, "Split": 69, "Concat": 16, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1],
        ["Conv": 20, "MaxPool": 1, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1],
      ]))
  func leavesTheLayers(architecture: Architecture, expected: [String: Int]) throws {
    let before = try graph(architecture)
    var after = before
    let reports = try Driver(Pipeline.passes).run(&after)
    try after.verify()
    #expect(counts(after) == expected)
    expectUniqueNames(after)
    try expectSameOutputs(before, after, Self.agreement)
    #expect(reports.map(\.name) == Pipeline.names)
    var again = before
    #expect(try Driver(Pipeline.passes).run(&again) == reports)
    #expect(again.listing == after.listing)
    #expect(try Driver(Pipeline.passes).run(&again).reduce(0) { $0 + $1.rewrites } == 0)
  }

  /// A pass needs no other one to be right.
  @Test(arguments: Architecture.allCases, Pipeline.names)
  func everyPassAloneKeepsTheNumbers(architecture: Architecture, pass: String) throws {
    let before = try graph(architecture)
    var after = before
    let report = try Driver(Pipeline.passes.filter { "\($0.name)" == pass }).run(&after)[0]
    guard report.rewrites > 0 else { return }
    try expectSameOutputs(before, after, Self.agreement)
  }

  /// A block with everything the pipeline knows: every prefix of its patches, and the pipeline less any pass, keep the numbers.
  private func block() throws -> Graph {
    var g = GraphBuilder("block")
    let x = g.input("x", [1, 4, 6, 6])
    let p = try g.node(Pad.self, [x, g.constant("pads", .indices([0, 0, 1, 1, 0, 0, 1, 1]))], "p")
    let c = try g.node(Conv.self, [p, g.weight("c.w", [4, 4, 3, 3])], "c")
    let n = try g.batchNorm(c, "n", 4)
    let scaled = try g.node(Mul.self, [n, g.weight("s", [4, 1, 1])], "scaled")
    let sum = try g.node(Add.self, [x, scaled], "sum")
    let r = try g.node(Relu.self, [sum], "r")
    let split = try g.node(Reshape.self, [r, g.constant("split.shape", .indices([1, 2, 2, 6, 6]))], "split")
    let turned = try g.node(Transpose.self, [split], "turned", [.perm: .ints([0, 2, 1, 3, 4])])
    let joined = try g.node(Reshape.self, [turned, g.constant("joined.shape", .indices([1, 4, 6, 6]))], "joined")
    let d = try g.conv(joined, "d", to: 4)
    let silu = try g.node(Mul.self, [d, try g.node(Sigmoid.self, [d], "gate")], "silu")
    let mean = try g.node(
      ReduceMean.self, [try g.node(Identity.self, [silu], "same"), g.constant("axes", .indices([2, 3]))], "mean", [.keepdims: .int(0)])
    let m = try g.node(MatMul.self, [mean, g.weight("m.w", [4, 3])], "m")
    g.output(try g.node(Add.self, [m, g.weight("m.b", [3])], "y"))
    return g.graph
  }

  @Test func everyPrefixOfThePatchesIsAGraph() throws {
    let before = try block()
    var full = before
    let total = try Driver(Pipeline.passes).run(&full).reduce(0) { $0 + $1.rewrites }
    #expect(counts(full) == ["Conv": 2, "GlobalAveragePool": 1, "Reshape": 1, "Gemm": 1])
    for limit in 0...total {
      var graph = before
      #expect(try Driver(Pipeline.passes, stopAfter: limit).run(&graph).reduce(0) { $0 + $1.rewrites } == limit)
      try graph.verify()
      expectUniqueNames(graph)
      try expectSameOutputs(before, graph, seed: UInt64(limit), Self.agreement)
      if limit == total { #expect(graph.listing == full.listing) }
    }
  }

  @Test(arguments: Pipeline.names)
  func anyPassMayBeSkipped(name: String) throws {
    let before = try block()
    var graph = before
    let passes = try #require(Pipeline.passes(skipping: [name]))
    #expect(passes.count == Pipeline.passes.count - 1)
    _ = try Driver(passes).run(&graph)
    try graph.verify()
    try expectSameOutputs(before, graph, Self.agreement)
  }

  /// The order is a matter of rounds, not of correctness.
  @Test func thePassesMayRunBackwards() throws {
    let before = try block()
    var graph = before
    _ = try Driver(Pipeline.passes.reversed()).run(&graph)
    try expectSameOutputs(before, graph, Self.agreement)
  }

  @Test func anUnknownNameIsNoPass() { #expect(Pipeline.passes(skipping: ["fold-everything"]) == nil) }

  @Test func namesAreUnique() { #expect(Set(Pipeline.names).count == Pipeline.names.count) }
}
