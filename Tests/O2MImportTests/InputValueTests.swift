import O2MGraph
import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// Inputs that the caller makes constants.
@Suite struct InputValueTests {
  /// The k best of x; its shape depends on k.
  private func model(_ element: ElementType = .int64, _ dims: [ModelWriter.Extent]? = [1]) -> [UInt8] {
    var model = ModelWriter()
    model.input("x", .float32, [2, 5])
    model.input("k", element, dims)
    model.node("TopK", ["x", "k"], ["y", "i"], name: "best")
    model.output("y")
    return model.bytes
  }

  private func fault(_ bytes: [UInt8], _ value: InputValue) throws -> InputValueFault? {
    guard case .inputValue(_, let fault)? = try imported(bytes, values: ["k": value]).failure else { return nil }
    return fault
  }

  @Test func anInputBecomesAConstant() throws {
    for value in [InputValue.text("3"), .text(" 3.0"), .tensor(.indices([3])), .tensor(.scalar(3 as Float)), .tensor(.scalar(Int64(3)))] {
      let result = try imported(model(), values: ["k": value]).get(), graph = result.graph
      #expect(graph.inputs.map { graph[$0].name } == ["x"] && graph.shape(graph.outputs[0])?.dims == [2, 3])
      #expect(result.fixed.map(\.name) == ["k"] && result.fixed[0].value.tensor?.ints() == [3])
      #expect(result.fixed[0].value.tensor?.type == TensorType(.int64, [1] as Shape))
    }
  }

  @Test func withoutAValueTheInputIsNamed() throws {
    guard case .refused(let refusal)? = try imported(model()).failure else {
      Issue.record("k is not known")
      return
    }
    let node = NodeReference(name: "best", type: "TopK", domain: "", opset: 17)
    let decision = Decision(node: node, inputs: [Decision.Input(name: "k", type: TensorType(.int64, [1] as Shape))])
    #expect(refusal.nodes == [RefusedNode(node: node, fault: .dataDependent(input: 1), decision: decision)])
    #expect(!refusal.isContradiction)
  }

  @Test func valuesSuitTheInput() throws {
    #expect(try fault(model(), .text("1.5")) == .notOfType("1.5", .int64))
    #expect(try fault(model(), .text("three")) == .notOfType("three", .int64))
    #expect(try fault(model(), .text("1,2")) == .elementCount(found: 2, needed: [.fixed(1)]))
    #expect(try fault(model(), .tensor(.indices([1, 2]))) == .shape(found: [2], needed: [.fixed(1)]))
    #expect(try fault(model(), .tensor(.scalar(1.5 as Float))) == .cannotHold(found: .float32, needed: .int64))
    #expect(try fault(model(.uint8), .text("256")) == .notOfType("256", .uint8))
    #expect(try fault(model(.uint8), .text("-1")) == .notOfType("-1", .uint8))
    #expect(try imported(model(), values: ["q": .text("3")]).failure == .unknownInput("q", inputs: ["x", "k"]))
    #expect(try imported(model(), shapes: ["k": [2]], values: ["k": .text("3")]).failure?.kind == .usage)
  }

  @Test func everyTypeHasItsText() throws {
    func value(_ element: ElementType, _ dims: [ModelWriter.Extent]?, _ text: String) throws -> OnnxValue<Tensor>? {
      var model = ModelWriter(opset: 20)
      model.input("x", .float32, [2])
      model.input("v", element, dims)
      model.node("Identity", ["x"], ["y"])
      model.output("y")
      return try imported(model.bytes, values: ["v": .text(text)]).get().fixed.first?.value
    }
    #expect(try value(.bool, [], "true")?.tensor?.ints() == [1])
    #expect(try value(.bool, [], "0")?.tensor?.ints() == [0])
    #expect(try value(.float32, [], "0.1")?.tensor?.doubles() == [Double(0.1 as Float)])
    #expect(try value(.float16, [2, .open], "1,-2,3,inf")?.tensor?.doubles() == [1, -2, 3, .infinity])
    #expect(try value(.float16, [2, .open], "1,-2,3,4")?.tensor?.shape.dims == [2, 2])
    #expect(try value(.int32, ["n"], "5,6,7")?.tensor?.ints() == [5, 6, 7])
    #expect(try value(.int64, nil, "5")?.tensor?.shape.dims == [])
    guard case .strings(let strings)? = try value(.string, [1], "de,at") else {
      Issue.record("no string")
      return
    }
    #expect(strings == StringTensor([1], ["de,at"]))
  }

  /// The shape of a value says what its symbols are.
  @Test func aValueBindsSymbols() throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, "n"])
    model.input("v", .float32, ["n"])
    model.node("Add", ["x", "v"], ["y"])
    model.output("y")
    let graph = try imported(model.bytes, values: ["v": .text("1,2,3")]).get().graph
    #expect(graph.shape(graph.outputs[0])?.dims == [1, 3])
  }
}
