import O2MGraph
import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

private func faults(_ model: ModelWriter) throws -> [GraphViolation]? {
  guard case .graph(let faults)? = try imported(model.bytes).failure else { return nil }
  return faults
}

@Test func cyclesAreNamed() throws {
  var model = ModelWriter()
  model.input("x", .float32, [2])
  model.node("Add", ["x", "c"], ["a"], name: "first")
  model.node("Relu", ["a"], ["b"], name: "second")
  model.node("Relu", ["b"], ["c"], name: "third")
  model.output("c")
  #expect(try faults(model) == [.cycle(["first", "third", "second"])])
}

@Test func allNameFaultsAreListed() throws {
  var model = ModelWriter()
  model.input("x", .float32, [2])
  model.node("Relu", ["nowhere"], ["a"], name: "r")
  model.node("Relu", ["x"], ["a"])
  model.node("Relu", ["x"], ["x"])
  model.output("z")
  #expect(
    try faults(model) == [
      .duplicateValue("a", node: "Relu_a"), .duplicateValue("x", node: "Relu_x"), .danglingInput(node: "r", value: "nowhere"),
      .danglingOutput("z"),
    ])
}

/// Writers that sort their nodes by name exist.
@Test func nodesMayStandInAnyOrder() throws {
  var model = ModelWriter()
  model.input("x", .float32, [2])
  model.node("Relu", ["b"], ["c"], name: "last")
  model.node("Relu", ["a"], ["b"], name: "middle")
  model.node("Relu", ["x"], ["a"], name: "first")
  model.output("c")
  #expect(try imported(model.bytes).get().graph.nodes.map(\.name) == ["first", "middle", "last"])
}

/// A chain this long would overflow the stack of anything that recurses.
@Test func longChainsDoNotRecurse() throws {
  var model = ModelWriter()
  model.input("x", .float32, [1])
  let count = 20_000
  for index in (0..<count).reversed() { model.node("Relu", [index == 0 ? "x" : "v\(index - 1)"], ["v\(index)"]) }
  model.output("v\(count - 1)")
  #expect(try imported(model.bytes).get().graph.nodeCount == count)
}

@Test func shapeNotesAreCheckedNotObeyed() throws {
  var model = ModelWriter()
  model.input("x", .float32, ["N", 3])
  model.node("Relu", ["x"], ["a"])
  model.node("Relu", ["a"], ["b"])
  model.note("a", .float32, ["N", 4])
  model.note("x", .float32, [7])
  model.output("b", .float32, [2, 3])
  let inferred = TensorType(.float32, [1, 3] as Shape), result = try imported(model.bytes).get()
  #expect(
    result.warnings == [
      .shape(value: "x", isOutput: false, noted: TensorType(.float32, [7] as Shape), inferred: inferred),
      .shape(value: "a", isOutput: false, noted: TensorType(.float32, [.unknown, .fixed(4)]), inferred: inferred),
      .shape(value: "b", isOutput: true, noted: TensorType(.float32, [2, 3] as Shape), inferred: inferred),
    ])
  #expect(result.graph.outputs.map { result.graph[$0].type } == [inferred])
}

/// No runtime loads a model whose values have other element types than it says.
@Test func elementTypesAreNoHints() throws {
  var model = ModelWriter()
  model.input("x", .float32, [1, 3])
  model.node("Relu", ["x"], ["y"])
  model.output("y", .float16, [1, 3])
  let noted = TensorType(.float16, [1, 3] as Shape), inferred = TensorType(.float32, [1, 3] as Shape)
  #expect(try faults(model) == [.contradiction(value: "y", noted: noted, notedElement: .float16, inferred: inferred)])
}

@Suite struct UnsupportedTests {
  private func entry(_ domain: String, _ type: String, _ opset: Int, _ count: Int, _ first: String, _ reason: UnsupportedOperator.Reason)
    -> UnsupportedOperator
  {
    UnsupportedOperator(domain: domain, type: type, opset: opset, count: count, firstNode: first, reason: reason)
  }

