import O2MBundle
import O2MGraph
import O2MImage
import O2MImport
import O2MOps
import O2MParity
import O2MPasses
import O2MRuntime
import O2MTensor

/// Why a conversion stopped.
public enum ConversionError: Error, Sendable {
  case importing(ImportError)
  case open(OpenError)
  case given(GivenError)
  case task(TaskError)
  case state(StateError)
  case unknownPass(String)
  case passes(PassError)
  case evaluation(EvaluationError)
  case planning(PlanError)
  case running(RunError)
  /// The thresholds name an output that is none.
  case policy(PolicyError)
}

/// What a conversion is to do beyond its defaults.
public struct ConversionOptions: Sendable {
  public var precision = Precision.int8Weights
  /// Extents by input name; they pin what the model leaves open.
  public var inputShapes: [String: [Int]] = [:]
  /// Extents that stay open.
  public var open = OpenOptions()
  /// Values by input name: these inputs become constants.
  public var inputValues: [String: InputValue] = [:]
  /// Inputs that take an output of the run before.
  public var states: [StateRequest] = []
  /// What the model may ask for.
  public var limits = ResourceLimits()
  /// Labels, pre-processing, the tool's version and what else the bundle holds that the conversion does not work out itself.
  public var contents = BundleOptions()
  /// What the outputs are to say of a picture; nil where the model alone tells.
  public var task: TaskRequest?
  public var skippedPasses: [String] = []
  /// Patches after which the passes stop; nil for all.
  public var stopAfter: Int?
  /// Whether the graph is evaluated after every patch and compared with what was imported.
  public var checksPasses = false
  public var verifies = true
  /// Folders in ONNX's layout, and one of pictures: the inputs that errors are measured on. Where there are none they are drawn.
  public var data: [String] = []
  public var pictures: String?
  /// Replaces the bound of the precision and of the policy, in decibels.
  public var minimumSQNR: Double?
  /// The same for the share of rows whose best class agrees, 0 to 1.
  public var minimumTop1: Double?
  /// Thresholds by output and precision.
  public var policy = VerificationPolicy()
  public var seed: UInt64 = 1
  /// 1...22; nil for the precision's own level.
  public var zstdLevel: Int?

  public init() {}

  /// What every output has to hold that has no bounds of its own.
  public var tolerance: Tolerance { tolerances(of: []).0 }

  private func tolerances(of outputs: [String]) -> (Tolerance, own: [String: Tolerance]) {
    var flags = Thresholds()
    (flags.minimumSQNR, flags.minimumTop1) = (minimumSQNR, minimumTop1)
    return policy.tolerances(of: outputs, precision, below: flags, default: precision.tolerance)
  }

  /// A report of outputs of these names without a case.
  fileprivate func report(of outputs: [String]) -> ParityReport {
    let (all, own) = tolerances(of: outputs)
    return ParityReport(outputs: outputs, tolerance: all, own: own)
  }

  /// What a device has to hold: a certificate has one bound for all outputs, so the least of theirs.
  fileprivate func certificateTolerance(of outputs: [String]) -> Tolerance {
    let (all, own) = tolerances(of: outputs)
    var tolerance = all
    tolerance.minimumTop1 = nil
    for output in own.values {
      tolerance.minimumSQNR = min(tolerance.minimumSQNR ?? .infinity, output.minimumSQNR ?? .infinity)
      if output.elementwise != tolerance.elementwise { tolerance.elementwise = nil }
    }
    return tolerance
  }
}

