import Foundation
import O2MBundle
import O2MConvert
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// Bundles that take other shapes than their own, beside bundles that were made for each of these shapes.
@Suite struct OpenShapeTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func write(_ model: ModelWriter) throws -> String {
    let path = scratch.file("model.onnx")
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func convert(
    _ path: String, _ precision: Precision = .float32, shapes: [String: [Int]] = [:], _ open: (inout OpenOptions) -> Void = { _ in }
  ) throws -> Conversion {
    var options = ConversionOptions()
    (options.precision, options.zstdLevel, options.inputShapes) = (precision, 1, shapes)
    open(&options.open)
    return try Conversion(path: path, options: options)
  }

  private func model(_ conversion: Conversion) throws -> Model { try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) } }

  /// Shapes of the inputs with each symbol anywhere in its range, up to 70.
  private func shapes(_ model: Model, _ random: inout Seeded) throws -> [Shape] {
    let open = try #require(model.shapes)
    let sizes = open.symbols.map { symbol in
      symbol.minimum + Int(random.next() % UInt64((min(symbol.maximum, 70) - symbol.minimum) / symbol.step + 1)) * symbol.step
    }
    return open.shapes(model.graph, sizes)
  }

  private func inputs(_ shapes: [Shape], _ random: inout Seeded) -> [Tensor] {
    shapes.map { shape in Tensor(shape, (0..<shape.count).map { _ in Float(Int(random.next() % 2001) - 1000) / 1000 }) }
  }

  /// The formula of memory is nowhere far below the arena, and exact where the arena is a product.
  @Test(arguments: OpenModels.all) func theFormulaIsOfTheArena(open: OpenModels.Named) throws {
    let model = try model(try convert(try write(open.model))), formula = try #require(MemoryFormula(model))
    #expect(formula.tried > 20 && !formula.terms.isEmpty && formula.excess.most >= -1e-6)
    let symbols = try #require(model.shapes).symbols
    func bytes(_ sizes: [Int]) -> Double {
      formula.terms.reduce(0) { sum, term in
        sum
          + zip(sizes, term.powers).reduce(term.bytes) { product, axis in
            (0..<axis.1).reduce(product) { product, _ in product * Double(axis.0) }
          }
      }
    }
    var random = Seeded(3), compared = 0
    for _ in 0..<40 {
      let shapes = try shapes(model, &random)
      guard let arena = try? model.arenaBytes(at: shapes) else { continue }
      let sizes = symbols.indices.map { symbol in
        for (input, axes) in model.shapes!.axes.enumerated() {
          if let axis = axes.firstIndex(of: symbol) { return shapes[input][axis] }
        }
        return symbols[symbol].typical
      }
      compared += 1
      #expect(bytes(sizes) > 0.8 * Double(arena), "\(sizes)")
      #expect(bytes(sizes) < (1.2 + formula.excess.most) * Double(arena) + 4096, "\(sizes)")
    }
    #expect(compared > 10)
  }

  @Test func theArenaOfOneValueIsItsFormula() throws {
    var open = ModelWriter()
    open.input("x", .float32, ["N", 16, "H", "W"])
    open.node("Exp", ["x"], ["e"])
    open.node("Transpose", ["e"], ["y"], [("perm", .ints([3, 2, 1, 0]))])
    open.output("y")
    let model = try model(try convert(try write(open)) { $0.shapes["x"] = [.symbol("N"), .fixed(16), .symbol("H"), .symbol("W")] })
    let formula = try #require(MemoryFormula(model))
    #expect(formula.terms.count == 1 && formula.terms[0].powers == [1, 1, 1], "\(formula)")
    #expect(formula.excess.most < 0.01 && [64, 128].contains(formula.terms[0].bytes), "\(formula)")
  }

  /// At whatever shapes the numbers are those of the bundle that was made for them, and the memory is no more than its own.
  @Test(arguments: OpenModels.all, [Precision.float32, .int8Weights])
  func eachShapeIsAsItsOwnBundle(open: OpenModels.Named, precision: Precision) throws {
    let path = try write(open.model), conversion = try convert(path, precision), model = try model(conversion)
    #expect(conversion.parity?.verdict == .pass && !conversion.measuredSizes.isEmpty)
    let session = try Session(model), names = model.manifest.outputs.map(\.name)
    var random = Seeded(7)
    for _ in 0..<8 {
      let shapes = try shapes(model, &random), inputs = inputs(shapes, &random)
      try session.resize(shapes)
      let pins = Dictionary(uniqueKeysWithValues: zip(model.manifest.inputs.map(\.name), shapes.map(\.dims)))
      let fixed = try self.model(try convert(path, precision, shapes: pins)), own = try Session(fixed)
      #expect(fixed.shapes == nil && session.graph.outputs.map { session.graph.values[$0] } == fixed.manifest.outputs.map(\.type))
      var report = ParityReport(outputs: names, tolerance: .float32)
      report.add(try session.run(inputs), reference: try own.run(inputs), noise: [])
      #expect(report.verdict == .pass, "\(open.name) at \(shapes.map(\.dims)): \(report.outputs.map(\.sqnr))")
      // A pass that needs a fixed extent leaves a node more.
      let isAlike = fixed.graph.nodes.count == model.graph.nodes.count
      #expect(isAlike || !open.isOfLayers, "\(open.name) at \(shapes.map(\.dims))")
      if isAlike {
        #expect(session.arenaBytes * 20 <= fixed.plan.arenaBytes * 21 + 20 * 64, "\(open.name) at \(shapes.map(\.dims))")
      }
    }
    // Back where it began, bit by bit.
    let typical = model.manifest.inputs.map(\.type.shape), inputs = inputs(typical, &random)
    try session.resize(typical)
    #expect(try session.run(inputs).map(\.bytes) == Session(model).run(inputs).map(\.bytes))
    #expect(session.arenaBytes == model.plan.arenaBytes)
  }

  /// What a model takes is found where nobody says it.
  @Test func rangesAreFound() throws {
    func symbols(_ name: String) throws -> [OpenSymbol] {
      try convert(try write(try #require(OpenModels.all.first { $0.name == name }).model)).symbols
    }
    let unet = try symbols("u-net")
    #expect(unet.map(\.name) == ["H", "W"] && unet.allSatisfy { $0.range.step == 4 && $0.range.minimum == 4 && $0.typical % 4 == 0 })
    let attention = try symbols("attention")
    #expect(attention.map(\.name) == ["N", "T"] && attention[1].range == SymbolRange(1, 100))
    #expect(try symbols("two names of one length").map(\.name) == ["T"])
  }

  @Test func whatTheBundleDoesNotTakeIsRefused() throws {
    let path = try write(try #require(OpenModels.all.first { $0.name == "u-net" }).model)
    let conversion = try convert(path) { open in
      open.ranges = ["H": SymbolRange(8, 64, step: 8), "W": SymbolRange(4, 40, step: 4)]
      open.typical = ["H": 16, "W": 12]
    }
    let model = try model(conversion), session = try Session(model)
    var random = Seeded(1)
    try session.resize([[1, 3, 24, 20]])
    let inputs = inputs([[1, 3, 24, 20]], &random), before = try session.run(inputs).map(\.bytes)
    func fault(_ shapes: [Shape]) -> RunFault? { #expect(throws: RunFault.self) { try session.resize(shapes) } }
    #expect(fault([]) == .shapes(.inputCount(found: 0, expected: 1)))
    #expect(fault([[1, 3, 24]]) == .shapes(.rank(input: 0, found: 3, expected: 4)))
    #expect(fault([[2, 3, 24, 20]]) == .shapes(.extent(input: 0, axis: 0, found: 2, minimum: 1, maximum: 1, step: 1)))
    #expect(fault([[1, 3, 20, 20]]) == .shapes(.extent(input: 0, axis: 2, found: 20, minimum: 8, maximum: 64, step: 8)))
    #expect(fault([[1, 3, 24, 44]]) == .shapes(.extent(input: 0, axis: 3, found: 44, minimum: 4, maximum: 40, step: 4)))
    #expect(session.inputType(0).shape == [1, 3, 24, 20])
    #expect(try session.run(inputs).map(\.bytes) == before)
    var limits = Limits()
    limits.arenaBytes = model.plan.arenaBytes
    let small = try Session(try conversion.bundle.withUnsafeBytes { try Model.unpacking($0, limits: limits) })
    #expect(throws: RunFault.self) { try small.resize([[1, 3, 64, 40]]) }
    #expect(small.inputType(0).shape == [1, 3, 16, 12])
    try small.run()
  }

  /// A certificate at the typical extents, at the least and at the largest that were measured: the self-test checks each, and finds what
  /// holds at one of them alone. A reader that does not know the others checks the typical one.
  @Test(arguments: OpenModels.all, [Precision.float32, .int8Weights])
  func certificatesAreAtThreeShapes(open: OpenModels.Named, precision: Precision) throws {
    let bundle = try convert(try write(open.model), precision).bundle, parts = try Parts(bundle)
    func model(_ parts: Parts) throws -> Model { try Model(BundleBytes(copying: parts.bundle())) }
    let sound = try model(parts), certified = try #require(try sound.section(CertifiedShapes.self))
    let minor = try bundle.withUnsafeBytes { try Model.unpacking($0) }.header.minor
    #expect(minor == BundleFormat.minorOfCertifiedShapes && certified.entries.count == 2)
    let symbols = try #require(sound.shapes).symbols
    for entry in certified.entries {
      #expect(zip(symbols, entry.extents).allSatisfy { $0.contains($1) } && entry.extents != symbols.map(\.typical))
    }
    for threads in [1, 2] {
      let session = try Session(sound, threads: threads), test = try #require(try session.selfTest())
      #expect(test.passed && test.shapes == 3 && test.cases == 3, "\(open.name): \(test)")
      #expect(session.inputType(0).shape == sound.manifest.inputs[0].type.shape)
    }
    let place = try #require(parts.sections.firstIndex { $0.type == .certifiedShapes })
    func changed(_ change: (inout CertifiedShapes) -> Void) throws -> Parts {
      var shapes = certified, changed = parts
      change(&shapes)
      changed.sections[place].raw = shapes.encoded()
      return changed
    }
    // The verdict of the second, which stands behind the form.
    let failed = try #require(try Session(model(changed { $0.entries[1].certificate[1] = 0 })).selfTest())
    #expect(!failed.passed && failed.failures == 1 && failed.shapes == 2)
    for extents in [[], [Int](repeating: 0, count: symbols.count), [Int](repeating: Int(Int32.max), count: symbols.count)] {
      let other = try Session(model(changed { $0.entries[0].extents = extents }))
      #expect(throws: RunFault.self) { try other.selfTest() }
    }
    var without = parts
    without.sections.remove(at: place)
    let older = try #require(try Session(model(without)).selfTest())
    #expect(older.passed && older.shapes == 1)
    var random = Seeded(5)
    for _ in 0..<200 {
      var damaged = parts
      damaged.sections[place].raw[Int(random.next() % UInt64(damaged.sections[place].raw.count))] = UInt8(truncatingIfNeeded: random.next())
      _ = try? Session(model(damaged)).selfTest()
    }
  }

  @Test func aFixedBundleTakesItsOwnShapes() throws {
    let path = try write(try #require(OpenModels.all.first { $0.name == "classes" }).model)
    let model = try model(try convert(path, shapes: ["x": [1, 3, 8, 8]])), session = try Session(model)
    #expect(model.shapes == nil && model.header.minor == BundleFormat.minor)
    try session.resize([[1, 3, 8, 8]])
    #expect(throws: RunFault.shapes(.extent(input: 0, axis: 3, found: 9, minimum: 8, maximum: 8, step: 8))) {
      try session.resize([[1, 3, 8, 9]])
    }
  }

  @Test func whatIsSaidOfSymbolsMustFit() throws {
    let path = try write(try #require(OpenModels.all.first { $0.name == "attention" }).model)
    func error(_ open: (inout OpenOptions) -> Void) -> OpenError? {
      do { _ = try convert(path, .float32, open) } catch { if case .open(let error)? = error as? ConversionError { return error } }
      return nil
    }
    #expect(error { $0.ranges = ["Q": SymbolRange(1, 4)] } == .unknownSymbol("Q", symbols: ["N", "T"]))
    guard case .typical(let symbol)? = error({ ($0.ranges, $0.typical) = (["T": SymbolRange(1, 4)], ["T": 5]) }) else {
      Issue.record("5 is not in 1..4")
      return
    }
    #expect(symbol.name == "T" && symbol.range == SymbolRange(1, 4) && symbol.typical == 5)
    guard case .refused("T", 101, _)? = error({ $0.ranges = ["T": SymbolRange(1, 101)] }) else {
      Issue.record("the positions end at 100")
      return
    }
  }

  /// What is the same at all extents that are tried, and not at others, is not taken for fixed: numbers would be wrong between them.
  @Test(arguments: OpenModels.undecided) func whatIsFixedByChanceIsRefused(open: OpenModels.Named) throws {
    let path = try write(open.model)
    let error = #expect(throws: ConversionError.self) { try convert(path) }
    guard case .open(.undecided(let value))? = error else {
      Issue.record("\(open.name): \(String(describing: error))")
      return
    }
    #expect(value == open.value)
    // Where the typical extent shows that it changes, it is computed at each resize, or the model is refused for being built in two ways.
    guard let conversion = try? convert(path, .float32, { $0.typical = ["T": 300] }) else {
      #expect(open.name == "a branch")
      return
    }
    let model = try model(conversion), session = try Session(model)
    for length in [1, 100, 255, 256, 257, 300, 1000, 3000, 4096] {
      let fixed = try Session(try self.model(try convert(path, shapes: ["x": [1, length]])))
      let input = Tensor([1, length], (0..<length).map { Float($0 % 17) - 8 })
      try session.resize([[1, length]])
      #expect(try session.run([input]).map(\.bytes) == fixed.run([input]).map(\.bytes), "\(open.name) at \(length)")
    }
  }

  /// A changed section, hashed anew, gives an error or a bundle whose runs stay inside of their memory; each resize is refused or runs.
  @Test(arguments: OpenModels.all) func damagedSectionsAreSafe(open: OpenModels.Named) throws {
    let model = try model(try convert(try write(open.model))), parts = try Parts(try convert(try write(open.model)).bundle)
    let place = try #require(parts.sections.firstIndex { $0.type == .shapes })
    var random = Seeded(3), limits = Limits(), accepted = 0
    limits.arenaBytes = 1 << 24
    for round in 0..<300 {
      var changed = parts
      for _ in 0...Int(random.next() % 3) {
        let index = Int(random.next() % UInt64(changed.sections[place].raw.count))
        changed.sections[place].raw[index] = round % 2 == 0 ? UInt8(truncatingIfNeeded: random.next()) : UInt8(random.next() % 4)
      }
      guard let damaged = try? Model(BundleBytes(copying: changed.bundle()), limits: limits) else { continue }
      accepted += 1
      let session = try Session(damaged)
      for _ in 0..<3 {
        let shapes = try shapes(model, &random)
        if (try? session.resize(shapes)) != nil { _ = try? session.run(inputs(shapes, &random)) } else { try? session.run() }
      }
    }
    #expect(accepted > 0)
  }
}
