import Foundation
import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// What a node refuses in its inputs reads alike from the model and from its bundle, and ends with one exit code.
struct FaultTests {
  /// An operator with one input that is no index, length or start: `words` say so.
  struct Case: CustomTestStringConvertible, Sendable {
    var type: String
    var opset = 17
    var attributes: [(String, ModelWriter.Attribute)] = []
    var constants: [(name: String, tensor: Tensor)] = []
    var inputs: [(name: String, tensor: Tensor)]
    var operands: [String]
    var words: String

    var testDescription: String { type + ": " + words }

    var model: [UInt8] {
      var model = ModelWriter(opset: opset)
      for (name, tensor) in inputs { model.input(name, tensor.element, tensor.shape.dims.map { .fixed($0) }) }
      for (name, tensor) in constants { model.initializer(name, tensor) }
      model.node(type, operands, ["y"], name: "pick", attributes)
      model.output("y")
      return model.bytes
    }
  }

  private static let rows = Tensor([3, 2], [1, 2, 3, 4, 5, 6] as [Float])
  private static let picture = Tensor([1, 1, 4, 4], [Float](repeating: 1, count: 16))

  private static func indices(_ dims: Shape, _ values: [Int], _ element: ElementType = .int64) -> Tensor {
    Tensor(element, dims, wrapping: values)
  }

  private static func recurrent(_ type: String, gates: Int) -> Case {
    func zeros(_ dims: Shape) -> Tensor { Tensor(dims, [Float](repeating: 0, count: dims.count)) }
    return Case(
      type: type, attributes: [("hidden_size", .int(4))],
      constants: [("w", zeros([1, 4 * gates, 2])), ("r", zeros([1, 4 * gates, 4]))],
      inputs: [("x", zeros([3, 1, 2])), ("lengths", indices([1], [9], .int32))], operands: ["x", "w", "r", "", "lengths"],
      words: "input 4, 'lengths', holds index 9, indices end before 4")
  }

