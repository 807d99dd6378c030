import Foundation
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

/// What rounding alone does to a model, and what that allows.
struct NoiseTests {
  /// Models whose own noise is more than 80 dB allow.
  static let cases = Fixtures.cases.filter { item in
    ["mean-reaches-output/", "float16-model-float32-ports", "qdq/QDQ-Q"].contains { item.name.hasPrefix($0) }
  }

  /// An error as large as the noise passes, one of ten times fails.
  @Test(arguments: cases) func tenTimesTheNoiseFails(item: TestCase) throws {
    let graph = try importModel(path: item.model).graph
    var samples = SampleInputs(seed: 1)
    // Without their mean, these outputs are all but zero.
    let isZeroMean = item.name.hasPrefix("mean-reaches-output/")
    let inputs = samples.tensors(for: graph, graph.inputTraits()).map { isZeroMean ? Self.centred($0) : $0 }
    let reference = try Evaluator(graph).run(inputs), noise = try NoiseMeasurement(graph, .float32).measure(inputs)
    #expect(!noise.isEmpty && noise.allSatisfy { $0.rounding.rms > 0 })
    // Steps can be worth more than the 20 dB that an output keeps in any case.
    for factor in item.name.hasPrefix("qdq/") ? [10.0] : [1, 10] {
      let found = zip(reference, noise).map { tensor, noise in
        let error = factor * (noise.rounding.rms + noise.steps.rms)
        return Tensor(tensor.element, tensor.shape, rounding: tensor.doubles().enumerated().map { $1 + ($0 % 2 == 0 ? error : -error) })
      }
      var report = ParityReport(outputs: graph.outputs.map { graph[$0].name }, tolerance: .float32)
      report.add(found, reference: reference, noise: noise)
      #expect(report.verdict == (factor == 1 ? .pass : .fail), "factor \(factor): \(report.outputs.map(\.bound)), \(noise)")
    }
  }

  /// A picture whose channels have no mean.
  private static func centred(_ tensor: Tensor) -> Tensor {
    let values = tensor.doubles(), size = tensor.shape.dims.dropFirst(2).reduce(1, *)
    let means = (0..<values.count / size).map { values[$0 * size..<($0 + 1) * size].reduce(0, +) / Double(size) }
    return Tensor(tensor.element, tensor.shape, rounding: values.indices.map { values[$0] - means[$0 / size] })
  }

  /// Neither the noise nor a bound that a user gives lets a rule pass that float32 can keep.
  @Test func theNoiseLowersNoBoundBelowFortyDecibels() {
    var noise = OutputNoise()
    noise.rounding = .init(rms: 0.1, largest: 0.2)
    let reference = [Tensor([4], [1, -1, 1, -1] as [Float])]
    for (error, passes) in [(Float(0.005), true), (0.02, false)] {
      var report = ParityReport(outputs: ["y"], tolerance: .float32)
      report.add([Tensor([4], [1 + error, -1 - error, 1 + error, -1 - error])], reference: reference, noise: [noise])
      #expect((report.verdict == .pass) == passes)
    }
    let given = ParityReport(outputs: ["y"], tolerance: Tolerance(minimumSQNR: 80))
    #expect(!given.asksForNoise([Tensor([4], [1.1, -1, 1, -1] as [Float])], reference: reference))
  }

  /// Codes that lie on the edge between two steps fall to either side, by seed.
  @Test(arguments: cases.filter { $0.name.hasPrefix("qdq/") }, Precision.allCases) func quantizedModelsConvert(
    item: TestCase, precision: Precision
  ) throws {
    for seed in 1...12 as ClosedRange<UInt64> {
      var options = ConversionOptions()
      (options.precision, options.seed, options.zstdLevel) = (precision, seed, 1)
      let conversion = try Conversion(path: item.model, options: options)
      #expect(conversion.parity?.verdict == .pass, "seed \(seed): \(conversion.parity?.outputs.map(\.bound) ?? [])")
      #expect(precision != .int8Weights || conversion.bundle.count <= conversion.imported.fileBytes)
    }
  }

  /// A graph read back from a bundle computes what its kernels compute.
  @Test(arguments: cases, Precision.allCases) func storedGraphsEqualTheirBundles(item: TestCase, precision: Precision) throws {
    var options = ConversionOptions()
    (options.precision, options.zstdLevel) = (precision, 1)
    let conversion = try Conversion(path: item.model, options: options)
    let model = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }
    let graph = try #require(Graph(model)), inputs = model.graph.seededInputs(3, .smooth)
    let found = try Session(model).run(inputs), expected = try Evaluator(graph).run(inputs)
    var report = ParityReport(outputs: model.manifest.outputs.map(\.name), tolerance: .float32)
    report.add(found, reference: expected, noise: NoiseMeasurement.noise(of: model, inputs))
    #expect(report.verdict == .pass, "\(report.outputs.map(\.failures))")
  }
}

/// What tensors are stored in.
struct MixedPrecisionTests {
  private func candidate(_ id: Int, noise: Double, narrow: Int, wide: Int) -> WeightCandidate {
    WeightCandidate(id: ValueID(id), name: "w\(id)", count: wide, narrowBytes: narrow, wideBytes: wide, noise: noise)
  }