/// A model from ONNX to bundle, step by step; each step keeps what the next ones and the report need.
public struct Conversion: Sendable {
  public let options: ConversionOptions
  public let imported: ImportedModel
  public private(set) var optimized: Graph
  public private(set) var passes: [PassReport] = []
  /// What the bundle says of pictures, and the layout of a detector's outputs.
  public private(set) var task = PictureTask()
  public private(set) var head: BoxHead?
  /// How weights were chosen; nil where all of them have one precision.
  public private(set) var choice: MixedPrecision.Decision?
  /// The graph as the bundle lists it, and what that was made from.
  package private(set) var flat: FlatModel?
  package private(set) var lowered: Graph?
  /// The download form.
  public private(set) var bundle: [UInt8] = []
  /// nil where verification was switched off.
  public private(set) var parity: ParityReport?
  /// What the verdict is worth; nil where verification was switched off.
  public private(set) var evidence: Evidence?
  /// nil where all extents are fixed.
  private var varied: VariedConversion?
  /// The sizes of the symbols, in their order, at which parity was measured beside the typical ones.
  public private(set) var measuredSizes: [[Int]] = []
  /// SHA-256 of what was imported, when it is worked out.
  private let source: SourceIdentity.Pending
  /// What errors are measured on; nil where nothing is measured.
  private let measured: MeasuredCases?
  /// The user's inputs at other extents, by the sizes of the symbols.
  private let givenSizes: [[Int]: [GivenCase]]
  /// The inputs that take an output of the run before.
  public let state: StateLinks
  /// How the outputs stand with rounded weights, on the reference; nil where none are rounded or nothing is verified.
  private var rounding: ParityReport?
  /// What the reference makes of the verdict's cases with rounded weights; empty where none are rounded or nothing is verified.
  private var roundedOutputs: [[Tensor]] = []
  /// Where the imported model chooses among numbers.
  private let choices: Choices
  /// The model's own noise in the verdict's cases, as far as it was asked for.
  private var noises: [Int: [OutputNoise]] = [:]
  private let stages: ConversionStages
  let progress: @Sendable (ConversionProgress) -> Void

