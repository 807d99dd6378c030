import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// What a model over one text gives, evaluated at import.
private func outputs(_ model: ModelWriter, _ strings: StringTensor, named name: String = "x") throws -> [OnnxValue<Tensor>] {
  let folder = try TemporaryFolder()
  let path = try folder.write(model.bytes, as: "model.onnx")
  var options = ImportOptions()
  options.inputs = [(name, .strings(strings))]
  options.knowledge = .all
  let imported = try importModel(path: path, options: options)
  return imported.values(of: try #require(imported.known)).map(\.value)
}

private func model(
  _ type: String, opset: Int = 20, others: [StringTensor] = [], outputs: [ElementType] = [.string],
  _ attributes: [(String, ModelWriter.Attribute)] = []
) -> ModelWriter {
  var model = ModelWriter(opset: opset)
  model.input("x", .string, [.open])
  for (index, other) in others.enumerated() { model.initializer("c\(index)", other) }
  model.node(type, ["x"] + others.indices.map { "c\($0)" }, outputs.indices.map { "y\($0)" }, name: "n", attributes)
  for (index, element) in outputs.enumerated() { model.output("y\(index)", element) }
  return model
}

private func strings(_ value: OnnxValue<Tensor>?) -> [String]? { if case .strings(let strings)? = value { strings.values } else { nil } }

private let words = StringTensor([3], ["one", " Two ", "3"])

@Test func stringsMustBeGiven() throws {
  let bytes = model("Identity").bytes
  #expect(try imported(bytes).failure == .value(.stringInput("x")))
  #expect(try imported(bytes).failure?.kind == .unsupported)
}

/// A graph holds no strings: where one is wanted, an output of them is refused.
@Test func stringsCannotLeaveAGraph() throws {
  var model = ModelWriter()
  model.input("x", .float32, [2])
  model.node("Constant", [], ["t"], [("value_strings", .strings(["a", "b"]))])
  model.node("Relu", ["x"], ["y"])
  model.output("t", .string)
  model.output("y")
  #expect(try imported(model.bytes).failure == .value(.stringOutput("t")))
}

@Test func aShapeThatIsNotThatOfTheNoteIsRefused() throws {
  var model = ModelWriter()
  model.input("x", .string, [2])
  model.node("Identity", ["x"], ["y"])
  model.output("y", .string)
  #expect(throws: ImportError.givenType(input: "x", given: words.type, expected: TensorType(.string, [2] as Shape))) {
    try outputs(model, words)
  }
}

/// Two spellings of one letter are two strings.
@Test func stringsAreComparedByBytes() throws {
  let composed = "\u{E9}", decomposed = "e\u{301}"
  #expect(StringTensor(composed) != StringTensor(decomposed))
  let y = try outputs(model("Equal", others: [StringTensor(composed)], outputs: [.bool]), StringTensor([2], [composed, decomposed]))
  #expect(y.first?.tensor?.ints() == [1, 0])
}

@Test func numbersAreWrittenAndRead() throws {
  let numbers = StringTensor([5], ["3.5", "-1e-5", "INF", "-inf", "7"])
  let floats = try outputs(model("Cast", outputs: [.float32], [("to", .int(1))]), numbers)
  #expect(floats.first?.tensor?.doubles() == [3.5, Double(Float(-1e-5)), .infinity, -.infinity, 7])
  let nan = try outputs(model("Cast", outputs: [.float64], [("to", .int(11))]), StringTensor([1], ["NaN"]))
  #expect(nan.first?.tensor?.doubles().first?.isNaN == true)
  #expect(
    try outputs(model("Cast", outputs: [.int64], [("to", .int(7))]), StringTensor([2], ["9223372036854775807", "100.5"]))[0].tensor?.ints()
      == [.max, 100])
  #expect(throws: ImportError.node(NodeReference(name: "n", type: "Cast", domain: "", opset: 20), .text(input: 0))) {
    try outputs(model("Cast", outputs: [.float32], [("to", .int(1))]), words)
  }

  var back = model("Identity")
  back.initializer("f", Tensor([3], [1, -0.25, 1e20] as [Float]))
  back.initializer("i", Tensor(.uint64, [1], wrapping: [-1]))
  for name in ["f", "i"] {
    back.node("Cast", [name], [name + "s"], [("to", .int(8))])
    back.output(name + "s", .string)
  }
  let written = try outputs(back, words)
  #expect(strings(written[1]) == ["1.0", "-0.25", "1e+20"] && strings(written[2]) == ["18446744073709551615"])
}