  /// Also those inside branches and functions.
  @Test func everyOperatorIsListed() throws {
    var body = ModelWriter()
    body.node("NoSuchOperator", ["x"], ["y"], name: "inside")
    body.output("y")
    var function = ModelWriter(opset: 11)
    function.node("Deeper", ["a"], ["b"], name: "deep")
    var model = ModelWriter(opset: 11)
    model.opsets.append(("com.example", 1))
    model.function(domain: "com.example", "Fancy", ["a"], ["b"], body: function)
    model.input("x", .float32, [2])
    model.initializer("c", Tensor([], [Truth(true)]))
    model.node("NoSuchOperator", ["x"], ["a"], name: "n1")
    model.node("NoSuchOperator", ["x"], ["b"], name: "n2")
    model.node("If", ["c"], ["c1"], name: "branch", [("then_branch", .graph(body)), ("else_branch", .graph(body))])
    model.node("Fancy", ["x"], ["d"], name: "f", domain: "com.example")
    model.node("Other", ["x"], ["e"], name: "o", domain: "com.example")
    model.node("HardSwish", ["x"], ["f"], name: "h")
    model.node("RandomNormalLike", ["x"], ["g"], name: "r")
    model.node("NotNeeded", ["x"], ["h1"], name: "dead")
    for name in ["a", "b", "c1", "d", "e", "f", "g"] { model.output(name) }
    let error = try imported(model.bytes).failure
    #expect(
      error
        == .unsupported([
          entry("", "NoSuchOperator", 11, 4, "n1", .unknown),
          entry("", "Deeper", 11, 1, "deep", .unknown),
          entry("com.example", "Other", 1, 1, "o", .unknown),
          entry("", "HardSwish", 11, 1, "h", .notBefore(opset: 14)),
          entry("", "RandomNormalLike", 11, 1, "r", .random),
        ]))
    #expect(error?.kind == .unsupported)
  }

  /// One report for everything that can be known at once.
  @Test func everythingIsReported() throws {
    var model = ModelWriter()
    model.input("x", .float32, [2, 3])
    model.input("y", .float32, [2, 4])
    model.input("t", .string, [1])
    model.node("NoSuchOperator", ["x"], ["a"], name: "n")
    model.node("Add", ["x", "y"], ["b"], name: "sum")
    model.node("NonZero", ["x"], ["c"], name: "hits")
    model.node("Relu", ["b"], ["d"], name: "behind")
    model.note("c", .int64, [2, "N"])
    model.note("x", .float16, [2, 3])
    for name in ["a", "c", "d"] { model.output(name, name == "c" ? .int64 : .float32) }
    let expected = Refusal(
      unsupported: [entry("", "NoSuchOperator", 17, 1, "n", .unknown)],
      values: [.stringInput("t")],
      nodes: [
        RefusedNode(node: NodeReference(name: "sum", type: "Add", domain: "", opset: 17), fault: .broadcast(axis: 1, left: 3, right: 4)),
        RefusedNode(node: NodeReference(name: "hits", type: "NonZero", domain: "", opset: 17), fault: .dataDependent(input: 0)),
      ],
      graph: [
        .contradiction(
          value: "x", noted: TensorType(.float16, [2, 3] as Shape), notedElement: .float16, inferred: TensorType(.float32, [2, 3] as Shape))
      ])
    #expect(try imported(model.bytes).failure == .refused(expected))
    #expect(try imported(model.bytes).failure?.kind == .invalid)
  }

  /// Nothing but what is not built: the model is sound.
  @Test func soundModelsAreNotCalledDamaged() throws {
    var model = ModelWriter()
    model.input("x", .float32, [2, 3])
    model.node("NonZero", ["x"], ["a"], name: "hits")
    model.node("NoSuchOperator", ["x"], ["b"], name: "n")
    model.output("a", .int64)
    #expect(try imported(model.bytes).failure?.kind == .unsupported)
  }

  /// Names that lead nowhere do not hide the operators.
  @Test func namesAndOperatorsAreReportedTogether() throws {
    var model = ModelWriter()
    model.input("x", .float32, [2])
    model.node("NoSuchOperator", ["nowhere"], ["y"], name: "n")
    model.output("y")
    let expected = Refusal(
      unsupported: [entry("", "NoSuchOperator", 17, 1, "n", .unknown)], graph: [.danglingInput(node: "n", value: "nowhere")])
    #expect(try imported(model.bytes).failure == .refused(expected))
  }
}

@Test func aFaultyNodeIsNamed() throws {
  var model = ModelWriter()
  model.input("x", .float32, [2, 3])
  model.input("y", .float32, [2, 4])
  model.node("Add", ["x", "y"], ["z"], name: "sum")
  model.output("z")
  let node = NodeReference(name: "sum", type: "Add", domain: "", opset: 17)
  #expect(try imported(model.bytes).failure == .node(node, .broadcast(axis: 1, left: 3, right: 4)))
}

/// The extents multiply to 2^80.
@Test func countsThatOverflowAreRefused() throws {
  var model = ModelWriter()
  model.initializer("dims", .indices([1 << 40, 1 << 40]))
  model.node("ConstantOfShape", ["dims"], ["z"], name: "zeros")
  model.output("z")
  guard case .node(let node, _)? = try imported(model.bytes).failure else {
    Issue.record("2^80 elements were accepted")
    return
  }
  #expect(node.name == "zeros")
}

/// What no output needs cannot stop a model, unless it contradicts itself.
@Suite struct DeadNodeTests {
  private func model(_ output: String = "y") -> ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [2, 3])
    model.node("Bernoulli", ["x"], ["a"], name: "noise")
    model.node("Relu", ["a"], ["b"], name: "behind")
    model.node("NonZero", ["x"], ["c"], name: "hits")
    model.node("Neg", ["x"], ["y"], name: "neg")
    model.output(output)
    return model
  }

  @Test func deadNodesAreLeftOut() throws {
    let result = try imported(model().bytes).get()
    #expect(result.graph.nodes.map(\.name) == ["neg"])
    func node(_ name: String, _ type: String) -> NodeReference { NodeReference(name: name, type: type, domain: "", opset: 17) }
    #expect(result.notes == [.leftOut(node("noise", "Bernoulli")), .leftOut(node("hits", "NonZero"))])
    #expect(try imported(model("b").bytes).failure?.kind == .unsupported)
  }

  @Test func deadContradictionsAreRefused() throws {
    var model = model()
    model.initializer("z", Tensor([4], [1, 2, 3, 4] as [Float]))
    model.node("Add", ["x", "z"], ["d"], name: "sum")
    #expect(try imported(model.bytes).failure?.kind == .invalid)
  }

  /// In the branch that is not taken, and in a loop that makes no turn.
  @Test func whatNeverRunsIsNoReason() throws {
    var noise = ModelWriter(), quiet = ModelWriter()
    noise.node("RandomNormalLike", ["x"], ["r"])
    noise.output("r")
    quiet.node("Neg", ["x"], ["r"])
    quiet.output("r")
    for isNoise in [false, true] {
      var model = ModelWriter()
      model.input("x", .float32, [2])
      model.initializer("c", Tensor([], [Truth(isNoise)]))
      model.node("If", ["c"], ["y"], name: "choice", [("then_branch", .graph(noise)), ("else_branch", .graph(quiet))])
      model.output("y")
      #expect(try imported(model.bytes).failure?.kind == (isNoise ? .unsupported : nil))
    }
  }
}
