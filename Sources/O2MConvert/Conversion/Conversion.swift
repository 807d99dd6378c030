import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MPasses
import O2MRuntime
import O2MTensor

/// Why a conversion stopped.
public enum ConversionError: Error, Sendable {
  case importing(ImportError)
  case unknownPass(String)
  case passes(PassError)
  case evaluation(EvaluationError)
  case planning(PlanError)
  case running(RunError)
}

/// What a conversion is to do beyond its defaults.
public struct ConversionOptions: Sendable {
  public var precision = Precision.int8Weights
  /// Extents by input name; they pin what the model leaves open.
  public var inputShapes: [String: [Int]] = [:]
  /// Values by input name: these inputs become constants.
  public var inputValues: [String: InputValue] = [:]
  /// Labels, pre-processing, the tool's version and what else the bundle holds that the conversion does not work out itself.
  public var contents = BundleOptions()
  public var skippedPasses: [String] = []
  /// Patches after which the passes stop; nil for all.
  public var stopAfter: Int?
  /// Whether the graph is evaluated after every patch and compared with what was imported.
  public var checksPasses = false
  public var verifies = true
  /// Replaces the precision's bound, in decibels.
  public var minimumSQNR: Double?
  public var seed: UInt64 = 1
  /// 1...22; nil for the precision's own level.
  public var zstdLevel: Int?

  public init() {}

  public var tolerance: Tolerance {
    var tolerance = precision.tolerance
    if let minimumSQNR { tolerance.minimumSQNR = minimumSQNR }
    return tolerance
  }
}

/// A model from ONNX to bundle, step by step; each step keeps what the next ones and the report need.
public struct Conversion: Sendable {
  public let options: ConversionOptions
  public let imported: ImportedModel
  public private(set) var optimized: Graph
  public private(set) var passes: [PassReport] = []
  /// How weights were chosen; nil where all of them have one precision.
  public private(set) var choice: MixedPrecision.Decision?
  /// The download form.
  public private(set) var bundle: [UInt8] = []
  /// nil where verification was switched off.
  public private(set) var parity: ParityReport?
  /// An input that indexes fewer rows than the numbers that a certificate would have it hold: the bundle has no certificate then.
  public let uncertifiable: (input: String, extent: Int)?
  /// SHA-256 of the bytes that were imported.
  private let sourceHash: [UInt8]
  /// What errors are measured on; empty where nothing is measured.
  private let samples: [[Tensor]]
  let progress: @Sendable (ConversionProgress) -> Void

