import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Models in which a run decides lengths, branches or turns, against ONNX's reference evaluator and ONNX Runtime.
struct CountedTests {
  /// Bundles of the folder, made once.
  private static func model(_ item: TestCase) throws -> Model {
    var options = ConversionOptions()
    options.precision = .float32
    options.verifies = false
    options.zstdLevel = 1
    return try Conversion(path: item.model, options: options).bundle.withUnsafeBytes { try Model.unpacking($0) }
  }

  @Test(arguments: Fixtures.counted + Fixtures.control, [1, 2])
  func bundleGivesWhatTheOraclesGave(item: TestCase, threads: Int) throws {
    let model = try Self.model(item), session = try Session(model, threads: threads)
    #expect(!model.counted.isEmpty || !model.bodyPlans.isEmpty)
    for set in item.dataSets {
      let inputs = try set.inputs(), expected = try set.outputs()
      // What a run before has found leaves no trace.
      for found in [try session.run(inputs), try session.run(inputs)] {
        try #require(found.count == expected.count)
        for (index, (found, expected)) in zip(found, expected).enumerated() {
          #expect(found.shape == expected.shape && session.outputType(index).shape == expected.shape)
          try expectAgreement(found, expected, .bounds(absolute: 1e-6, relative: 1e-5), output: model.manifest.outputs[index].name)
        }
      }
    }
  }

  /// The reference evaluator, and every precision with its certificate.
  @Test(arguments: Fixtures.counted + Fixtures.control, Precision.allCases)
  func converts(item: TestCase, precision: Precision) throws {
    var options = ConversionOptions()
    options.precision = precision
    options.data = [item.dataSets[0].folder]
    options.zstdLevel = 1
    let conversion = try Conversion(path: item.model, options: options)
    let parity = try #require(conversion.parity)
    guard precision == .float32 else { return }
    #expect(parity.verdict == .pass, "\(parity.outputs.map { "\($0.name): \($0.failures)" })")
    let model = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }, session = try Session(model)
    var verification = try Verification(model: item.model, session, tolerance: precision.tolerance, perLayer: true)
    for set in item.dataSets { try verification.add(dataIn: set.folder) }
    try verification.compareLayers()
    #expect(verification.parity.verdict == .pass, "\(verification.parity.outputs.map { "\($0.name): \($0.failures)" })")
    #expect(verification.model.verdict == .pass)
    if let test = try session.selfTest() { #expect(test.passed) }
  }

  private static func fixture(_ name: String) throws -> TestCase {
    try #require((Fixtures.counted + Fixtures.control).first { $0.name == name || $0.name.hasSuffix("/" + name) })
  }

  /// A k that is no count of the axis ends the run with a fault, and the next run begins afresh.
  @Test(arguments: [-1, 12, Int.max, Int.min])
  func aWrongCountEndsTheRun(k: Int) throws {
    let item = try Self.fixture("top-k"), session = try Session(Self.model(item)), inputs = try item.dataSets[0].inputs()
    #expect(throws: RunFault.run(node: 0, .index(input: 1, found: [InputFact?].bounded(k), limit: 12))) {
      try session.run([inputs[0], .indices([k])])
    }
    #expect(try session.run([inputs[0], .indices([11])])[0].shape == [3, 11])
    #expect(try session.run(inputs)[0].shape == [3, 4])
  }

  /// Lengths from none to all, up and down, each as the reference has it.
  @Test(arguments: ["gathered-rows", "refilled", "bounded-best", "numbered", "compress-rows"])
  func everyLengthIsTheReferences(name: String) throws {
    let item = try Self.fixture(name), session = try Session(Self.model(item)), given = try item.dataSets[0].inputs()
    var importing = ImportOptions()
    importing.counts = .most
    let evaluator = Evaluator(try importModel(path: item.model, options: importing).graph)
    let flags = try #require(given.firstIndex { $0.element == .bool })
    for marked in [0, 1, 3, given[flags].count, 2, 0, 5] where marked <= given[flags].count {
      var inputs = given
      inputs[flags] = Tensor(.bool, given[flags].shape, rounding: (0..<given[flags].count).map { $0 < marked ? 1 : 0 })
      for (found, expected) in zip(try session.run(inputs), try evaluator.run(inputs)) {
        try expectAgreement(found, expected, .bounds(absolute: 1e-6, relative: 1e-5), output: "\(marked) marked")
      }
    }
  }

  /// A run of counted steps allocates for what changes, and the arena is placed before.
  @Test func placesStay() throws {
    let item = try Self.fixture("ssd"), session = try Session(Self.model(item)), bytes = session.arenaBytes
    for _ in 0..<3 { _ = try session.run(try item.dataSets[0].inputs()) }
    #expect(session.arenaBytes == bytes)
  }

  /// Sections changed at random and hashed again: whatever is not refused runs without harm.
  @Test(arguments: ["yolo", "ssd", "refilled", "slice", "nested-then", "decoder"], [SectionType.graph, .plan, .counted, .bodies])
  func hostileSectionsDoNoHarm(name: String, type: SectionType) throws {
    let item = try Self.fixture(name), inputs = try item.dataSets[0].inputs()
    var options = ConversionOptions()
    options.precision = .float32
    options.verifies = false
    options.zstdLevel = 1
    let parts = try Parts(Conversion(path: item.model, options: options).bundle)
    guard let place = parts.sections.firstIndex(where: { $0.type == type }) else { return }
    var random = SeededInput(seed: 5, input: Int(type.rawValue))
    var refused = 0, ran = 0
    for _ in 0..<1500 {
      var changed = parts
      changed.damage(place, &random)
      do {
        let session = try Session(Model(BundleBytes(copying: changed.bundle())))
        for index in inputs.indices where session.inputType(index).byteCount >= inputs[index].storage.bytes.count {
          inputs[index].withBytes { session.input(index).copyMemory(from: $0) }
        }
        for _ in 0..<2 { try session.run() }
        for index in session.model.plan.outputs.indices { #expect(session.output(index).count == session.outputType(index).byteCount) }
        ran += 1
      } catch { refused += 1 }
    }
    #expect(refused > 0 && ran > 0)
  }
}
