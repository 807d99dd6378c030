import Foundation
import O2MBundle
import O2MConvert
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Every tensor of a plan beside the original's: steps keep to their bounds, and one that a changed weight spoils is named.
struct LayerTests {
  @Test(arguments: Fixtures.operators + Fixtures.models, [Precision.float32, .int8Weights])
  func stepsKeepToTheirBounds(fixture: TestCase, precision: Precision) throws { try check(fixture, precision) }

  @Test(
    .enabled(if: !Fixtures.externalModels.isEmpty, "O2M_MODELS names no folder of models"), arguments: Fixtures.externalModels,
    Precision.allCases)
  func trainedModelsKeepToTheirBounds(fixture: TestCase, precision: Precision) throws { try check(fixture, precision) }

  private func check(_ fixture: TestCase, _ precision: Precision) throws {
    let session = try Session(Self.convert(fixture.model, precision))
    var verification = try Verification(model: fixture.model, session, tolerance: precision.tolerance, perLayer: true)
    try verification.add(1, seed: 1)
    try verification.compareLayers()
    let report = try #require(verification.layers)
    for layer in report.layers {
      #expect(!layer.isOver, "\(fixture.name): '\(layer.name)' (\(layer.op), \(layer.kernel)) \(layer.share) of \(layer.bound)")
    }
    // Single operators may be gone, or leave everything where it lies.
    if !Fixtures.operators.contains(where: { $0.name == fixture.name }) { #expect(report.layers.count > 2, "\(fixture.name)") }
  }

  private static func convert(_ path: String, _ precision: Precision) throws -> Model {
    var options = ConversionOptions()
    (options.precision, options.verifies, options.zstdLevel) = (precision, false, 1)
    return try Conversion(path: path, options: options).bundle.withUnsafeBytes { try Model.unpacking($0) }
  }

  /// What a step is that reads the weights which are changed.
  enum Kind: CaseIterable {
    case fused, residual, winograd, quantized, depthwise

    func takes(_ node: FlatGraph.Node, _ weights: Plan.Slot) -> Bool {
      guard case .conv(let conv) = node.op else { return false }
      switch self {
      case .fused: return conv.activation != .none && weights.packing == .convPanels
      case .residual: return node.inputs.count > 3 && node.inputs[3] != nil
      case .winograd: return weights.packing == .winogradPanels
      case .quantized: return weights.precision == .int8
      case .depthwise: return weights.packing == .depthwise
      }
    }
  }

  /// One weight tensor with the signs of every fourth element turned, hashed anew: its step and no other is over its bound, and the
  /// tensor that it gives has the original's name.
  @Test(arguments: Precision.allCases)
  func aChangedWeightIsNamed(precision: Precision) throws {
    let scratch = try ScratchFolder(), path = scratch.file("m.onnx")
    try Self.network().write(to: path)
    var options = ConversionOptions()
    (options.precision, options.verifies, options.zstdLevel) = (precision, false, 1)
    let bundle = try Conversion(path: path, options: options).bundle
    let model = try bundle.withUnsafeBytes { try Model.unpacking($0) }, parts = try Parts(bundle)
    let imported = try importModel(path: path).graph, original = Set(imported.nodes.flatMap { $0.outputs.map { imported[$0].name } })
    var found: Set<Kind> = []
    for kind in Kind.allCases {
      let steps = model.plan.steps.indices.filter { step in
        guard case .node(let node, let inputs, _) = model.plan.steps[step], inputs.count > 1, let slot = inputs[1] else { return false }
        return kind.takes(model.graph.nodes[node], model.plan.slots[slot])
      }
      // The first and the last of each kind.
      for step in Set([steps.first, steps.last].compactMap(\.self)) {
        let spoiled = try Self.spoiled(parts, model, step), session = try Session(spoiled)
        var verification = try Verification(model: path, session, tolerance: precision.tolerance, perLayer: true)
        try verification.add(1, seed: 1)
        try verification.compareLayers()
        let report = try #require(verification.layers), value = model.plan.slots[model.plan.steps[step].operands.outputs[0]].value
        #expect(report.layers.filter(\.isOver).map(\.step) == [step], "\(kind) \(step)")
        #expect(report.firstOver?.name == model.names?.origins[value].first && original.contains(report.firstOver?.name ?? ""))
        found.insert(kind)
      }
    }
    #expect(found == Set(Kind.allCases).subtracting(precision == .int8Weights ? [] : [.quantized]))
  }

  /// A stem, a residual block of 3×3 convolutions, and one of a mobile net.
  private static func network() -> ModelBuilder {
    var net = NetworkBuilder(seed: 3)
    func layer(_ x: NetworkBuilder.Feature, _ count: Int, kernel: Int, stride: Int = 1, group: Int = 1, _ name: String)
      -> NetworkBuilder.Feature
    {
      net.relu(net.batchNorm(net.conv(x, count, kernel: kernel, stride: stride, group: group, name + ".0"), name + ".1"), name)
    }
    var x = layer(net.picture(48), 24, kernel: 3, stride: 2, "stem")
    let deep = net.batchNorm(net.conv(layer(x, 24, kernel: 3, "wide"), 24, kernel: 3, "deep.0"), "deep.1")
    x = net.relu(net.add(deep, x, "sum"), "block")
    x = layer(layer(x, 24, kernel: 3, stride: 2, group: 24, "depthwise"), 40, kernel: 1, "narrow")
    return net.finish(net.linear(net.pool(x, "pool"), 10, "classes"))
  }

  private static func spoiled(_ parts: Parts, _ model: Model, _ step: Int) throws -> Model {
    guard case .node(_, let inputs, _) = model.plan.steps[step], let slot = inputs[1],
      case .weights(let offset, let count, _) = model.plan.slots[slot].place
    else { throw VerificationError.names }
    var parts = parts
    let index = try #require(parts.sections.firstIndex { $0.type == .weights }), size = model.plan.slots[slot].precision.size(of: .float32)
    for element in stride(from: 0, to: count / size, by: 4) {
      let last = offset + element * size + size - 1, byte = parts.sections[index].raw[last]
      parts.sections[index].raw[last] = size == 1 ? 0 &- byte : byte ^ 0x80
    }
    return try Model(BundleBytes(copying: parts.bundle()))
  }

  private static func write(_ cases: [Tensor], to folder: String) throws {
    for (index, input) in cases.enumerated() {
      let set = "\(folder)/test_data_set_\(index)"
      try FileManager.default.createDirectory(atPath: set, withIntermediateDirectories: true)
      try Data(TensorFile(name: "", tensor: input).bytes).write(to: URL(fileURLWithPath: "\(set)/input_0.pb"))
    }
  }

  /// What one case alone shows is named wherever that case stands: weights do nothing to a black picture.
  @Test(arguments: 0..<3) func theCaseThatShowsAFaultIsLookedInto(place: Int) throws {
    let scratch = try ScratchFolder(), path = scratch.file("m.onnx"), shape = Shape([1, 3, 48, 48])
    try Self.network().write(to: path)
    let model = try Self.convert(path, .float32)
    let step = try #require(
      model.plan.steps.indices.first { model.plan.steps[$0].node.map { model.graph.nodes[$0].code == .conv } ?? false })
    var options = ConversionOptions()
    (options.precision, options.verifies, options.zstdLevel) = (.float32, false, 1)
    let spoiled = try Self.spoiled(Parts(Conversion(path: path, options: options).bundle), model, step)
    var random = Seeded(5)
    let picture = Tensor(shape, (0..<shape.count).map { _ in Float(random.next() % 2001) / 1000 - 1 })
    let black = Tensor(shape, [Float](repeating: 0, count: shape.count))
    try Self.write((0..<3).map { $0 == place ? picture : black }, to: scratch.path)
    var verification = try Verification(model: path, Session(spoiled), tolerance: .float32, perLayer: true)
    try verification.add(dataIn: scratch.path)
    try verification.compareLayers()
    #expect(verification.layers?.layers.filter(\.isOver).map(\.step) == [step])
  }

