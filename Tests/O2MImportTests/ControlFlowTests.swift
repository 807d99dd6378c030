import O2MGraph
import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// The outputs of a model of one float vector input, run by reference.
private func run(_ model: ModelWriter, _ x: [Float]) throws -> [[Double]] {
  let imported = try imported(model.bytes).get()
  return try Evaluator(imported.graph).run([Tensor([x.count], x)]).map { $0.doubles() }
}

private func fault(_ model: ModelWriter) throws -> OpFault? {
  switch try imported(model.bytes).failure {
  case .node(_, let fault): fault
  case .refused(let refusal) where refusal.nodes.count == 1: refusal.nodes[0].fault
  default: nil
  }
}

/// A body of one node that reads `x` from around it.
private func branch(_ type: String, _ inputs: [String] = ["x"]) -> ModelWriter {
  var body = ModelWriter()
  body.node(type, inputs, ["r"], name: type.lowercased())
  body.output("r")
  return body
}

private func vector(_ length: Int = 2) -> ModelWriter {
  var model = ModelWriter()
  model.input("x", .float32, [.fixed(length)])
  return model
}

@Suite struct BranchTests {
  private func model(_ known: Bool?, then: ModelWriter = branch("Neg"), else other: ModelWriter = branch("Abs")) -> ModelWriter {
    var model = vector()
    if let known { model.initializer("c", Tensor([], [Truth(known)])) } else { model.input("c", .bool, []) }
    model.node("If", ["c"], ["y"], name: "choice", [("then_branch", .graph(then)), ("else_branch", .graph(other))])
    model.output("y")
    return model
  }

  @Test func aKnownConditionLeavesOneBranch() throws {
    #expect(try run(model(true), [1, -2]) == [[-1, 2]])
    #expect(try run(model(false), [1, -2]) == [[1, 2]])
    #expect(try imported(model(true).bytes).get().graph.nodes.map(\.name) == ["choice/neg"])
  }

  @Test func anUnknownConditionChoosesBetweenValues() throws {
    let graph = try imported(model(nil).bytes).get().graph
    let x = Tensor([2], [1, -2] as [Float])
    for (condition, expected) in [(true, [-1.0, 2]), (false, [1.0, 2])] {
      #expect(try Evaluator(graph).run([x, Tensor([], [Truth(condition)])])[0].doubles() == expected)
    }
  }

  @Test func branchesOfTwoShapesNeedAKnownCondition() throws {
    #expect(try fault(model(nil, then: branch("ReduceSum"))) == .dataDependent(input: 0))
    #expect(try imported(model(nil, then: branch("ReduceSum")).bytes).failure?.kind == .unsupported)
  }

  /// A branch that may never run says nothing against the model: the input that decides is named.
  @Test func aBranchThatCannotRunNeedsAKnownCondition() throws {
    var other = ModelWriter()
    other.initializer("three", Tensor([3], [0, 0, 0] as [Float]))
    other.node("Add", ["x", "three"], ["r"], name: "sum")
    other.output("r")
    var model = vector()
    model.input("rate", .int64, [])
    model.initializer("high", .scalar(Int64(16000)))
    model.node("Equal", ["rate", "high"], ["c"])
    model.node("If", ["c"], ["y"], name: "choice", [("then_branch", .graph(branch("Neg"))), ("else_branch", .graph(other))])
    model.output("y")
    func node(_ name: String, _ type: String) -> NodeReference { NodeReference(name: name, type: type, domain: "", opset: 17) }
    let input = Decision.Input(name: "rate", type: TensorType(.int64, [] as Shape), example: 16000)
    let refused = RefusedNode(
      node: node("choice/else/sum", "Add"), fault: .broadcast(axis: 0, left: 2, right: 3),
      decision: Decision(node: node("choice", "If"), inputs: [input]))
    let error = try imported(model.bytes).failure
    #expect(error == .refused(Refusal(nodes: [refused])) && error?.kind == .unsupported)

    let graph = try imported(model.bytes, values: ["rate": .text("16000")]).get().graph
    #expect(graph.nodes.map(\.name) == ["Equal_c", "choice/neg"] && graph.inputs.map { graph[$0].name } == ["x"])
  }

