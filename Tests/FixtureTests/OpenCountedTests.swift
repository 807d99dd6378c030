import O2MBundle
import O2MConvert
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Models whose inputs have open extents, and in which a run decides lengths as well.
struct OpenCountedTests {
  private static func options(_ precision: Precision = .float32) -> ConversionOptions {
    var options = ConversionOptions()
    (options.precision, options.zstdLevel, options.verifies) = (precision, 1, false)
    return options
  }

  private static func model(_ path: String, _ options: ConversionOptions) throws -> Model {
    try Conversion(path: path, options: options).bundle.withUnsafeBytes { try Model.unpacking($0) }
  }

  /// A bundle for these shapes alone.
  private static func pinned(_ path: String, _ model: Model, _ shapes: [Shape]) throws -> Model {
    var options = options()
    options.inputShapes = Dictionary(uniqueKeysWithValues: zip(model.manifest.inputs.map(\.name), shapes.map(\.dims)))
    return try self.model(path, options)
  }

  /// Every data set at its own shape, up and down, and memory that is no more than that of a bundle for this shape.
  @Test(arguments: Fixtures.open, [1, 2])
  func eachShapeGivesWhatTheOraclesGave(item: TestCase, threads: Int) throws {
    let model = try Self.model(item.model, Self.options()), session = try Session(model, threads: threads)
    #expect(!model.counted.isEmpty && model.shapes != nil && model.header.minor == BundleFormat.minorOfOpenCounts)
    #expect(item.dataSets.count >= 5)
    for set in item.dataSets + item.dataSets.reversed() {
      let inputs = try set.inputs(), expected = try set.outputs(), shapes = inputs.map(\.shape)
      try session.resize(shapes)
      for found in [try session.run(inputs), try session.run(inputs)] {
        try #require(found.count == expected.count)
        for (index, (found, expected)) in zip(found, expected).enumerated() {
          #expect(found.shape == expected.shape && session.outputType(index).shape == expected.shape)
          try expectAgreement(found, expected, .bounds(absolute: 1e-5, relative: 1e-5), output: model.manifest.outputs[index].name)
        }
      }
      let own = try Self.pinned(item.model, model, shapes)
      #expect(own.shapes == nil && session.arenaBytes * 20 <= own.plan.arenaBytes * 21 + 20 * 64, "\(shapes.map(\.dims))")
    }
    let typical = model.manifest.inputs.map(\.type.shape)
    try session.resize(typical)
    #expect(session.arenaBytes == model.plan.arenaBytes)
  }

  /// The reference evaluator at every shape that is sampled, and the data of the user.
  @Test(arguments: Fixtures.open, Precision.allCases)
  func converts(item: TestCase, precision: Precision) throws {
    var options = Self.options(precision)
    options.verifies = true
    let conversion = try Conversion(path: item.model, options: options)
    #expect(conversion.measuredSizes.count >= 3)
    #expect(conversion.parity?.verdict == .pass)
    let model = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }, session = try Session(model)
    var verification = try Verification(model: item.model, session, tolerance: precision.tolerance)
    for set in item.dataSets { try verification.add(dataIn: set.folder) }
    try verification.add(2, seed: 3)
    #expect(verification.parity.verdict == .pass, "\(verification.parity.outputs.map { "\($0.name): \($0.failures)" })")
    if let test = try session.selfTest() { #expect(test.passed) }
  }

  /// Whichever extents are typical, of which some are so small that a limit on results says nothing.
  @Test(arguments: Fixtures.open, [8, 24, 48, 57, 64]) func anyExtentsAreTypical(item: TestCase, extent: Int) throws {
    var options = Self.options()
    let symbols = try Conversion(path: item.model, options: options).symbols
    for symbol in symbols { options.open.typical[symbol.name] = symbol.range.contains(extent) ? extent : symbol.typical }
    let model = try Self.model(item.model, options), session = try Session(model)
    for set in item.dataSets {
      let inputs = try set.inputs()
      try session.resize(inputs.map(\.shape))
      for (index, (found, expected)) in zip(try session.run(inputs), try set.outputs()).enumerated() {
        try expectAgreement(found, expected, .bounds(absolute: 1e-5, relative: 1e-5), output: model.manifest.outputs[index].name)
      }
    }
  }

  /// The models of fixed extents with their first extent above 1 open, where a resize can tell how long results may become. Of those that
  /// are left out the most does not follow from extents, or another operand takes one extent alone.
  private static let opened = Fixtures.counted.filter { item in
    ![
      "reduce-axes", "reduce-axes-kept", "reshape", "slice", "split", "suppression-asked", "suppression-without-end", "yolo", "refilled",
      "ssd",
    ]
    .contains { item.name == $0 || item.name.hasSuffix("/" + $0) }
  }