  /// The plan of a bundle that takes other shapes is compared in its own.
  @Test func casesOfOtherShapesAreNotLookedInto() throws {
    let scratch = try ScratchFolder(), path = scratch.file("m.onnx")
    let open = try #require(OpenModels.all.first { $0.name == "convolutions" })
    try Data(open.model.bytes).write(to: URL(fileURLWithPath: path))
    let model = try Self.convert(path, .float32), shapes = try #require(model.shapes)
    let sizes = shapes.symbols.map { min($0.maximum, $0.typical + $0.step) }
    try Self.write(shapes.shapes(model.graph, sizes).map { Tensor($0, [Float](repeating: 1, count: $0.count)) }, to: scratch.path)
    var verification = try Verification(model: path, Session(model), tolerance: .float32, perLayer: true)
    try verification.add(dataIn: scratch.path)
    var isRefused = false
    do throws(VerificationError) { try verification.compareLayers() } catch {
      if case .noCaseInOwnShapes = error { isRefused = true }
    }
    #expect(isRefused)
    try verification.add(1, seed: 1)
    try verification.compareLayers()
    #expect(try #require(verification.layers).firstOver == nil)
  }

  /// A bundle that was stripped of names cannot be compared so, and says it.
  @Test func aBundleWithoutNamesIsRefused() throws {
    let model = try #require(Fixtures.models.first).model
    var options = ConversionOptions()
    (options.verifies, options.zstdLevel, options.contents.keepsNames) = (false, 1, false)
    let session = try Session(try Conversion(path: model, options: options).bundle.withUnsafeBytes { try Model.unpacking($0) })
    var isRefused = false
    do throws(VerificationError) { _ = try Verification(model: model, session, tolerance: .float32, perLayer: true) } catch {
      if case .names = error { isRefused = true }
    }
    #expect(isRefused)
  }
}