  /// Given as a value, the condition is a setting of the model and becomes a constant.
  @Test func aGivenConditionIsPinned() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(model(nil, then: branch("ReduceSum")).bytes, as: "model.onnx")
    var options = ImportOptions()
    options.inputs = [("x", .tensor(Tensor([2], [1, 2] as [Float]))), ("c", .tensor(Tensor([], [Truth(true)])))]
    options.knowledge = .pinned
    let imported = try importModel(path: path, options: options)
    #expect(imported.pinned == ["c"] && imported.graph.inputs.map { imported.graph[$0].name } == ["x"])
    #expect(imported.graph.nodes.map(\.name) == ["choice/reducesum"])
  }

  /// A branch in a branch reads what is two graphs above.
  @Test func capturesReachThroughBodies() throws {
    var outer = ModelWriter()
    outer.initializer("d", Tensor([], [Truth(true)]))
    outer.node("Add", ["x", "x"], ["twice"])
    outer.node(
      "If", ["d"], ["r"], name: "inner", [("then_branch", .graph(branch("Mul", ["x", "twice"]))), ("else_branch", .graph(branch("Abs")))])
    outer.output("r")
    #expect(try run(model(true, then: outer), [3, -1]) == [[18, 2]])
  }
}

@Suite struct LoopTests {
  /// `s = s + x · number` in each turn; the carried sum, and all of them stacked.
  private func model(_ trips: Int?, keepsOn: Bool? = nil) -> ModelWriter {
    var body = ModelWriter()
    body.input("number", .int64, [])
    body.input("before", .bool, [])
    body.input("s", .float32, [2])
    body.node("Cast", ["number"], ["n"], [("to", .int(1))])
    body.node("Mul", ["x", "n"], ["step"], name: "step")
    body.node("Add", ["s", "step"], ["sum"])
    body.node("Less", ["number", "last"], ["after"])
    body.node("Identity", ["sum"], ["row"])
    body.output("after", .bool)
    body.output("sum")
    body.output("row")
    var model = vector()
    model.initializer("last", .scalar(Int64(2)))
    model.initializer("zero", Tensor([2], [0, 0] as [Float]))
    if let trips { model.initializer("trips", .scalar(Int64(trips))) }
    if let keepsOn { model.initializer("on", Tensor([], [Truth(keepsOn)])) }
    model.node(
      "Loop", [trips == nil ? "" : "trips", keepsOn == nil ? "" : "on", "zero"], ["y", "rows"], name: "loop", [("body", .graph(body))])
    model.output("y")
    model.output("rows")
    return model
  }

  @Test func aTripCountIsWrittenOut() throws {
    #expect(try run(model(3), [1, 10]) == [[3, 30], [0, 0, 1, 10, 3, 30]])
    #expect(try imported(model(3).bytes).get().graph.nodes.contains { $0.name == "loop[2]/step" })
  }

  /// What a turn would give decides the shape of no rows, whatever the file notes.
  @Test(arguments: [(0, nil), (3, false), (nil, false)] as [(Int?, Bool?)])
  func aLoopOfNoTurnsGivesNoRows(trips: Int?, keepsOn: Bool?) throws {
    let graph = try imported(model(trips, keepsOn: keepsOn).bytes).get().graph
    #expect(graph.outputs.map { graph.shape($0)?.dims } == [[2], [0, 2]])
    #expect(try run(model(trips, keepsOn: keepsOn), [1, 10]) == [[0, 0], []])
  }

  @Test func aConditionEndsIt() throws {
    #expect(try run(model(nil, keepsOn: true), [1, 1])[0] == [3, 3])
    #expect(try run(model(100, keepsOn: true), [1, 1])[0] == [3, 3])
    #expect(try run(model(2, keepsOn: true), [1, 1])[0] == [1, 1])
  }

  /// A loop whose turns a run counts: a value `s` that is carried, and what is added to it each time.
  private func counted(atMost most: Int? = nil, _ nodes: (inout ModelWriter) -> Void) -> ModelWriter {
    var model = vector()
    model.input(most == nil ? "trips" : "on", most == nil ? .int64 : .bool, [])
    if let most { model.initializer("trips", .scalar(Int64(most))) }
    var body = ModelWriter()
    body.input("number", .int64, [])
    body.input("before", .bool, [])
    body.input("s", .float32, [2])
    body.node("Identity", ["before"], ["after"])
    nodes(&body)
    body.output("after", .bool)
    body.output("next")
    model.node("Loop", ["trips", most == nil ? "" : "on", "x"], ["y"], name: "loop", [("body", .graph(body))])
    model.output("y")
    return model
  }