  /// At whatever shapes the numbers are those of the bundle that was made for them.
  @Test(arguments: opened) func openedModelsAreAsTheirOwnBundles(item: TestCase) throws {
    let given = try item.dataSets[0].inputs(), fixed = try Self.model(item.model, Self.options())
    var options = Self.options()
    for (port, tensor) in zip(fixed.manifest.inputs, given) {
      guard let axis = tensor.shape.dims.firstIndex(where: { $0 > 1 }) else { continue }
      options.open.shapes[port.name] = tensor.shape.dims.enumerated().map {
        $0.offset == axis ? .symbol("S\($0.element)") : .fixed($0.element)
      }
    }
    let model = try Self.model(item.model, options), session = try Session(model), open = try #require(model.shapes)
    var random = Seeded(11), ran = 0
    for round in 0..<6 {
      let sizes = open.symbols.map { symbol in
        round == 0
          ? Int(symbol.name.dropFirst()) ?? 1 : min(symbol.maximum, max(symbol.minimum, 1 + Int(random.next() % (round % 2 == 0 ? 40 : 4))))
      }
      let shapes = open.shapes(model.graph, sizes)
      let inputs = zip(given, shapes).map { tensor, shape in
        tensor.shape == shape ? tensor : Tensor(tensor.element, shape, rounding: (0..<shape.count).map { _ in tensor.number(&random) })
      }
      try session.resize(shapes)
      let fixed = try Session(Self.pinned(item.model, model, shapes))
      // What the numbers mean at these extents may be none of them.
      guard let found = try? session.run(inputs) else {
        #expect(round > 0 && refuses(fixed, inputs), "\(sizes)")
        continue
      }
      ran += 1
      let own = try fixed.run(inputs)
      for (index, (found, own)) in zip(found, own).enumerated() {
        #expect(found.shape == own.shape, "\(sizes)")
        try expectAgreement(found, own, .bounds(absolute: 1e-6, relative: 1e-5), output: model.manifest.outputs[index].name)
      }
      guard round == 0 else { continue }
      for (found, expected) in zip(found, try item.dataSets[0].outputs()) {
        #expect(found.shape == expected.shape)
        try expectAgreement(found, expected, .bounds(absolute: 1e-6, relative: 1e-5), output: "the fixture's")
      }
    }
    #expect(ran > 1)
  }

  private func refuses(_ session: Session, _ inputs: [Tensor]) -> Bool { (try? session.run(inputs)) == nil }

  /// Sections changed at random and hashed again: whatever is not refused runs and resizes without harm.
  @Test(arguments: Fixtures.open, [SectionType.graph, .plan, .shapes, .counted])
  func hostileSectionsDoNoHarm(item: TestCase, type: SectionType) throws {
    let sets = try item.dataSets.map { try $0.inputs() }
    let parts = try Parts(Conversion(path: item.model, options: Self.options()).bundle)
    let place = try #require(parts.sections.firstIndex { $0.type == type })
    var random = SeededInput(seed: 6, input: Int(type.rawValue)), limits = Limits()
    limits.arenaBytes = 1 << 24
    var refused = 0, ran = 0
    for _ in 0..<800 {
      var changed = parts
      changed.damage(place, &random)
      guard let model = try? Model(BundleBytes(copying: changed.bundle()), limits: limits), let session = try? Session(model) else {
        refused += 1
        continue
      }
      for inputs in sets.prefix(3) {
        do {
          try session.resize(inputs.map(\.shape))
          for index in inputs.indices where session.inputType(index).byteCount >= inputs[index].storage.bytes.count {
            inputs[index].withBytes { session.input(index).copyMemory(from: $0) }
          }
          try session.run()
          for index in model.plan.outputs.indices { #expect(session.output(index).count == session.outputType(index).byteCount) }
          ran += 1
        } catch { refused += 1 }
      }
    }
    #expect(refused > 0 && ran > 0)
  }
}

extension Tensor {
  /// A number as this tensor has them: zeros among them, and no count above 3.
  fileprivate func number(_ random: inout Seeded) -> Double {
    let small = Double(random.next() % 4)
    return element.isFloat
      ? small == 0 ? 0 : Double(Int(random.next() % 2001) - 1000) / 500 : element == .bool ? Double(Int(small) % 2) : small
  }
}
