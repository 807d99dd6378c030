import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// `x ── Conv(w) ── c ── Relu ── r ── Add(x) ── y`, the smallest graph with a value that is read twice.
func residual() throws -> Graph {
  var g = GraphBuilder()
  let x = g.input("x", [1, 4, 5, 7])
  let w = g.weight("w", [4, 4, 3, 3])
  let c = try g.node(Conv.self, [x, w], "c", [.pads: .ints([1, 1, 1, 1])])
  let r = try g.node(Relu.self, [c], "r")
  g.output(try g.node(Add.self, [r, x], "y"))
  return g.graph
}

extension Graph {
  /// The value of that name.
  func value(_ name: String) throws -> ValueID {
    try #require((0..<valueCount).map { ValueID($0) }.first { self[$0].name == name })
  }
}

struct GraphTests {
  @Test func knowsProducersAndReaders() throws {
    let graph = try residual()
    let x = try graph.value("x"), c = try graph.value("c"), y = try graph.value("y")
    #expect(graph.nodes.map(\.name) == ["c", "r", "y"])
    #expect(graph.readingNodes(of: x).map(\.name) == ["c", "y"])
    #expect(graph.producer(of: c, as: Conv.self)?.name == "c")
    #expect(graph.producer(of: c, as: Relu.self) == nil)
    #expect(graph.producer(of: x) == nil)
    #expect(graph.onlyReader(of: c)?.name == "r")
    #expect(graph.onlyReader(of: x) == nil)
    #expect(graph.readers(of: y) == 1)
    #expect(graph.onlyReader(of: y) == nil, "a graph output is a reader, but no node")
    #expect(graph.constants.map(\.name) == ["w"])
    #expect(graph[y].origins == ["y"])
    try graph.verify()
  }

  @Test func readingTwiceCountsTwice() throws {
    var g = GraphBuilder()
    let x = g.input("x", [3])
    g.output(try g.node(Add.self, [x, x], "y"))
    #expect(g.graph.readers(of: x) == 2)
    #expect(g.graph.onlyReader(of: x) == nil)
  }

  @Test func refusesOperandsThatDoNotFit() throws {
    var g = GraphBuilder()
    let x = g.input("x", [1, 3, 8, 8]), w = g.weight("w", [4, 5, 3, 3])
    #expect(throws: GraphError.operands(node: "c", .extent(input: 1, axis: 1, expected: 3, found: 5))) {
      try g.node(Conv.self, [x, w], "c")
    }
    #expect(g.graph.nodeCount == 0)
  }

  /// Shape arithmetic is known while the graph is built, so that Reshape can be inferred behind it.
  @Test func shapesAreKnownBeforeTheyAreComputed() throws {
    var g = GraphBuilder()
    let x = g.input("x", [2, 3, 4])
    let shape = try g.node(ShapeOf.self, [x], "shape")
    let first = try g.node(Gather.self, [shape, g.constant("i", Tensor([1], [Int64(0)]))], "first", [.axis: .int(0)])
    let target = try g.node(Concat.self, [first, g.constant("rest", .indices([-1]))], "target", [.axis: .int(0)])
    let y = try g.node(Reshape.self, [x, target], "y")
    g.output(y)
    #expect(g.graph[target].known?.ints() == [2, -1])
    #expect(g.graph[y].type == TensorType(.float32, [2, 12]))
  }

  @Test func listsItself() throws {
    #expect(
      try residual().listing == """
        input  x: float32 [1, 4, 5, 7]
        const  w: float32 [4, 4, 3, 3]
        c = Conv(x, w) pad 1: float32 [1, 4, 5, 7]
        r = Relu(c): float32 [1, 4, 5, 7]
        y = Add(r, x): float32 [1, 4, 5, 7]
        output y

        """)
  }
}