  @Test(arguments: [0, 1, 4]) func aRunMayCountTheTurns(trips: Int) throws {
    let graph = try imported(counted { $0.node("Add", ["s", "x"], ["next"]) }.bytes).get().graph
    #expect(graph.nodes.map(\.op.code) == [.boundedLoop])
    let y = try Evaluator(graph).run([Tensor([2], [1, -2] as [Float]), .scalar(Int64(trips))])[0].doubles()
    #expect(y == [Double(1 + trips), Double(-2 * (1 + trips))])
  }

  /// A constant count is the room for turns, but for one that nobody can mean.
  @Test(arguments: [(Int.max, 4096), (1 << 20 + 1, 4096), (1 << 20, 1 << 20), (7, 7), (-1, 0)]) func aConstantCountIsTheRoom(
    count: Int, room: Int
  ) throws {
    let graph = try imported(counted(atMost: count) { $0.node("Add", ["s", "x"], ["next"]) }.bytes).get().graph
    guard case .boundedLoop(let loop)? = graph.nodes.first?.op else {
      Issue.record("it is no loop")
      return
    }
    #expect(loop.limit == room && loop.carried == 1)
  }

  /// A turn whose shapes depend on its number hangs on what counts the turns.
  @Test func whatCountsTheTurnsIsNamed() throws {
    let model = counted { body in
      body.initializer("one", Tensor([1], [1] as [Int64]))
      body.node("Reshape", ["number", "one"], ["n"])
      body.node("ConstantOfShape", ["n"], ["z"], name: "zeros")
      body.node("Add", ["s", "z"], ["next"])
    }
    guard case .refused(let refusal)? = try imported(model.bytes).failure else {
      Issue.record("it is not refused")
      return
    }
    #expect(refusal.nodes.map(\.node.name) == ["loop[]/zeros"] && refusal.nodes.map(\.fault) == [.dataDependent(input: 0)])
    #expect(refusal.nodes[0].decision?.node.type == "Loop" && refusal.nodes[0].decision?.inputs.map(\.name) == ["trips"])
  }

  /// What is carried keeps its type, and the fault says how it does not.
  @Test func whatIsCarriedKeepsItsType() throws {
    let longer = counted { $0.node("Concat", ["s", "s"], ["next"], [("axis", .int(0))]) }
    #expect(try fault(longer) == .extent(input: 2, axis: 0, expected: 2, found: 4))
    let double = counted { $0.node("Cast", ["s"], ["next"], [("to", .int(11))]) }
    #expect(try fault(double) == .elementTypes(input: 2, found: .float64, expected: .float32))
    let found = counted { body in
      body.node("NonZero", ["s"], ["next"])
    }
    #expect(try fault(found) != nil)
  }

  /// A few bytes can ask for any number of turns.
  @Test func tooManyTurnsAreRefused() throws {
    guard case .limit(.nodes, let found, let limit)? = try fault(model(.max)) else {
      Issue.record("endless turns were accepted")
      return
    }
    #expect(found > limit && limit == 1 << 16)
  }

  /// A fault in the body is one fault, however often the body is written out.
  @Test func aFaultInABodyIsNotedOnce() throws {
    var body = ModelWriter()
    body.input("number", .int64, [])
    body.input("before", .bool, [])
    body.initializer("three", Tensor([3], [0, 0, 0] as [Float]))
    body.node("Add", ["x", "three"], ["row"], name: "sum")
    body.node("Identity", ["before"], ["after"])
    body.output("after", .bool)
    body.output("row")
    var model = vector()
    model.initializer("trips", .scalar(Int64(5)))
    model.node("Loop", ["trips"], ["y"], name: "loop", [("body", .graph(body))])
    model.output("y")
    let node = NodeReference(name: "loop[0]/sum", type: "Add", domain: "", opset: 17)
    #expect(try imported(model.bytes).failure == .node(node, .broadcast(axis: 0, left: 2, right: 3)))
  }
}