  /// Converts the model at `path`.
  public init(
    path: String, options: ConversionOptions = ConversionOptions(), progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }
  ) throws(ConversionError) {
    self.options = options
    self.progress = progress
    progress(.init(stage: .importing, done: 0, total: 1))
    var hash: [UInt8] = []
    do throws(ImportError) {
      var importing = ImportOptions(inputShapes: options.inputShapes)
      importing.inputValues = options.inputValues
      imported = try importModel(path: path, options: importing) { hash = sha256($0) }
    } catch { throw .importing(error) }
    sourceHash = hash
    optimized = imported.graph
    let measures = options.verifies || options.checksPasses || options.precision != .float32
    (samples, uncertifiable) = measures ? Self.samples(imported.graph, seed: options.seed) : ([], nil)
    try optimize()
    try pack()
  }

  private mutating func optimize() throws(ConversionError) {
    progress(.init(stage: .passes, done: 0, total: 1))
    guard let selected = Pipeline.passes(skipping: options.skippedPasses) else {
      throw .unknownPass(options.skippedPasses.first { !Pipeline.names.contains($0) } ?? "")
    }
    var driver = Driver(selected, stopAfter: options.stopAfter)
    if options.checksPasses { driver.check = try PassCheck(imported.graph, inputs: samples[0]).check }
    do throws(PassError) { passes = try driver.run(&optimized) } catch { throw .passes(error) }
  }

  /// The inputs that errors are measured on: one like natural pictures, and the certificate's, or another of the first kind where those
  /// cannot be.
  private static func samples(_ graph: Graph, seed: UInt64) -> (samples: [[Tensor]], uncertifiable: (input: String, extent: Int)?) {
    var natural = SampleInputs(seed: seed)
    let first = natural.tensors(for: graph)
    let certified = SeededInput.tensors(graph.inputs.map { graph[$0].type }, seed: seed, .smooth)
    for (id, tensor) in zip(graph.inputs, certified) {
      // By the bundle format these integers are 0 to 255, whatever they index.
      if let extent = graph.indexedExtent(id), tensor.ints().contains(where: { $0 >= extent || $0 < -extent }) {
        return ([first, natural.tensors(for: graph)], (graph[id].name, extent))
      }
    }
    return ([first, certified], nil)
  }

  private mutating func pack() throws(ConversionError) {
    let graph = optimized
    let flat = try planning { () throws(PlanError) in try FlatModel(graph) }
    let constants = StoredConstants(flat, int8: options.precision == .int8Weights)
    let precisions = try precisions(constants)
    let planned = try planning { () throws(PlanError) in try Planned(constants, precisions: precisions) }
    let level = options.zstdLevel ?? options.precision.zstdLevel(rawBytes: planned.weights.count)
    var contents = options.contents
    contents.precisions = precisions
    contents.zstdLevel = level
    contents.fixedInputs = FixedInputs(imported.fixed)
    contents.manifest.sourceHash = sourceHash
    contents.manifest.sourceBytes = imported.fileBytes
    contents.manifest.precision = options.precision.rawValue
    contents.manifest.passes = passes.filter { $0.rewrites > 0 }.map(\.name)
    if options.verifies { progress(.init(stage: .parity, done: 0, total: samples.count + 1)) }
    // The weights are compressed while the references run.
    let conversion = self
    let (measured, weights) = concurrently {
      Result { () throws(ConversionError) in try conversion.measure(constants, precisions) }
    } _: {
      CompressedWeights(planned, zstdLevel: level)
    }
    let references = try measured.get().references
    contents.certificate = try measured.get().certificate
    progress(.init(stage: .packing, done: 0, total: 1))
    let emitted = try planning { () throws(PlanError) in try Emitted(flat, planned, contents, weights: weights) }
    bundle = emitted.bytes
    if options.verifies {
      parity = try compare(try planning { () throws(PlanError) in emitted.model }, references)
    }
  }

  /// What the imported model makes of the samples, and the certificate; empty where nothing is verified.
  private func measure(
    _ constants: StoredConstants, _ precisions: [Int: WeightPrecision]
  ) throws(ConversionError) -> (references: [[Tensor]], certificate: Certificate?) {
    guard options.verifies else { return ([], nil) }
    let references = try Self.evaluate(imported.graph, samples)
    return (references, uncertifiable == nil ? try certify(constants, precisions, references[1]) : nil)
  }

  /// How each constant is to be stored, by its value index.
  private mutating func precisions(_ constants: StoredConstants) throws(ConversionError) -> [Int: WeightPrecision] {
    let rule: MixedPrecision
    switch options.precision {
    case .float32: return [:]
    case .float16: rule = .float16
    case .int8Weights: rule = .int8
    }
    let flat = constants.model, roundable = constants.roundable
    let rounded = constants.rounded(Dictionary(uniqueKeysWithValues: roundable.map { ($0, rule.narrow) }))
    let narrow = constants.bytes(roundable, as: rule.narrow), wide = constants.bytes(roundable, as: rule.wide)
    let weights = roundable.map { index in
      MixedPrecision.Weight(
        id: flat.ids[index], rounded: rounded[index] ?? flat.constants[index - flat.graph.inputCount], narrowBytes: narrow[index] ?? 0,
        wideBytes: wide[index] ?? 0)
    }
    let progress = progress
    do throws(EvaluationError) {
      let candidates = try MixedPrecision.measure(optimized, weights, samples: [samples[0]]) {
        progress(.init(stage: .weights, done: $0, total: $1))
      }
      let result = rule.choose(candidates)
      choice = result
      return flat.precisions(result.precisions)
    } catch { throw .evaluation(error) }
  }

  /// Inputs by seed, what the imported model makes of them, and how far rounded weights lead from it. All of it is measured on the
  /// reference, so that the bytes do not depend on this CPU.
  private func certify(
    _ constants: StoredConstants, _ precisions: [Int: WeightPrecision], _ reference: [Tensor]
  ) throws(ConversionError) -> Certificate {
    var rounded = optimized
    for (index, tensor) in constants.rounded(precisions) { rounded.setConstant(constants.model.ids[index], tensor) }
    return Certificate(
      seeds: [options.seed], .smooth, outputs: constants.model.outputNames, found: try Self.evaluate(rounded, [samples[1]]),
      reference: [reference],
      tolerance: options.tolerance)
  }

  /// Runs the bundle on this machine's kernels beside the references.
  private func compare(_ model: Model, _ references: [[Tensor]]) throws(ConversionError) -> ParityReport {
    var report = ParityReport(outputs: model.manifest.outputs.map(\.name), tolerance: options.tolerance)
    do throws(RunFault) {
      let session = try Session(model)
      for (inputs, reference) in zip(samples, references) { report.add(try session.run(inputs), reference: reference) }
    } catch { throw .running(RunError(error, in: model)) }
    return report
  }

  /// The reference's outputs for every sample, side by side on all cores.
  static func evaluate(
    _ graph: Graph, _ samples: [[Tensor]], loops: FastLoops? = FastLoops()
  ) throws(ConversionError) -> [[Tensor]] {
    let evaluator = Evaluator(graph, loops: loops)
    let results = concurrentMap(samples.count) { index in
      Result { () throws(EvaluationError) in try evaluator.run(samples[index]) }
    }
    var outputs: [[Tensor]] = []
    do throws(EvaluationError) { for result in results { outputs.append(try result.get()) } } catch { throw .evaluation(error) }
    return outputs
  }
}

private func planning<T>(_ body: () throws(PlanError) -> T) throws(ConversionError) -> T {
  do throws(PlanError) { return try body() } catch { throw .planning(error) }
}