  /// Converts the model at `path`.
  public init(
    path: String, options: ConversionOptions = ConversionOptions(), progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }
  ) throws(ConversionError) {
    try self.init(path: path, options: options, stages: ConversionStages(), progress: progress)
  }

  package init(
    path: String, options: ConversionOptions, stages: ConversionStages,
    progress: @escaping @Sendable (ConversionProgress) -> Void = { _ in }
  ) throws(ConversionError) {
    let options = Self.shaped(path, options)
    self.options = options
    self.stages = stages
    self.progress = progress
    progress(.init(stage: .importing, done: 0, total: 1))
    var model = SourceIdentity(), importing = ImportOptions(inputShapes: options.inputShapes)
    importing.inputValues = options.inputValues
    importing.limits = options.limits
    importing.stateInputs = Set(options.states.map(\.input))
    importing.counts = .most
    (imported, varied) = try VariedConversion.importing(path, importing, options.open, &model)
    source = SourceIdentity.Pending(model, imported.external)
    optimized = imported.graph
    choices = Choices(imported.graph)
    let graph = imported.graph
    do throws(PolicyError) { try options.policy.check(outputs: graph.outputs.map { graph[$0].name }) } catch { throw .policy(error) }
    let measures = options.verifies || options.checksPasses || options.precision != .float32
    if measures { do throws(EvaluationError) { try imported.graph.checkEvaluation() } catch { throw .evaluation(error) } }
    do throws(StateError) {
      let constants = imported.fixed.map(\.name) + imported.pinned
      state = try StateLinks(
        options.states, of: imported, constants: constants, others: varied?.imported.open?.others.map(\.graph) ?? [],
        counted: varied?.imported.shorter ?? [])
    } catch { throw .state(error) }
    let carried = CarriedState(state, of: imported.graph)
    let open = varied?.imported.open
    let given = measures ? try Self.given(imported, open, carried, options) : (typical: [], others: [:])
    givenSizes = given.others
    do throws(EvaluationError) {
      measured = measures ? try MeasuredCases(imported.graph, seed: options.seed, given: given.typical, state: carried) : nil
    } catch { throw .evaluation(error) }
    try optimize()
    try pack()
  }

  /// The options with the extents of the data: where all of it has the same and nothing is to stay open, an input that has no others takes
  /// these; where they differ, they stay open.
  private static func shaped(_ path: String, _ options: ConversionOptions) -> ConversionOptions {
    // What is wrong with the model or the data is said where they are read in earnest.
    guard !options.data.isEmpty, let signature = try? ModelSignature(path: path, limits: options.limits) else { return options }
    var options = options, all: [[String: [Int]]] = []
    for set in options.data.flatMap({ DataSet.all(in: $0) ?? [] }) {
      guard let inputs = try? set.inputs(of: signature) else { continue }
      var shapes: [String: [Int]] = [:]
      for (name, value) in inputs {
        if case .tensor(let tensor) = value, options.inputShapes[name] == nil, options.inputValues[name] == nil {
          shapes[name] = tensor.shape.dims
        }
      }
      if !all.contains(shapes) { all.append(shapes) }
    }
    // Chunks of a sequence have one shape.
    if options.open.isGiven || all.count > 1 && options.states.isEmpty {
      let count = min(all.count, mostDataShapes)
      options.open.data = (0..<count).map { all[$0 * all.count / count] }
    } else if let first = all.first {
      options.inputShapes.merge(first) { given, _ in given }
    }
    return options
  }

  /// In how many shapes errors are measured on data, evenly taken.
  static let mostDataShapes = 16

  private mutating func optimize() throws(ConversionError) {
    progress(.init(stage: .passes, done: 0, total: 1))
    guard let selected = stages.passes(skipping: options.skippedPasses) else {
      throw .unknownPass(options.skippedPasses.first { !Pipeline.names.contains($0) } ?? "")
    }
    var driver = Driver(selected, stopAfter: options.stopAfter)
    if options.checksPasses, let measured { driver.check = try PassCheck(imported.graph, measured.cases[0]).check }
    do throws(PassError) {
      if varied != nil { passes = try driver.run(&varied!.optimized) } else { passes = try driver.run(&optimized) }
    } catch { throw .passes(error) }
    if let varied { optimized = varied.optimized.computed }
  }

  /// The user's inputs at the typical extents, and at others by the sizes of the symbols; none where no data is given.
  private static func given(
    _ imported: ImportedModel, _ open: SizedImport?, _ state: CarriedState, _ options: ConversionOptions
  ) throws(ConversionError) -> (typical: [GivenCase], others: [[Int]: [GivenCase]]) {
    let graph = imported.graph
    var cases: [GivenCase] = [], others: [[Int]: [GivenCase]] = [:]
    do throws(GivenError) {
      for folder in options.data {
        let all = try graph.cases(in: folder, fixed: imported.fixed, state: state) { item in open?.sizes(of: item.inputs) }
        cases += all.typical
        others.merge(all.others, uniquingKeysWith: +)
      }
      if let folder = options.pictures {
        cases += try graph.cases(picturesIn: folder, options.contents.manifest.preprocessing, seed: options.seed)
      }
    } catch { throw .given(error) }
    return (cases, others)
  }

  private mutating func pack() throws(ConversionError) {
    let graph = optimized, stages = stages
    var flat = try planning { () throws(PlanError) in try stages.lower(graph) }
    if let varied { flat = try varied.varied(flat) { $0 } }
    let constants = StoredConstants(flat, int8: options.precision == .int8Weights)
    var precisions = try precisions(constants)
    while true {
      try pack(constants, precisions)
      // The search saw the typical extents on the reference; the bundle was compared at others too.
      guard let parity, parity.lacksDigits, var decision = choice, decision.widen() else { return }
      precisions = try settle(decision, constants)
    }
  }

  /// The bundle with weights in these precisions, by value index, and its verdict.
  private mutating func pack(_ constants: StoredConstants, _ precisions: [Int: WeightPrecision]) throws(ConversionError) {
    let stages = stages
    let (stored, wanted) = try withTables(constants, precisions)
    self.flat = stored.model
    var planned = try planning { () throws(PlanError) in stages.plan(try Planned(stored, precisions: wanted)) }
    let level = options.zstdLevel ?? options.precision.zstdLevel(rawBytes: planned.weights.count)
    var contents = options.contents
    contents.precisions = wanted
    contents.zstdLevel = level
    contents.fixedInputs = FixedInputs(imported.fixed)
    contents.state = state
    do throws(TaskError) { (contents.pictures, head) = try imported.graph.task(options.task, contents.manifest) } catch {
      throw .task(error)
    }
    task = contents.pictures
    contents.manifest.precision = options.precision.rawValue
    contents.manifest.passes = passes.filter { $0.rewrites > 0 }.map(\.name)
    if options.verifies, let measured { progress(.init(stage: .parity, done: 0, total: measured.cases.count + 1)) }
    // The weights are compressed while the certificates are measured.
    let conversion = self
    let (certified, weights) = concurrently {
      Result { () throws(ConversionError) in
        (try conversion.certified(constants, precisions), CertifiedShapes(try conversion.certifiedShapes(constants, precisions)))
      }
    } _: { [planned] in
      CompressedWeights(planned, zstdLevel: level) { done, total in
        conversion.progress(.init(stage: .packing, done: done >> 20, total: total >> 20))
      }
    }
    if case (let certified?, let shapes) = try certified.get() {
      (contents.certificate, contents.certifiedShapes, evidence) = (certified.certificate, shapes, certified.evidence)
      for case (let index, let noise?) in zip(measured?.certifiedIndices ?? 0..<0, certified.noises) { noises[index] = noise }
    }
    // They are in memory twice else, while the bundle is read back.
    planned.weights = AlignedBytes()
    do throws(ImportError) { contents.manifest.set(try source.identity()) } catch { throw .importing(error) }
    progress(.init(stage: .packing, done: 0, total: 1))
    let emitted: Emitted
    do throws(PlanError) { emitted = try Emitted(stored.model, planned, contents, weights: weights) } catch { throw .planning(error) }
    bundle = emitted.bytes
    if options.verifies, let measured { parity = try compare(emitted.model, measured) }
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
    let progress = progress, candidates: [WeightCandidate]
    do throws(EvaluationError) {
      candidates = try MixedPrecision.measure(optimized, weights, samples: measured?.choosing.map(\.inputs) ?? []) {
        progress(.init(stage: .weights, done: $0, total: $1))
      }
    } catch { throw .evaluation(error) }
    return try settle(rule.choose(candidates), constants, rounded)
  }

  /// The first of `decision` and what widens it further for which the verdict holds on the reference: what was predicted adds up
  /// noises of single tensors on few samples.
  private mutating func settle(
    _ decision: MixedPrecision.Decision, _ constants: StoredConstants, _ known: StoredConstants.Rounded? = nil
  ) throws(ConversionError) -> [Int: WeightPrecision] {
    var decision = decision
    while true {
      let precisions = constants.model.precisions(decision.precisions)
      choice = decision
      guard options.verifies, let measured else { return precisions }
      let rounded = rounded(optimized, constants, constants.rounded(precisions, as: known))
      let outputs = try Self.evaluate(rounded, measured.cases, measured)
      var report = options.report(of: constants.model.outputNames)
      for (index, item) in measured.cases.enumerated() {
        try add(outputs[index], item, index, to: &report) { () throws(EvaluationError) in try Choices(rounded).taken(item.inputs) }
      }
      (rounding, roundedOutputs) = (report, outputs)
      if !report.lacksDigits || !decision.widen() { return precisions }
    }
  }

  /// The optimized graph, or the same at other extents, with the weights that a bundle holds.
  private func rounded(_ graph: Graph, _ constants: StoredConstants, _ weights: StoredConstants.Rounded) -> Graph {
    var rounded = graph
    for (index, tensor) in weights.tensors { rounded.setConstant(constants.model.ids[index], tensor) }
    return rounded
  }

  /// The constants with tables in the types that were chosen, and what is wanted of the others.
  private mutating func withTables(
    _ constants: StoredConstants, _ precisions: [Int: WeightPrecision]
  ) throws(ConversionError) -> (StoredConstants, [Int: WeightPrecision]) {
    let flat = constants.model
    var tables: [ValueID: (codes: Tensor, factors: Tensor?)] = [:], wanted: [ValueID: WeightPrecision] = [:]
    for index in flat.graph.constants {
      guard let precision = precisions[index] else { continue }
      if let table = constants.table(index, as: precision) {
        tables[flat.ids[index]] = table
      } else {
        wanted[flat.ids[index]] = precision
      }
    }
    lowered = optimized
    guard !tables.isEmpty else { return (constants, precisions) }
    let graph: Graph, quantized = QuantizedTables(tables: tables)
    do throws(PatchError) { graph = try quantized.applied(to: optimized) } catch {
      throw .passes(.patch(pass: "quantize-table", node: "", number: 0, error))
    }
    lowered = graph
    let stages = stages
    var lowered = try planning { () throws(PlanError) in try stages.lower(graph) }
    if let varied { lowered = try varied.varied(lowered, rewrite: quantized.applied) }
    let stored = StoredConstants(lowered, int8: options.precision == .int8Weights)
    return (stored, stored.model.precisions(wanted))
  }

  /// Other cases for a certificate, where the bundle chooses between numbers in these that another device may sum to another order; nil
  /// where these serve, or none is better.
  private func steady(
    _ cases: [ReferenceCase], _ graph: Graph, _ rounded: Graph, state: CarriedState
  ) throws(ConversionError) -> ([ReferenceCase], [MeasuredCases.Kept])? {
    let choices = Choices(rounded)
    guard !choices.isEmpty, state.isEmpty else { return nil }
    let report = options.report(of: graph.outputs.map { graph[$0].name }), traits = graph.inputTraits()
    return try evaluating { () throws(EvaluationError) in
      if try choices.areSteady(cases[0].inputs, in: report) { return nil }
      // Each takes two evaluations of the model.
      for trial in 1...UInt64(max(1, min(Self.mostCertificateTrials, (4 << 30) / max(1, graph.totalCost.macs)))) {
        guard let drawn = MeasuredCases.seeded(Evaluator(graph), traits, options.seed &+ trial, state) else { return nil }
        if try choices.areSteady(drawn.certified[0].inputs, in: report) { return (drawn.certified, drawn.kept) }
      }
      return nil
    }
  }

  private static let mostCertificateTrials = 12

  /// A case of a certificate with what the model makes of the bundle's choices, where the bundle chooses otherwise; its figures then stand
  /// for what is behind them.
  private static func following(
    _ choices: Choices, _ item: ReferenceCase, _ found: [Tensor], in report: ParityReport, _ rounded: Graph
  ) throws(EvaluationError) -> ReferenceCase {
    var item = item
    let followed = try choices.followed(found, item, in: report) { () throws(EvaluationError) in try Choices(rounded).taken(item.inputs) }
    if let followed { item.outputs = followed.outputs }
    return item
  }

  /// One case, or the chunks of a sequence, what the imported model makes of it, and how far rounded weights lead from that; nil where
  /// nothing is verified. All of it is measured on the reference, so that the bytes do not depend on this CPU.
  private func certified(
    _ constants: StoredConstants, _ precisions: [Int: WeightPrecision]
  ) throws(ConversionError) -> (certificate: Certificate, evidence: Evidence, noises: [[OutputNoise]?])? {
    guard options.verifies, let measured else { return nil }
    let names = constants.model.outputNames, report = options.report(of: names)
    let rounded = rounded(optimized, constants, constants.rounded(precisions))
    var cases = (measured.certified, measured.kept), indices = measured.certifiedIndices
    if let steady = try steady(cases.0, imported.graph, rounded, state: measured.state) { (cases, indices) = (steady, nil) }
    let known = indices.flatMap { $0.upperBound <= roundedOutputs.count ? Array(roundedOutputs[$0]) : nil }, found: [[Tensor]]
    if let known { found = known } else { found = try Self.evaluate(rounded, cases.0, measured) }
    var items: [Certificate.Measured] = [], noises: [[OutputNoise]?] = []
    for (index, item) in cases.0.enumerated() {
      let item = try evaluating { () throws(EvaluationError) in try Self.following(choices, item, found[index], in: report, rounded) }
      let noise = try noise(in: report, found[index], item, indices.map { $0.lowerBound + index })
      let kept = cases.1[index]
      items.append(.init(seed: kept.seed, inputs: kept.inputs, found: found[index], reference: item.outputs, noise: noise ?? []))
      noises.append(noise)
    }
    var movements = Movements(outputs: names)
    for item in measured.cases { movements.add(item.outputs) }
    var evidence = movements.evidence(options.tolerance, isGiven: isGiven, dependent: imported.graph.dependentOutputs)
    if let rounding { evidence = evidence.heeding(rounding) }
    var certificate = Certificate(items, outputs: names, tolerance: options.certificateTolerance(of: names), evidence: evidence.kind)
    if indices == nil, measured.isGiven || !choices.isEmpty { certificate = Self.reached(certificate, items, names, evidence.kind) }
    return (certificate, evidence, indices == nil ? [] : noises)
  }

  /// A certificate with a threshold that it holds: drawn inputs stand for others, which hold the one that was asked for; these need not,
  /// but a device must give the same.
  private static func reached(
    _ certificate: Certificate, _ items: [Certificate.Measured], _ names: [String], _ evidence: Certificate.Evidence
  ) -> Certificate {
    guard !certificate.passed else { return certificate }
    let reached = certificate.cases.flatMap(\.outputs).map(\.sqnr).min() ?? 0
    return Certificate(items, outputs: names, tolerance: Tolerance(minimumSQNR: reached - 3), evidence: evidence)
  }

  /// The same at the least of the other extents that are measured and at the largest, on inputs that every device makes from a seed.
  private func certifiedShapes(
    _ constants: StoredConstants, _ precisions: [Int: WeightPrecision]
  ) throws(ConversionError) -> [CertifiedShapes.Entry] {
    guard options.verifies, let sizes = varied?.certified, !sizes.isEmpty else { return [] }
    let names = constants.model.outputNames, report = options.report(of: names)
    let weights = constants.rounded(precisions)
    var entries: [CertifiedShapes.Entry] = []
    for size in sizes {
      let state = CarriedState(state, of: size.graph)
      // What the reference refuses of drawn inputs says nothing.
      guard var drawn = MeasuredCases.seeded(Evaluator(size.graph), size.graph.inputTraits(), options.seed, state) else { continue }
      let rounded = rounded(size.optimized, constants, weights), evaluator = Evaluator(rounded), choices = Choices(size.graph)
      if let steady = try steady(drawn.certified, size.graph, rounded, state: state) { drawn = steady }
      var items: [Certificate.Measured] = []
      do throws(EvaluationError) {
        let found = try state.outputs(of: drawn.certified) { (inputs) throws(EvaluationError) in try evaluator.run(inputs) }
        for (index, item) in drawn.certified.enumerated() {
          let item = try Self.following(choices, item, found[index], in: report, rounded)
          let noise = try NoiseMeasurement(size.graph, options.precision).measure(
            item.inputs, of: found[index], reference: item.outputs, in: report)
          let kept = drawn.kept[index]
          items.append(.init(seed: kept.seed, inputs: kept.inputs, found: found[index], reference: item.outputs, noise: noise))
        }
      } catch { throw .evaluation(error) }
      let certificate = Certificate(items, outputs: names, tolerance: options.certificateTolerance(of: names))
      entries.append(.init(extents: size.extents, Self.reached(certificate, items, names, .seeded)))
    }
    return entries
  }

  /// Runs the bundle on this machine's kernels beside the references.
  private mutating func compare(_ model: Model, _ measured: MeasuredCases) throws(ConversionError) -> ParityReport {
    var report = options.report(of: model.manifest.outputs.map(\.name)), found: [[Tensor]] = []
    let session: Session
    do throws(RunFault) {
      session = try Session(model)
      for item in measured.cases { found.append(try session.run(item.inputs, goingOn: item.goesOn)) }
    } catch { throw .running(RunError(error, in: model)) }
    for (index, item) in measured.cases.enumerated() {
      try add(found[index], item, index, to: &report) { () throws(EvaluationError) in session.choices(item.inputs) }
    }
    try compareSizes(model, &report)
    return report
  }

  /// The same at other extents of the inputs. Where the plan does not serve them, that is said before anything is written.
  private mutating func compareSizes(_ model: Model, _ report: inout ParityReport) throws(ConversionError) {
    guard let varied, let open = varied.imported.open else { return }
    measuredSizes = []
    do throws(RunFault) {
      let session = try Session(model)
      for sizes in open.sizes {
        do throws(RunFault) { try session.resize(open.shapes(sizes)) } catch {
          // What is too large for memory is refused when it is asked for.
          guard case .shapes(.bytes) = error else { throw error }
        }
      }
    } catch { throw .running(RunError(error, in: model)) }
    for size in isGiven ? varied.all.filter({ givenSizes[$0.extents] != nil }) : varied.measured {
      let (sizes, graph) = (size.extents, size.graph)
      var samples = SampleInputs(seed: options.seed)
      let cases: [ReferenceCase], evaluator = Evaluator(graph), carried = CarriedState(state, of: graph)
      let count = state.links.isEmpty ? 1 : MeasuredCases.certifiedChunks
      if let given = givenSizes[sizes] {
        cases = try evaluating { () throws(EvaluationError) in try MeasuredCases.references(given, evaluator, carried) }
      } else {
        do throws(EvaluationError) { cases = try samples.sequence(of: evaluator, graph.inputTraits(), count, carried) } catch { continue }
      }
      var found: [[Tensor]] = []
      let session: Session, choices = Choices(graph)
      do throws(RunFault) {
        session = try Session(model)
        try session.resize(open.shapes(sizes))
        for item in cases { found.append(try session.run(item.inputs, goingOn: item.goesOn)) }
      } catch { throw .running(RunError(error, in: model)) }
      for (item, found) in zip(cases, found) {
        let noise: [OutputNoise]
        do throws(EvaluationError) {
          let followed = try choices.followed(found, item, in: report) { () throws(EvaluationError) in session.choices(item.inputs) }
          if let followed {
            report.add(found, followed)
            continue
          }
          noise = try NoiseMeasurement(graph, options.precision).measure(item.inputs, of: found, reference: item.outputs, in: report)
        } catch { throw .evaluation(error) }
        report.add(found, reference: item.outputs, noise: noise, goesOn: item.goesOn)
      }
      measuredSizes.append(sizes)
    }
  }

  /// Whether errors are measured on inputs of the user's, at whatever extents.
  private var isGiven: Bool { measured?.isGiven == true || !givenSizes.isEmpty }

  /// The symbols of the inputs' extents; none where all are fixed.
  public var symbols: [OpenSymbol] { varied?.imported.open?.symbols ?? [] }

  /// Adds a case, with the model's own noise where the outputs ask for it.
  ///
  /// - Parameter taken: what the bundle chose from.
  private mutating func add(
    _ found: [Tensor], _ item: ReferenceCase, _ index: Int, to report: inout ParityReport,
    _ taken: () throws(EvaluationError) -> [Choices.Taken]
  ) throws(ConversionError) {
    let followed: FollowedCase?
    do throws(EvaluationError) { followed = try choices.followed(found, item, in: report, taken) } catch { throw .evaluation(error) }
    if let followed { return report.add(found, followed) }
    let noise = try noise(in: report, found, item, index)
    if let noise { noises[index] = noise }
    report.add(found, reference: item.outputs, noise: noise ?? [], goesOn: item.goesOn)
  }

  /// The model's own noise in a case; nil where the outputs for it do not ask for it.
  ///
  /// - Parameter index: the case's among those of the verdict.
  private func noise(
    in report: ParityReport, _ found: [Tensor], _ item: ReferenceCase, _ index: Int?
  ) throws(ConversionError) -> [OutputNoise]? {
    guard report.asksForNoise(found, reference: item.outputs) else { return nil }
    if let index, let known = noises[index] { return known }
    do throws(EvaluationError) {
      return try NoiseMeasurement(imported.graph, options.precision).measure(item.inputs, for: report.outputs.map(\.tolerance))
    } catch { throw .evaluation(error) }
  }

  /// What a graph gives for the cases.
  private static func evaluate(_ graph: Graph, _ cases: [ReferenceCase], _ measured: MeasuredCases) throws(ConversionError) -> [[Tensor]] {
    do throws(EvaluationError) { return try measured.outputs(of: graph, cases) } catch { throw .evaluation(error) }
  }
}

extension Manifest {
  fileprivate mutating func set(_ source: SourceIdentity) {
    (sourceHash, sourceBytes, externalData) = (source.hash, source.bytes, source.externalData)
  }
}

private func evaluating<T>(_ body: () throws(EvaluationError) -> T) throws(ConversionError) -> T {
  do throws(EvaluationError) { return try body() } catch { throw .evaluation(error) }
}

private func planning<T>(_ body: () throws(PlanError) -> T) throws(ConversionError) -> T {
  do throws(PlanError) { return try body() } catch { throw .planning(error) }
}