  /// Each step is wider than the one before, and the last one is float32 throughout.
  @Test func searchEndsAtFloat32() {
    let candidates = (0..<9).map { candidate($0, noise: 1 / Double($0 + 1), narrow: 100, wide: 200) }
    var decision = MixedPrecision.int8.choose(candidates), bits: [Int] = []
    func stored() -> Int { candidates.reduce(0) { $0 + (decision.precisions[$1.id]?.size(of: .float32) ?? 0) } }
    repeat { bits.append(stored()) } while decision.widen()
    #expect(bits == bits.sorted() && Set(bits).count == bits.count)
    #expect(stored() == 4 * candidates.count)
  }

  /// A tensor that is no larger in float16 is no int8, whatever the budget.
  @Test func noTensorIsLargerAndWorse() {
    let candidates = [candidate(0, noise: 1e-9, narrow: 300, wide: 200), candidate(1, noise: 1e-9, narrow: 100, wide: 200)]
    let decision = MixedPrecision.int8.choose(candidates)
    #expect(decision.precisions == [ValueID(0): .float16, ValueID(1): .int8])
  }

  /// Rows that tokens pick are int8 with a scale each, as weights are.
  @Test func tablesAreWeights() throws {
    var random = SeededInput(seed: 5)
    var model = ModelWriter()
    model.input("ids", .int64, [1, 24])
    model.initializer("table", random.tensor(.float32, [512, 64], .symmetric))
    model.node("Gather", ["table", "ids"], ["y"], [])
    model.output("y")
    let folder = try ScratchFolder()
    try Data(model.bytes).write(to: URL(fileURLWithPath: folder.file("model.onnx")))
    for (precision, bytes) in [(Precision.float16, 2), (.int8Weights, 1)] {
      var options = ConversionOptions()
      options.precision = precision
      let conversion = try Conversion(path: folder.file("model.onnx"), options: options)
      #expect(conversion.parity?.verdict == .pass)
      #expect(conversion.bundle.count < 512 * 64 * bytes + 12_000)
      let stored = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }
      let graph = try #require(Graph(stored)), inputs = [Tensor([1, 24], (0..<24).map { Int64($0 * 21) })]
      #expect(try Evaluator(graph).run(inputs)[0].doubles() == Session(stored).run(inputs)[0].doubles())
    }
  }
}

/// Weights rounded alone, and in stretches.
struct WeightNoiseTests {
  /// Stretches give the whole noise that single weights add up to, and a choice that is as good.
  @Test(arguments: [Architecture.resNet18, .mobileNetV2, .shuffleNetV2]) func stretchesShareOutTheirNoise(net: Architecture) throws {
    let folder = try ScratchFolder()
    try net.model(size: 64, classes: 10).write(to: folder.file("model.onnx"))
    let graph = try importModel(path: folder.file("model.onnx")).graph
    let weights = graph.constants.filter { $0.type.rank >= 2 }.compactMap { value in
      value.constant.map { MixedPrecision.Weight(id: value.id, rounded: Self.rounded($0), narrowBytes: 1, wideBytes: 2) }
    }
    var random = Seeded(3)
    let inputs = [random.tensor([1, 3, 64, 64])]
    let alone = try WeightNoise(graph, weights, mostWork: .max).measure([inputs]) { _, _ in }
    let shared = try WeightNoise(graph, weights, mostWork: 0).measure([inputs]) { _, _ in }
    #expect(alone.allSatisfy { $0 > 0 } && shared.allSatisfy { $0 > 0 } && alone != shared)
    let whole = abs(Decibels.of(alone.reduce(0, +) / shared.reduce(0, +)))
    #expect(whole < 1.5, "\(whole) dB")

    // In the same bytes, choices by either leave as much noise, within two decibels; a part of a tensor is taken for the last bytes.
    func left(_ noises: [Double], share: Double) -> Double {
      let counts = weights.map { Double($0.rounded.count) }
      var bytes = share * counts.reduce(0, +), noise = alone.reduce(0, +)
      for index in noises.indices.sorted(by: { noises[$0] / counts[$0] > noises[$1] / counts[$1] }) {
        let part = min(1, bytes / counts[index])
        noise -= part * alone[index]
        bytes -= part * counts[index]
      }
      return noise
    }
    for share in [0.02, 0.05, 0.12, 0.25] {
      let loss = Decibels.of(left(shared, share: share) / left(alone, share: share))
      #expect(loss < 2, "\(share): \(loss) dB")
    }
    #expect(Decibels.of(left(alone.map { -$0 }, share: 0.25) / left(alone, share: 0.25)) > 3, "any choice would do")
  }

  /// 256 steps over a tensor's range.
  private static func rounded(_ tensor: Tensor) -> Tensor {
    let values = tensor.doubles(), step = values.reduce(0) { max($0, $1.magnitude) } / 127
    return Tensor(.float32, tensor.shape, rounding: values.map { ($0 / step).rounded() * step })
  }
}
