import O2MBundle
import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MUnpack
import Testing

/// A bundle's certificate on the runtime's own session, through Swift and through o2m.h.
struct SelfTestTests {
  /// O2M_ERROR_SELF_TEST
  private static let selfTestFails: Int32 = 13

  /// A bundle whose certificate has two cases, one of them from a seed, changed by `change`.
  private static func model(_ graph: Graph, _ change: (inout Certificate) -> Void = { _ in }) throws -> Model {
    let flat = try FlatModel(graph), seeds: [UInt64] = [1, 2]
    let cases = try seeds.map { seed in
      let inputs = flat.graph.seededInputs(seed, .unit), outputs = try Evaluator(graph).run(inputs)
      let kept: [Certificate.Input] = seed == 1 ? inputs.map { .stored($0.bytes) } : inputs.map { _ in .seeded(.unit) }
      return Certificate.Measured(seed: seed, inputs: kept, found: outputs, reference: outputs)
    }
    var options = BundleOptions()
    var certificate = Certificate(cases, outputs: flat.outputNames, tolerance: .float32)
    change(&certificate)
    options.certificate = certificate
    return try Emitted(flat, options).model
  }

  /// The model that opened the certificate is given to the functions of o2m.h by its bytes.
  private static func codeInC(_ graph: Graph, _ change: (inout Certificate) -> Void) throws -> Int32 {
    let flat = try FlatModel(graph)
    var options = BundleOptions()
    options.certificate = try model(graph, change).section(Certificate.self)
    let installed = try unpack(try Emitted(flat, options).bytes)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: installed.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyMemory(from: installed, byteCount: installed.count)
    let handle = try #require(cModelFromMemory(memory, installed.count, 0, nil))
    defer { cModelClose(handle) }
    return cSelfTest(handle, 1, nil, nil)
  }

  @Test(arguments: [Models.mobile(), Models.mixed(), Models.recurrent()], 1...2)
  func aSoundBundleHolds(graph: Graph, threads: Int) throws {
    let model = try Self.model(graph), test = try #require(try Session(model, threads: threads).selfTest())
    #expect(test.passed && test.cases == 2 && test.failures == 0)
    let certificate = try #require(try model.section(Certificate.self))
    let kept = certificate.cases.flatMap(\.outputs).reduce(0) { $0 + ($1.indices.isEmpty ? $1.count : $1.indices.count) + 4 }
    #expect(test.values == kept)
    #expect(test.share > 0 && test.share <= 1 && test.sqnr >= 80 && test.sqnr <= 200 && test.maxError > 0)
  }

  /// Every number that a certificate has of an output is looked at.
  static let changes: [(name: String, change: @Sendable (inout Certificate.Output) -> Void)] = [
    ("an element", { $0.expected[2] ^= 0x40 }), ("the norm", { $0.norm *= 1.001 }),
    ("the sum", { $0.sum += 0.01 * $0.norm * Double($0.count) }),
    ("the least", { $0.least -= 0.01 * $0.norm }), ("the greatest", { $0.greatest += 0.01 * $0.norm }),
    ("an infinity", { $0.expected.replaceSubrange(0..<4, with: [0, 0, 0x80, 0x7F]) }),
  ]

  @Test(arguments: changes.indices)
  func aChangedNumberIsFound(index: Int) throws {
    let change: (inout Certificate) -> Void = { Self.changes[index].change(&$0.cases[1].outputs[0]) }
    let test = try #require(try Session(Self.model(Models.mobile(), change)).selfTest())
    #expect(!test.passed && test.failures == 1 && test.share > 1, "\(Self.changes[index].name)")
    #expect(try Self.codeInC(Models.mobile(), change) == Self.selfTestFails)
  }