private func scan(_ attribute: String, _ direction: Int) -> ModelWriter {
  var body = ModelWriter()
  body.input("s", .float32, [])
  body.input("item", .float32, [])
  body.node("Add", ["s", "item"], ["sum"])
  body.node("Neg", ["sum"], ["row"])
  body.output("sum")
  body.output("row")
  var model = vector(3)
  model.initializer("zero", .scalar(0 as Float))
  model.node(
    "Scan", ["zero", "x"], ["y", "rows"], [("body", .graph(body)), ("num_scan_inputs", .int(1)), (attribute, .ints([direction]))])
  model.output("y")
  model.output("rows")
  return model
}

@Test func scansAreWrittenOut() throws {
  #expect(try run(scan("scan_input_directions", 1), [1, 10, 100]) == [[111], [-100, -110, -111]])
}

@Test(arguments: ["scan_input_directions", "scan_output_directions"], [-1, 2])
func directionsAreOneOrTheOther(attribute: String, direction: Int) throws {
  guard case .failure(.node(_, .attribute(let name, .outOfRange))) = try imported(scan(attribute, direction).bytes) else {
    Issue.record("it is taken")
    return
  }
  #expect(name.rawValue == attribute)
}

/// Rows along the last axis, of which there are none.
@Test func aScanOverNothingGivesNoRows() throws {
  var body = ModelWriter()
  body.input("s", .float32, [2])
  body.input("item", .float32, [2])
  body.node("Add", ["s", "item"], ["sum"])
  body.node("Neg", ["sum"], ["row"])
  body.output("sum")
  body.output("row")
  var model = ModelWriter()
  model.input("x", .float32, [0, 2])
  model.initializer("zero", Tensor([2], [7, 8] as [Float]))
  model.node(
    "Scan", ["zero", "x"], ["y", "rows"], [("body", .graph(body)), ("num_scan_inputs", .int(1)), ("scan_output_axes", .ints([-1]))])
  model.output("y")
  model.output("rows")
  let graph = try imported(model.bytes).get().graph
  #expect(graph.outputs.map { graph.shape($0)?.dims } == [[2], [2, 0]])
}

@Suite struct FunctionTests {
  /// `y = clip(x, −limit, limit) · x`, with a default for `limit`.
  private func model(_ attributes: [(String, ModelWriter.Attribute)], defaults: [(String, ModelWriter.Attribute)] = []) -> ModelWriter {
    var body = ModelWriter(opset: 17)
    body.node("Constant", [], ["limit"], [("value_float", .reference("limit"))])
    body.node("Neg", ["limit"], ["low"])
    body.node("Clip", ["x", "low", "limit"], ["c"], name: "clip")
    body.node("Mul", ["c", "x"], ["y"])
    var model = vector()
    model.opsets.append(("com.example", 1))
    model.function(domain: "com.example", "Limited", ["x"], ["y"], defaults: defaults, body: body)
    model.node("Limited", ["x"], ["y"], name: "call", domain: "com.example", attributes)
    model.output("y")
    return model
  }

  @Test func attributesReachTheBody() throws {
    #expect(try run(model([("limit", .float(2))]), [1, -5]) == [[1, 10]])
    #expect(try run(model([], defaults: [("limit", .float(3))]), [1, -5]) == [[1, 15]])
    #expect(try run(model([("limit", .float(2))], defaults: [("limit", .float(3))]), [1, -5]) == [[1, 10]])
    #expect(try imported(model([("limit", .float(2))]).bytes).get().graph.nodes.contains { $0.name == "call/clip" })
  }

  @Test func aMissingAttributeIsNamed() throws {
    guard case .node(let node, .attribute(.value, .missing))? = try imported(model([]).bytes).failure else {
      Issue.record("the constant has no value")
      return
    }
    #expect(node.type == "Constant" && node.name.hasPrefix("call/"))
  }