/// A cast to strings of what only a run knows.
@Test func runTimeNumbersStayNumbers() throws {
  var model = ModelWriter()
  model.input("x", .float32, [2])
  model.node("Cast", ["x"], ["y"], name: "n", [("to", .int(8))])
  model.output("y", .string)
  #expect(
    try imported(model.bytes).failure == .node(NodeReference(name: "n", type: "Cast", domain: "", opset: 17), .dataDependent(input: 0)))
}

@Test func delimitersDivide() throws {
  let kinds: [ElementType] = [.string, .int64]
  let parts = try outputs(
    model("StringSplit", outputs: kinds, [("delimiter", .string("--")), ("maxsplit", .int(2))]), StringTensor([2], ["a--b----c--d", "--"]))
  #expect(strings(parts[0]) == ["a", "b", "--c--d", "", "", ""] && parts[1].tensor?.ints() == [3, 2])
  let words = try outputs(model("StringSplit", outputs: kinds, [("maxsplit", .int(1))]), StringTensor([3], ["  a b  c ", "", "d "]))
  #expect(strings(words[0]) == ["a", "b  c", "", "", "d", ""] && words[1].tensor?.ints() == [2, 0, 1])
}

@Test func onlyAWholeMatchCounts() throws {
  let pattern = model("RegexFullMatch", outputs: [.bool], [("pattern", .string("[a-z]+|\\d"))])
  #expect(try outputs(pattern, StringTensor([4], ["one", "two!", "3", ""]))[0].tensor?.ints() == [1, 0, 1, 0])
  #expect(
    throws: ImportError.node(NodeReference(name: "n", type: "RegexFullMatch", domain: "", opset: 20), .attribute(.pattern, .unknownValue))
  ) {
    try outputs(model("RegexFullMatch", outputs: [.bool], [("pattern", .string("(a"))]), words)
  }
}

@Test func stopWordsGo() throws {
  func normalized(_ attributes: [(String, ModelWriter.Attribute)], _ text: StringTensor) throws -> OnnxValue<Tensor> {
    try outputs(model("StringNormalizer", outputs: [.string], [("stopwords", .strings(["the", "Of"]))] + attributes), text)[0]
  }
  let title = StringTensor([4], ["The", "Way", "of", "Straße"])
  #expect(try strings(normalized([("case_change_action", .string("UPPER"))], title)) == ["WAY", "STRASSE"])
  #expect(try strings(normalized([("is_case_sensitive", .int(1))], title)) == ["The", "Way", "of", "Straße"])
  #expect(try strings(normalized([], StringTensor([2], ["the", "OF"]))) == [""])
}

/// Reshape, Gather and the like move strings as they move numbers.
@Test func stringsMove() throws {
  var model = ModelWriter(opset: 18)
  model.input("x", .string, [3])
  model.initializer("more", StringTensor([1], ["four"]))
  model.initializer("square", .indices([2, 2]))
  model.initializer("pads", .indices([0, 1, 0, 0]))
  model.initializer("mask", Tensor(.bool, [2, 3], wrapping: [1, 0, 1, 0, 1, 0]))
  model.node("Concat", ["x", "more"], ["all"], [("axis", .int(0))])
  model.node("Reshape", ["all", "square"], ["grid"])
  model.node("Transpose", ["grid"], ["turned"])
  model.node("Pad", ["turned", "pads"], ["padded"])
  model.node("Where", ["mask", "padded", "more"], ["y"])
  model.node("Shape", ["padded"], ["extents"])
  model.output("y", .string, [2, 3])
  model.output("extents", .int64, [2])
  let results = try outputs(model, words)
  #expect(strings(results[0]) == ["", "four", "3", "four", " Two ", "four"] && results[1].tensor?.ints() == [2, 3])
}

