import O2MGraph
import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

@Suite struct InputShapeTests {
  private func model(_ x: [ModelWriter.Extent]?, _ y: [ModelWriter.Extent]?) -> [UInt8] {
    var model = ModelWriter()
    model.input("x", .float32, x)
    model.input("y", .float32, y)
    model.node("Add", ["x", "y"], ["z"])
    model.output("z")
    return model.bytes
  }

  private func shapes(_ bytes: [UInt8], _ pins: [String: [Int]] = [:]) throws -> [[Int]] {
    let graph = try imported(bytes, shapes: pins).get().graph
    return graph.inputs.map { graph.shape($0)?.dims ?? [] }
  }

  @Test func anOpenBatchIsOne() throws {
    let result = try imported(model(["N", 3], ["N", 3])).get()
    let declared: [NotedDim] = [.symbol("N"), .fixed(3)]
    #expect(result.notes == [.assumedBatch(OpenDim(input: "x", axis: 0, symbol: "N", declared: declared))])
    #expect(try shapes(model(["N", 3], ["N", "N"])) == [[1, 3], [1, 1]])
    #expect(try shapes(model([.open, 3], [.fixed(-1), 3])) == [[1, 3], [1, 3]])
  }

  @Test func pinsBindSymbols() throws {
    #expect(try shapes(model(["N", "W"], ["N", "W"]), ["y": [4, 5]]) == [[4, 5], [4, 5]])
    #expect(try shapes(model(nil, [2]), ["x": [3, 2]]) == [[3, 2], [2]])
  }

  @Test func openExtentsAreAllListed() throws {
    let error = try imported(model(["N", "H"], ["N", .open])).failure
    #expect(
      error
        == .openDims([
          OpenDim(input: "x", axis: 1, symbol: "H", declared: [.symbol("N"), .symbol("H")]),
          OpenDim(input: "y", axis: 1, symbol: "", declared: [.symbol("N"), .open]),
        ]))
    #expect(error?.kind == .usage)
    #expect(try imported(model(nil, [2])).failure == .unknownRank(input: "x"))
  }

  @Test func pinsThatContradictAreRefused() throws {
    let bytes = model(["N", 3], ["N", 3])
    #expect(try imported(bytes, shapes: ["q": [1]]).failure == .unknownInput("q", inputs: ["x", "y"]))
    #expect(try imported(bytes, shapes: ["x": [1, 3, 3]]).failure == .pinnedRank(input: "x", pinned: 3, rank: 2))
    #expect(
      try imported(bytes, shapes: ["x": [1, 3], "y": [2, 3]]).failure
        == .pinnedSymbol(symbol: "N", input: "y", axis: 0, pinned: 2, before: 1))
  }

  /// Some exporters call every open extent `?`, or by one name.
  @Test(arguments: ["?", "-1", "", "None", "unk"])
  func placeholdersAreNoSymbols(name: String) throws {
    let extent = ModelWriter.Extent.symbol(name)
    #expect(try shapes(model([1, extent, extent], [extent]), ["x": [1, 4, 6], "y": [6]]) == [[1, 4, 6], [6]])
    #expect(try imported(model([1, extent, extent], [extent]), shapes: ["x": [1, 4, 6], "y": [6]]).get().warnings.isEmpty)
  }

  @Test func aNameOfTwoExtentsOfOneInputIsNone() throws {
    let result = try imported(model(["d", "d"], ["d"]), shapes: ["x": [2, 3], "y": [3]]).get()
    #expect(result.warnings == [.symbol("d", input: "x", axis: 1, given: 3, before: 2)])
    // Square is square.
    #expect(try imported(model(["d", "d"], ["d"]), shapes: ["x": [3, 3]]).get().warnings.isEmpty)
    #expect(try shapes(model(["d", "d"], ["d"]), ["x": [3, 3]]) == [[3, 3], [3]])
  }

  @Test func fixedExtentsGiveWayWhereTheGraphAllowsIt() throws {
    let bytes = model([1, 3], [1])
    #expect(try shapes(bytes, ["x": [2, 5]]) == [[2, 5], [1]])
    let changed = [
      ChangedDim(input: "x", axis: 0, given: 2, noted: 1), ChangedDim(input: "x", axis: 1, given: 5, noted: 3),
    ]
    #expect(try imported(bytes, shapes: ["x": [2, 5]]).get().notes == changed.map { .changedExtent($0) })
    let error = try imported(model([1, 3], [1, 3]), shapes: ["x": [1, 5]]).failure
    let node = NodeReference(name: "Add_z", type: "Add", domain: "", opset: 17)
    #expect(error == .changedExtents([changed[1]], .node(node, .broadcast(axis: 1, left: 5, right: 3))))
    #expect(error?.kind == .usage)
  }

  /// Time first: a window of 3 does not fit into 1.
  @Test func anOpenFirstExtentIsNotOneWhereThatIsTooFew() throws {
    var model = ModelWriter()
    model.input("x", .float32, ["T", 80])
    model.initializer("w", Tensor([1, 1, 3, 1], [1, 1, 1] as [Float]))
    model.initializer("shape", .indices([1, 1, -1, 80]))
    model.node("Reshape", ["x", "shape"], ["r"])
    model.node("Conv", ["r", "w"], ["y"], name: "window")
    model.output("y")
    let error = try imported(model.bytes).failure
    guard case .firstExtents(let dims, .node(let node, .emptyOutput)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(dims == [OpenDim(input: "x", axis: 0, symbol: "T", declared: [.symbol("T"), .fixed(80)])] && node.name == "window")
    #expect(error?.kind == .usage)
    #expect(try shapes(model.bytes, ["x": [7, 80]]) == [[7, 80]])
  }

  /// What is wrong with every extent is not blamed on one.
  @Test func otherFaultsAreNotBlamedOnShapes() throws {
    let error = try imported(model(["N", 3], [2])).failure
    #expect(error == .node(NodeReference(name: "Add_z", type: "Add", domain: "", opset: 17), .broadcast(axis: 1, left: 3, right: 2)))
  }

  /// Exporters before IR 4 list the weights as inputs.
  @Test func initializersAreNoInputs() throws {
    var model = ModelWriter()
    model.input("x", .float32, [2])
    model.input("w", .float32, [2])
    model.initializer("w", Tensor([2], [1, 2] as [Float]))
    model.node("Add", ["x", "w"], ["z"])
    model.output("z")
    let graph = try imported(model.bytes).get().graph
    #expect(graph.inputs.map { graph[$0].name } == ["x"] && graph.constants.map(\.name) == ["w"])
  }
}
