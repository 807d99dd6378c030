import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

struct EvaluatorTests {
  private let x = { () -> Tensor in
    var random = Seeded(3)
    return random.tensor([1, 4, 5, 7])
  }()

  @Test func showsEachNodeOnce() throws {
    let graph = try residual()
    var seen: [String] = []
    _ = try Evaluator(graph).run([x]) { node, results in
      seen.append(node.name)
      #expect(results.map(\.type) == node.outputs.map { graph[$0].type })
    }
    #expect(seen == ["c", "r", "y"])
  }

  @Test func refusesOtherInputs() throws {
    let graph = try residual()
    #expect(throws: EvaluationError.inputCount(expected: 1, found: 2)) { try Evaluator(graph).run([x, x]) }
    let odd = Tensor([1], [Float(0)])
    #expect(throws: EvaluationError.inputType(name: "x", expected: x.type, found: odd.type)) { try Evaluator(graph).run([odd]) }
  }

  /// An input, a constant and a value that is also read inside may all be outputs.
  @Test func outputsMayBeAnything() throws {
    var g = GraphBuilder()
    let x = g.input("x", [2])
    let k = g.constant("k", Tensor([2], [Float(5), 6]))
    let a = try g.node(Add.self, [x, k], "a"), b = try g.node(Add.self, [a, k], "b")
    for id in [x, k, a, b] { g.output(id) }
    let outputs = try Evaluator(g.graph).run([Tensor([2], [Float(1), 2])])
    #expect(outputs.map { $0.doubles() } == [[1, 2], [5, 6], [6, 8], [11, 14]])
  }

  @Test func tracesWhatItRuns() throws {
    let graph = try residual()
    let outputs = try Evaluator(graph).run([x]), trace = try Evaluator(graph).trace([x])
    try expectAgreement(trace.outputs[0], outputs[0], .exact)
  }

  /// Rerunning with other constants is the same as running a graph that has them.
  @Test(arguments: [["w1"], ["w2"], ["k"], ["w1", "k"], ["w1", "w2", "k"], []])
  func rerunsAsIfTheConstantsWereOthers(names: [String]) throws {
    func network(_ random: inout Seeded, replacing names: [String]) throws -> Graph {
      var g = GraphBuilder(seed: 5)
      let x = g.input("x", [1, 4, 5, 7])
      var weights = [g.weight("w1", [4, 4, 3, 3]), g.weight("w2", [6, 4, 1, 1]), g.weight("k", [1, 4, 1, 1])]
      for (index, name) in ["w1", "w2", "k"].enumerated() where names.contains(name) {
        weights[index] = g.constant(name + ".new", random.tensor(g.graph[weights[index]].type))
      }
      let a = try g.node(Conv.self, [x, weights[0]], "a", [.pads: .ints([1, 1, 1, 1])])
      let b = try g.node(Add.self, [a, weights[2]], "b")
      let c = try g.node(Add.self, [b, x], "c")
      g.output(try g.node(Conv.self, [c, weights[1]], "d"))
      g.output(try g.node(Relu.self, [x], "untouched"))
      g.output(b)
      return g.graph
    }
    var random = Seeded(11)
    let before = try network(&random, replacing: []), after = try network(&random, replacing: names)
    var overrides: [ValueID: Tensor] = [:]
    for name in names { overrides[try before.value(name)] = after[try after.value(name + ".new")].constant }
    let evaluator = Evaluator(before)
    let found = try evaluator.rerun(try evaluator.trace([x]), overriding: overrides)
    let expected = try Evaluator(after).run([x])
    try #require(found.count == 3)
    for index in found.indices { try expectAgreement(found[index], expected[index], .exact, output: "\(index)", seed: 11) }
  }
}