@Test func stringsDoNotCompute() throws {
  let error = ImportError.node(NodeReference(name: "n", type: "Relu", domain: "", opset: 20), .elementType(input: 0, found: .string))
  #expect(throws: error) { try outputs(model("Relu"), words) }
}

@Suite struct LabelTests {
  private func model(_ attributes: [(String, ModelWriter.Attribute)], from: ElementType, to: ElementType, version: Int = 4) -> ModelWriter {
    var model = ModelWriter()
    model.opsets = [("ai.onnx.ml", version)]
    model.input("x", from, [3])
    model.node("LabelEncoder", ["x"], ["y"], name: "labels", domain: "ai.onnx.ml", attributes)
    model.output("y", to)
    return model
  }

  private func run(_ model: ModelWriter, _ x: OnnxValue<Tensor>) throws -> OnnxValue<Tensor>? {
    let folder = try TemporaryFolder()
    var options = ImportOptions()
    options.inputs = [("x", x)]
    options.knowledge = .all
    let imported = try importModel(path: try folder.write(model.bytes, as: "model.onnx"), options: options)
    return imported.values(of: try #require(imported.known)).first?.value
  }

  @Test func everyDirectionWorks() throws {
    let text = OnnxValue<Tensor>.strings(StringTensor([3], ["b", "?", "a"])), ints = OnnxValue<Tensor>.tensor(.indices([5, 0, 4]))
    let keys = ("keys_strings", ModelWriter.Attribute.strings(["a", "b"])), numbers = ("keys_int64s", ModelWriter.Attribute.ints([4, 5]))
    let names = ("values_strings", ModelWriter.Attribute.strings(["four", "five"]))
    #expect(
      try run(model([keys, ("values_floats", .floats([0.5, 1.5]))], from: .string, to: .float32), text)?.tensor?.doubles() == [1.5, 0, 0.5])
    #expect(try strings(run(model([keys, names], from: .string, to: .string), text)) == ["five", "_Unused", "four"])
    #expect(
      try strings(run(model([numbers, names, ("default_string", .string("none"))], from: .int64, to: .string), ints)) == [
        "five", "none", "four",
      ])
    #expect(
      try run(model([numbers, ("values_floats", .floats([0.5, 1.5]))], from: .int64, to: .float32), ints)?.tensor?.doubles() == [
        1.5, 0, 0.5,
      ])
  }

  @Test func notANumberIsAKey() throws {
    let keys = ("keys_floats", ModelWriter.Attribute.floats([.nan, 2])), x = OnnxValue<Tensor>.tensor(Tensor([3], [2, .nan, 7] as [Float]))
    #expect(try run(model([keys, ("values_int64s", .ints([10, 20]))], from: .float32, to: .int64), x)?.tensor?.ints() == [20, 10, -1])
    #expect(
      try strings(run(model([keys, ("values_strings", .strings(["n", "two"]))], from: .float32, to: .string), x)) == [
        "two", "n", "_Unused",
      ])
  }

  @Test func theFirstVersionKnowsOneList() throws {
    let classes = ("classes_strings", ModelWriter.Attribute.strings(["a", "b"]))
    #expect(
      try run(model([classes], from: .string, to: .int64, version: 1), .strings(StringTensor([3], ["b", "?", "a"])))?.tensor?.ints() == [
        1, -1, 0,
      ])
    #expect(
      try strings(run(model([classes], from: .int64, to: .string, version: 1), .tensor(.indices([1, 2, 0])))) == ["b", "_Unused", "a"])
  }
}