  @Test func functionsCallFunctionsButNotThemselves() throws {
    var inner = ModelWriter(opset: 17)
    inner.node("Neg", ["a"], ["b"])
    var outer = ModelWriter(opset: 17)
    outer.opsets.append(("com.example", 1))
    outer.node("Inner", ["a"], ["m"], domain: "com.example")
    outer.node("Inner", ["m"], ["b"], domain: "com.example")
    var model = vector()
    model.opsets.append(("com.example", 1))
    model.function(domain: "com.example", "Inner", ["a"], ["b"], body: inner)
    model.function(domain: "com.example", "Outer", ["a"], ["b"], body: outer)
    model.node("Outer", ["x"], ["y"], domain: "com.example")
    model.output("y")
    #expect(try run(model, [1, -2]) == [[1, -2]])

    var endless = vector()
    endless.opsets.append(("com.example", 1))
    var itself = ModelWriter(opset: 17)
    itself.opsets.append(("com.example", 1))
    itself.node("Endless", ["a"], ["b"], name: "again", domain: "com.example")
    endless.function(domain: "com.example", "Endless", ["a"], ["b"], body: itself)
    endless.node("Endless", ["x"], ["y"], name: "start", domain: "com.example")
    endless.output("y")
    #expect(try fault(endless) == .limit(.nesting, found: 65, limit: 64))
  }
}

@Suite struct SequenceTests {
  @Test func listsAreTheValuesTheyHold() throws {
    var model = vector()
    model.initializer("last", .scalar(Int64(-1)))
    model.node("Neg", ["x"], ["n"])
    model.node("SequenceConstruct", ["x", "n"], ["list"])
    model.node("SequenceInsert", ["list", "x"], ["longer"])
    model.node("SequenceErase", ["longer", "last"], ["shorter"])
    model.node("SequenceAt", ["shorter", "last"], ["y"])
    model.node("SequenceLength", ["longer"], ["count"])
    model.node("ConcatFromSequence", ["longer"], ["all"], [("axis", .int(0))])
    for name in ["y", "count", "all"] { model.output(name, name == "count" ? .int64 : .float32) }
    #expect(try run(model, [1, 2]) == [[-1, -2], [3], [1, 2, -1, -2, 1, 2]])
  }

  @Test func aListCannotBeAnInput() throws {
    var model = vector()
    model.listInput("list")
    model.node("SequenceLength", ["list"], ["y"])
    model.output("y", .int64)
    #expect(try imported(model.bytes).failure == .value(.type(name: "list", kind: 4)))
  }

  @Test func aListIsNoTensor() throws {
    var model = vector()
    model.node("SequenceConstruct", ["x"], ["list"])
    model.node("Relu", ["list"], ["y"])
    model.output("y")
    #expect(try fault(model) == .unsupported(.sequence))
  }

  @Test func absentValuesAreKnownToBe() throws {
    var model = vector()
    model.node("Optional", ["x"], ["there"])
    model.node("OptionalHasElement", ["there"], ["is"])
    model.node("OptionalGetElement", ["there"], ["y"])
    model.output("y")
    model.output("is", .bool)
    #expect(try run(model, [1, 2]) == [[1, 2], [1]])
  }
}

/// Everything that leaves no node has a number of operands as well.
@Test func operandsOfSequencesAreCounted() throws {
  let wrong = [
    ("SequenceEmpty", 1), ("SequenceLength", 2), ("ConcatFromSequence", 0), ("OptionalGetElement", 2), ("If", 2), ("Optional", 2),
    ("OptionalHasElement", 2), ("SequenceErase", 3), ("SplitToSequence", 3), ("SequenceAt", 3), ("SequenceInsert", 4), ("Loop", 0),
    ("Constant", 1), ("Scan", 0), ("SequenceConstruct", 0), ("SequenceMap", 0),
  ]
  for (type, count) in wrong {
    var model = vector(3)
    model.node(type, [String](repeating: "x", count: count), ["y"])
    model.output("y")
    guard case .node(let node, .inputCount(_, count)) = try imported(model.bytes).failure else {
      Issue.record("\(type) takes \(count) operands")
      continue
    }
    #expect(node.type == type)
  }
}

/// A sequence leaves the graph as what it holds, so an empty one alone leaves no output.
@Test func emptySequencesAreNoOutput() throws {
  var model = vector(3)
  model.node("SequenceEmpty", [], ["s"])
  model.output("s")
  #expect(try imported(model.bytes).failure == .value(.emptyOutput("s")))
  model.node("Relu", ["x"], ["y"])
  model.output("y")
  #expect(try imported(model.bytes).get().graph.outputs.count == 1)
}