  /// Whole numbers of every type are equal or not, token numbers, indices and several inputs among them.
  @Test(arguments: [
    Tensor([3], [Int64.max, Int64.min, 7]), Tensor([2], [UInt64.max, 0]), Tensor([2], [Int32.max, Int32.min]),
    Tensor([2], [UInt32.max, 1]),
    Tensor([2], [Int16.max, -3]), Tensor([2], [UInt16.max, 3]), Tensor([2], [Int8.min, 3]), Tensor([2], [UInt8.max, 3]),
    Tensor(.bool, [2], wrapping: [1, 0]), Tensor([2], [1e300, -.pi] as [Double]), Tensor(.float16, [2], rounding: [65504, 6e-8]),
  ])
  func everyTypeIsCompared(values: Tensor) throws {
    var graph = Graph(name: "as it is")
    let x = graph.addInput("x", values.type), table = graph.addConstant("table", Tensor([5, 2], (0..<10).map { Float($0) }))
    let tokens = graph.addInput("tokens", TensorType(.int64, [4]))
    graph.addOutput(try graph.addNode(.identity(Identity()), [x], name: "y", outputs: ["y"])[0])
    graph.addOutput(try graph.addNode(.gather(Gather()), [table, tokens], name: "rows", outputs: ["rows"])[0])
    let flat = try FlatModel(graph), inputs: [Certificate.Input] = [.stored(values.bytes), .integers(0...4)]
    let drawn = try #require(inputs[1].tensor(.int64, [4], seed: 3, index: 1))
    let outputs = try Evaluator(graph).run([values, drawn])
    var options = BundleOptions()
    options.certificate = Certificate(
      [.init(seed: 3, inputs: inputs, found: outputs, reference: outputs)], outputs: flat.outputNames, tolerance: .float32)
    let sound = try #require(try Session(Emitted(flat, options).model).selfTest())
    #expect(sound.passed && sound.values == values.count + 8 + 4 + (values.element.isFloat ? 4 : 0))
    // The highest bits of the first float, the lowest of the highest byte of the last whole number.
    let byte = values.element.isFloat ? values.element.size - 1 : values.bytes.count - 1
    options.certificate?.cases[0].outputs[0].expected[byte] ^= 1
    let wrong = try #require(try Session(Emitted(flat, options).model).selfTest())
    #expect(!wrong.passed && wrong.failures == 1)
  }

  /// What is left of numbers that cancel is known no better than their roundings, on a device as on the host.
  @Test func roundingsOfTheModelAreAllowed() throws {
    var graph = Graph(name: "cancels")
    let x = graph.addInput("x", TensorType(.float32, [1, 4096])), one = graph.addConstant("one", Tensor([1], [1] as [Float]))
    let turns = (0..<4096).map { index -> Float in index % 2 == 0 ? 1 : -1 }
    let signs = graph.addConstant("signs", Tensor([4096, 1], turns))
    let shifted = try graph.addNode(.add(Add()), [x, one], name: "a", outputs: ["a"])[0]
    graph.addOutput(try graph.addNode(.matMul(MatMul()), [shifted, signs], name: "y", outputs: ["y"])[0])
    // Pairs that are all but equal: 4096 numbers up to 3 leave 2e-4 and a unit in their last places 1e-5.
    let pairs = (0..<4096).map { index -> Float in Float(index / 2) * 1e-3 + (index % 2 == 0 ? 1e-7 : 0) }
    let input = Tensor([1, 4096], pairs)
    let flat = try FlatModel(graph), outputs = try Evaluator(graph).run([input])
    var options = BundleOptions()
    options.certificate = Certificate(
      [.init(seed: 1, inputs: [.stored(input.bytes)], found: outputs, reference: outputs)], outputs: flat.outputNames, tolerance: .float32)
    let other = Tensor([1, 1], [Float(outputs[0].doubles()[0] + 5e-6)])
    options.certificate?.cases[0].outputs[0].expected = other.bytes
    let model = try Emitted(flat, options).model
    let test = try #require(try Session(model).selfTest())
    #expect(test.passed && test.sqnr < 80)
    #expect(try #require(try Session(model).selfTest { _ in [0] }).passed == false)
  }

  @Test func withoutACertificateNothingIsTested() throws {
    #expect(try Session(Emitted(FlatModel(Models.small())).model).selfTest() == nil)
    #expect(try Self.codeInC(Models.mobile()) { $0.passed = false } == Self.selfTestFails)
    #expect(try Self.codeInC(Models.mobile()) { _ in } == 0)
  }
}