  static let cases: [Case] = [
    Case(
      type: "Gather", inputs: [("x", rows), ("i", indices([2], [0, 7]))], operands: ["x", "i"],
      words: "input 1, 'i', holds index 7, indices end before 3"),
    Case(
      type: "Gather", inputs: [("x", rows), ("i", indices([2], [0, -4], .int32))], operands: ["x", "i"],
      words: "input 1, 'i', holds index -4, indices end before 3"),
    Case(
      type: "GatherElements", inputs: [("x", rows), ("i", indices([1, 2], [3, 0]))], operands: ["x", "i"],
      words: "input 1, 'i', holds index 3, indices end before 3"),
    Case(
      type: "GatherND", inputs: [("x", rows), ("i", indices([2, 1], [0, 5]))], operands: ["x", "i"],
      words: "input 1, 'i', holds index 5, indices end before 3"),
    Case(
      type: "ScatterElements", inputs: [("x", rows), ("i", indices([1, 2], [9, 0])), ("u", Tensor([1, 2], [1, 2] as [Float]))],
      operands: ["x", "i", "u"], words: "input 1, 'i', holds index 9, indices end before 3"),
    Case(
      type: "ScatterND", inputs: [("x", rows), ("i", indices([1, 1], [3])), ("u", Tensor([1, 2], [1, 2] as [Float]))],
      operands: ["x", "i", "u"], words: "input 1, 'i', holds index 3, indices end before 3"),
    Case(
      type: "TensorScatter", opset: 24,
      inputs: [("x", picture), ("u", Tensor([1, 1, 2, 4], [Float](repeating: 2, count: 8))), ("start", indices([1], [3]))],
      operands: ["x", "u", "start"], words: "input 2, 'start', holds index 3, indices end before 3"),
    Case(
      type: "ReverseSequence", inputs: [("x", rows), ("lengths", indices([2], [1, 9]))], operands: ["x", "lengths"],
      words: "input 1, 'lengths', holds index 9, indices end before 4"),
    Case(
      type: "MaxRoiPool", attributes: [("pooled_shape", .ints([2, 2]))],
      inputs: [("x", picture), ("rois", Tensor([1, 5], [3, 0, 0, 1, 1] as [Float]))], operands: ["x", "rois"],
      words: "input 1, 'rois', holds index 3, indices end before 1"),
    Case(
      type: "RoiAlign",
      inputs: [("x", picture), ("rois", Tensor([1, 4], [0, 0, 1, 1] as [Float])), ("batch", indices([1], [5]))],
      operands: ["x", "rois", "batch"], words: "input 2, 'batch', holds index 5, indices end before 1"),
    Case(
      type: "RoiAlign",
      inputs: [("x", picture), ("rois", Tensor([1, 4], [0, 0, .infinity, 1] as [Float])), ("batch", indices([1], [0]))],
      operands: ["x", "rois", "batch"], words: "input 1, 'rois', holds a number that is not finite, or not below 65536"),
    Case(
      type: "MaxUnpool", attributes: [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2]))],
      inputs: [("x", Tensor([1, 1, 2, 2], [1, 2, 3, 4] as [Float])), ("i", indices([1, 1, 2, 2], [0, 2, 8, 16]))], operands: ["x", "i"],
      words: "input 1, 'i', holds index 16, indices end before 16"),
    recurrent("LSTM", gates: 4), recurrent("GRU", gates: 3), recurrent("RNN", gates: 1),
  ]

  @Test(arguments: cases)
  func aModelAndItsBundleSayTheSame(item: Case) throws {
    let scratch = try Scratch()
    let model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    try write(item.model, model)
    var data: [String] = []
    for (name, tensor) in item.inputs {
      try write(TensorFile(name: name, tensor: tensor).bytes, scratch / "\(name).pb")
      data += ["--input", "\(name)=\(scratch / name).pb"]
    }
    let converted = try Tool.run("convert", model, "-o", bundle, "--precision", "float32", "--no-verify")
    #expect(converted.code == 0, "\(converted.err)")

    let help = "\n  help: look at the values that are fed in; indices must lie inside their axis\n"
    for (file, node) in [(model, "node 'pick' (\(item.type))"), (bundle, "node 0 (\(item.type), which gives 'y')")] {
      let outcome = try Tool.start(Tool.binary, ["run", file] + data, in: Tool.root, environment: [:])
      #expect(outcome.code == 65)
      #expect(outcome.err == "error: \(file): \(node): \(item.words)\(help)")
      expectMessageForm(outcome.err)
    }
  }

  /// Every command that reads data says it, and where outputs are stored the bundle is the first that runs.
  @Test func everyCommandThatReadsDataSaysIt() throws {
    let scratch = try Scratch(), item = Self.cases[0]
    let model = scratch / "model.onnx", bundle = scratch / "m.o2m", set = scratch / "test_data_set_0"
    try FileManager.default.createDirectory(atPath: set, withIntermediateDirectories: true)
    try write(item.model, model)
    for (index, (name, tensor)) in item.inputs.enumerated() {
      try write(TensorFile(name: name, tensor: tensor).bytes, "\(set)/input_\(index).pb")
    }
    #expect(try Tool.run("convert", model, "-o", bundle).code == 0)
    let evaluated = try Tool.run("verify", model, bundle, "--data", scratch.path)
    #expect(evaluated.code == 65)
    #expect(evaluated.err.hasPrefix("error: \(model): node 'pick' (Gather): \(item.words)\n"))

    try write(TensorFile(name: "y", tensor: Tensor([2, 2], [1, 2, 3, 4] as [Float])).bytes, set + "/output_0.pb")
    let compared = try Tool.run("verify", model, bundle, "--data", scratch.path)
    #expect(compared.code == 65)
    #expect(compared.err.hasPrefix("error: \(bundle): node 0 (Gather, which gives 'y'): \(item.words)\n"))
    #expect(try Tool.run("verify", "--suite", scratch.path, "--through", "bundle").err.contains("(Gather, which gives 'y'): \(item.words)"))
  }

  /// No number is an index of an empty table: the tool says that it drew the one that is refused.
  @Test func whatTheToolDrewIsNotTheUsersFault() throws {
    let scratch = try Scratch()
    let model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    let row = Tensor([0, 64], [Float]()), draw = Self.indices([1, 64], [Int](repeating: 0, count: 64))
    let item = Case(type: "GatherElements", inputs: [("x", row), ("i", draw)], operands: ["x", "i"], words: "")
    try write(item.model, model)
    let words = "input 1, 'i', holds index 1, indices end before 0; onnx2mobile drew these numbers, no data was given\n"

    let converted = try Tool.run("convert", model, "-o", bundle)
    #expect(converted.code == 69)
    #expect(converted.err.hasPrefix("error: \(model): node 'pick' (GatherElements): " + words))
    #expect(converted.err.contains("--precision float32 --no-verify"))
    // The way out that it names is one.
    #expect(try Tool.run("convert", model, "-o", bundle, "--precision", "float32", "--no-verify").code == 0)
    let timed = try Tool.run("bench", bundle)
    #expect(timed.code == 69)
    #expect(timed.err.hasPrefix("error: \(bundle): node 0 (GatherElements, which gives 'y'): " + words))
    let verified = try Tool.run("verify", model, bundle)
    #expect(verified.code == 69)
    #expect(verified.err.hasPrefix("error: \(model): node 'pick' (GatherElements): " + words))
    for outcome in [converted, timed, verified] { expectMessageForm(outcome.err) }
  }

  /// Operators whose results have the extents that an operand holds, and an output that is annotated: what the tool draws need not fit it.
  @Test(arguments: ["Col2Im", "MaxUnpool"]) func drawnExtentsAreNotTheModelsFault(type: String) throws {
    let scratch = try Scratch()
    let model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    var graph = ModelWriter(opset: 18)
    if type == "Col2Im" {
      graph.input("x", .float32, [1, 4, 4])
      graph.input("image", .int64, [2])
      graph.input("block", .int64, [2])
      graph.node(type, ["x", "image", "block"], ["y"], name: "place")
    } else {
      graph.input("x", .float32, [1, 1, 2, 2])
      graph.input("places", .int64, [1, 1, 2, 2])
      graph.input("shape", .int64, [4])
      graph.node(type, ["x", "places", "shape"], ["y"], name: "place", [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2]))])
    }
    graph.output("y", .float32, type == "Col2Im" ? [1, 1, 4, 4] : [1, 1, 4, 4])
    try Data(graph.bytes).write(to: URL(fileURLWithPath: model))
    let converted = try Tool.run("convert", model, "-o", bundle)
    #expect(converted.code == 69 && converted.err.contains("node 'place' (\(type)): input "), "\(converted.err)")
    #expect(converted.err.contains("onnx2mobile drew these numbers"))
    expectMessageForm(converted.err)
    #expect(try Tool.run("convert", model, "-o", bundle, "--precision", "float32", "--no-verify").code == 0)
  }

  /// Without the section of names values have numbers; inputs that a certificate names are the file's own.
  @Test func aBundleWithoutNamesHasNumbers() throws {
    let scratch = try Scratch()
    var graph = Graph(name: "pick")
    let x = graph.addInput("x", Self.rows.type), indices = graph.addInput("i", TensorType(.int64, [2]))
    graph.addOutput(try graph.addNode(.gather(Gather(axis: 0)), [x, indices], name: "pick", outputs: ["y"])[0])
    var options = BundleOptions()
    options.keepsNames = false
    var output = Certificate.Output()
    (output.count, output.expected) = (4, Tensor([4], [1, 2, 3, 4] as [Float]).bytes)
    let item = Certificate.Case(seed: 1, inputs: [.seeded(.unit), .seeded(.unit)], outputs: [output])
    options.certificate = Certificate(cases: [item], threshold: 20, passed: true)
    let flat = try FlatModel(graph), plain = scratch / "plain.o2m", named = scratch / "named.o2m"
    try write(Emitted(flat, options).bytes, plain)
    options.keepsNames = true
    try write(Emitted(flat, options).bytes, named)
    try write(TensorFile(name: "x", tensor: Self.rows).bytes, scratch / "x.pb")
    try write(TensorFile(name: "i", tensor: .indices([0, 7])).bytes, scratch / "i.pb")

    let outcome = try Tool.run("run", plain, "--input", "x=" + scratch / "x.pb", "--input", "i=" + scratch / "i.pb")
    #expect(outcome.code == 65)
    let words = "node 0 (Gather, which gives value 2): input 1, value 1, holds index 7, indices end before 3"
    #expect(outcome.err.hasPrefix("error: \(plain): \(words)\n"))
    let certified = try Tool.run("verify", named)
    #expect(certified.code == 65)
    #expect(certified.err.hasPrefix("error: \(named): node 0 (Gather, which gives 'y'): input 1, 'i', holds index "))
    #expect(certified.err.contains("; its certificate asks for this input\n"))
    expectMessageForm(certified.err)
  }

  private func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}
