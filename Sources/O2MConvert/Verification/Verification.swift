import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// Why a bundle cannot be compared with its model.
public enum VerificationError: Error, Sendable {
  case importing(ImportError)
  /// The model is not the one that the bundle was made from, and cannot be compared with it either.
  indirect case other(SourceComparison, VerificationError)
  /// The bundle's inputs, which are not those of the model.
  case inputs([String])
  /// The bundle's outputs, which are not those of the model.
  case outputs([String])
  /// The bundle was stripped of the names of the model's tensors, so that they cannot be compared.
  case names
  /// No case has the shapes that the bundle was made for, and tensors inside its plan are compared in these.
  case noCaseInOwnShapes
  case given(GivenError)
  case evaluation(EvaluationError)
  case running(RunError)
  /// The model cannot be converted once more.
  indirect case converting(ConversionError)
}

extension VerificationError {
  /// Whether a sound model takes or gives other tensors than the bundle.
  fileprivate var isOfOtherPorts: Bool {
    switch self {
    case .inputs, .outputs: true
    case .importing(let error): error.kind == .usage
    default: false
    }
  }
}

/// A bundle beside the model that it was made from, case by case.
public struct Verification {
  public private(set) var parity: ParityReport
  /// The model itself against the outputs that are stored; no cases where none are.
  public private(set) var model: ParityReport
  /// Whether the model is the one that the bundle was made from.
  public let source: SourceComparison
  /// What both see in the pictures; no pictures where none were given.
  public private(set) var pictures = PictureComparison()
  /// How many cases had stored outputs; the reference evaluator gave those of the others.
  public private(set) var storedCases = 0
  /// How many cases had inputs of the user's.
  public private(set) var givenCases = 0
  /// Where the file is wrong and the import went on.
  public let warnings: [ImportWarning]
  /// The model.
  let path: String
  let limits: ResourceLimits
  /// As it was imported, in the shapes of the bundle.
  public private(set) var graph: Graph
  private let fixed: [FixedInput]
  let session: Session
  /// Of the cases in the shapes that the bundle was made for, those that lie farthest from the model, the farthest first.
  private var farthest: [(inputs: [Tensor], sqnr: Double)] = []
  private static let farthestCount = 2
  private var comparison: LayerComparison?

  /// Every tensor of the bundle's plan beside the model's; nil until `compareLayers`.
  public private(set) var layers: LayerReport?

  /// Imports the model at `path` in the shapes of the bundle that `session` runs, and with the inputs that are constants there.
  ///
  /// - Parameter perLayer: whether `compareLayers` will be called.
  public init(
    model path: String, _ session: Session, tolerance: Tolerance, own: [String: Tolerance] = [:],
    limits: ResourceLimits = ResourceLimits(), perLayer: Bool = false
  ) throws(VerificationError) {
    let manifest = session.model.manifest, reader = SourceIdentity.Reader()
    (self.path, self.limits) = (path, limits)
    let imported: ImportedModel
    do throws(VerificationError) {
      imported = try Self.importModel(path, session.model, limits, reader)
      try Self.check(imported.graph, manifest)
    } catch {
      let source = SourceComparison(reader.identity, manifest)
      if source.status == .other, error.isOfOtherPorts { throw .other(source, error) }
      throw error
    }
    source = SourceComparison(reader.identity, manifest)
    (graph, fixed, warnings) = (imported.graph, imported.fixed, imported.warnings)
    do throws(EvaluationError) { try graph.checkEvaluation() } catch { throw .evaluation(error) }
    self.session = session
    comparison = perLayer ? try LayerComparison(graph, session) : nil
    let names = manifest.outputs.map(\.name)
    parity = ParityReport(outputs: names, tolerance: tolerance, own: own)
    model = parity
  }

  private static func importModel(
    _ path: String, _ model: Model, _ limits: ResourceLimits, _ reader: SourceIdentity.Reader
  ) throws(VerificationError) -> ImportedModel {
    let options = try importOptions(model, limits)
    do throws(ImportError) { return try O2MImport.importModel(path: path, options: options, inspecting: reader.add) } catch {
      throw .importing(error)
    }
  }

  /// The shapes of the bundle, and the inputs that are constants there.
  static func importOptions(_ model: Model, _ limits: ResourceLimits) throws(VerificationError) -> ImportOptions {
    let shapes = Dictionary(model.manifest.inputs.map { ($0.name, $0.type.shape.dims) }) { first, _ in first }
    var options = ImportOptions(inputShapes: shapes)
    options.limits = limits
    do throws(FormatFault) { options.inputValues = try model.section(FixedInputs.self)?.inputValues ?? [:] } catch {
      throw .running(RunError(.format(error), in: model))
    }
    return options
  }

  /// The same tensors must fit both.
  private static func check(_ graph: Graph, _ manifest: Manifest) throws(VerificationError) {
    guard graph.inputs.map({ graph[$0].type }) == manifest.inputs.map({ TensorType($0.type) }) else {
      throw .inputs(manifest.inputs.map(\.name))
    }
    let names = manifest.outputs.map(\.name)
    guard graph.outputs.map({ graph[$0].name }) == names else { throw .outputs(names) }
  }

  /// What the verdict is worth.
  public var evidence: Evidence {
    let evidence = parity.movements.evidence(parity.tolerance, isGiven: givenCases > 0, dependent: graph.dependentOutputs)
    return session.model.manifest.precision == Precision.float32.rawValue ? evidence : evidence.heeding(parity)
  }

  /// Adds the data sets in `folder`. Stored outputs are the truth; without them the reference evaluator is.
  public mutating func add(dataIn folder: String) throws(VerificationError) {
    guard session.model.shapes == nil else { return try add(dataOfAnyShapeIn: folder) }
    let cases: [GivenCase]
    do throws(GivenError) { cases = try graph.cases(in: folder, fixed: fixed) } catch { throw .given(error) }
    givenCases += cases.count
    for item in cases {
      if item.outputs != nil { storedCases += 1 }
      let reference = if let stored = item.outputs { stored } else { try evaluate(item.inputs) }
      try add(item.inputs, reference, areStored: item.outputs != nil)
    }
  }

  /// The same for a bundle that takes other shapes: each set has its own.
  private mutating func add(dataOfAnyShapeIn folder: String) throws(VerificationError) {
    guard let sets = DataSet.all(in: folder) else { throw .given(.data(folder: folder, .cannotOpen)) }
    guard !sets.isEmpty else { throw .given(.data(folder: folder, .none)) }
    let types = graph.inputs.map { (name: graph[$0].name, element: graph[$0].type.element) }
    for set in sets {
      let inputs: [Tensor], stored: [Tensor]?
      do throws(DataSetError) {
        inputs = try set.inputs(named: types.map(\.name), fixed: fixed)
        stored = try set.outputs(count: graph.outputs.count)
        for (entry, tensor) in zip(types, inputs) where tensor.element != entry.element {
          throw .inputType(name: entry.name, found: tensor.type, needed: TensorType(entry.element, tensor.shape))
        }
      } catch { throw .given(.data(folder: set.folder, error)) }
      try resize(inputs.map(\.shape))
      givenCases += 1
      if stored != nil { storedCases += 1 }
      let reference = if let stored { stored } else { try evaluate(inputs) }
      try add(inputs, reference, areStored: stored != nil)
    }
    try resize(session.model.manifest.inputs.map(\.type.shape))
  }

  /// Brings bundle and model to these shapes of their inputs.
  private mutating func resize(_ shapes: [Shape]) throws(VerificationError) {
    guard shapes != graph.inputs.map({ graph.shape($0) }) else { return }
    do throws(RunFault) { try session.resize(shapes) } catch { throw .running(RunError(error, in: session.model)) }
    var options = try Self.importOptions(session.model, limits)
    for (port, shape) in zip(session.model.manifest.inputs, shapes) { options.inputShapes[port.name] = shape.dims }
    do throws(ImportError) { graph = try O2MImport.importModel(path: path, options: options).graph } catch { throw .importing(error) }
  }

  /// Adds the pictures of a folder, prepared as the bundle says; inputs beside the picture are drawn once.
  ///
  /// - Parameters:
  ///   - labels: what they show, where somebody says so.
  ///   - progress: gets how many are done, and of how many.
  public mutating func add(
    _ folder: PictureFolder, labels: PictureLabels? = nil, seed: UInt64 = 1, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(VerificationError) {
    let names = session.model.manifest.outputs.map(\.name), graph = graph
    let input: PictureInput
    do throws(GivenError) { input = try PictureInput(graph, session.model.manifest.preprocessing, seed: seed) } catch {
      throw .given(error)
    }
    let task: PictureTask.Boxes?
    do throws(FormatFault) { task = try session.model.section(PictureTask.self)?.boxes } catch {
      throw .running(RunError(.format(error), in: session.model))
    }
    // So many at a time, so that memory does not grow with the folder.
    for start in stride(from: 0, to: folder.names.count, by: Self.pictureBatch) {
      progress(start, folder.names.count)
      let batch = Array(folder.names[start..<min(start + Self.pictureBatch, folder.names.count)])
      let results = concurrentMap(batch.count) { index in
        Result { () throws(VerificationError) in try Self.reference(graph, input, folder.path(batch[index])) }
      }
      for (name, result) in zip(batch, results) {
        let item = try result.get()
        givenCases += 1
        let found = try add(item.inputs, item.outputs, areStored: false)
        pictures.add(name, names, model: item.outputs, bundle: found, label: labels?.of(name))
        guard let task else { continue }
        let shape = session.model.graph.values[task.input].shape
        do throws(RunFault) {
          pictures.add(
            name, model: try task.boxes(in: item.outputs, input: shape), bundle: try task.boxes(in: found, input: shape))
        } catch { throw .running(RunError(error, in: session.model)) }
      }
    }
    progress(folder.names.count, folder.names.count)
  }

  private static let pictureBatch = 16

  private static func reference(_ graph: Graph, _ input: PictureInput, _ path: String) throws(VerificationError) -> ReferenceCase {
    let inputs: [Tensor]
    do throws(GivenError) { inputs = try input.inputs(path) } catch { throw .given(error) }
    do throws(EvaluationError) { return ReferenceCase(inputs: inputs, outputs: try Evaluator(graph).run(inputs)) } catch {
      throw .evaluation(error)
    }
  }

  /// Adds cases of seeded inputs.
  public mutating func add(_ count: Int, seed: UInt64) throws(VerificationError) {
    var samples = SampleInputs(seed: seed)
    var cases: [ReferenceCase] = []
    let traits = graph.inputTraits(), evaluator = Evaluator(graph)
    do throws(EvaluationError) {
      for _ in 0..<count { cases.append(try samples.reference(of: evaluator, traits)) }
    } catch { throw .evaluation(error) }
    for item in cases { try add(item.inputs, item.outputs, areStored: false) }
    guard let shapes = session.model.shapes else { return }
    for sizes in shapes.samples {
      try resize(shapes.shapes(session.model.graph, sizes))
      let item: ReferenceCase
      do throws(EvaluationError) { item = try samples.reference(of: Evaluator(graph), graph.inputTraits()) } catch {
        throw .evaluation(error)
      }
      try add(item.inputs, item.outputs, areStored: false)
    }
    try resize(session.model.manifest.inputs.map(\.type.shape))
  }

  /// Adds a case; returns what the bundle gave.
  @discardableResult
  private mutating func add(_ inputs: [Tensor], _ reference: [Tensor], areStored: Bool) throws(VerificationError) -> [Tensor] {
    let precision = Precision(rawValue: session.model.manifest.precision) ?? .float32
    let found: [Tensor]
    do throws(RunFault) { found = try session.run(inputs) } catch { throw .running(RunError(error, in: session.model)) }
    parity.add(found, reference: reference, noise: try noise(in: parity, found, reference, inputs, precision))
    keep(inputs, found, reference)
    if areStored {
      let own = try evaluate(inputs)
      model.add(own, reference: reference, noise: try noise(in: model, own, reference, inputs, .float32))
    }
    return found
  }

  /// Keeps the inputs of a case that lies farther from the model than those before it.
  private mutating func keep(_ inputs: [Tensor], _ found: [Tensor], _ reference: [Tensor]) {
    guard zip(inputs, session.model.manifest.inputs).allSatisfy({ $0.shape == $1.type.shape }) else { return }
    let sqnr = zip(found, reference).reduce(Decibels.most) { least, pair in
      let found = pair.0.doubles(), reference = pair.1.doubles()
      guard zip(found, reference).allSatisfy({ $0.isFinite == $1.isFinite }) else { return -Decibels.most }
      return min(least, Decibels.shown(SignalToNoise(found, reference: reference).sqnr))
    }
    farthest.insert((inputs, sqnr), at: farthest.firstIndex { sqnr < $0.sqnr } ?? farthest.endIndex)
    if farthest.count > Self.farthestCount { farthest.removeLast() }
  }

  /// The inputs of the cases that show most of what a bundle does inside.
  ///
  /// - Errors: `.noCaseInOwnShapes`.
  func casesToLookInto() throws(VerificationError) -> [[Tensor]] {
    guard !farthest.isEmpty else { throw .noCaseInOwnShapes }
    return farthest.map(\.inputs)
  }

  /// Compares every tensor of the bundle's plan with the model's, in the case that lies farthest from it: one case says of a step what
  /// others would, and takes as long as two verdicts.
  ///
  /// - Errors: `.noCaseInOwnShapes`.
  public mutating func compareLayers() throws(VerificationError) {
    guard var comparison else { preconditionFailure("asked for by perLayer") }
    try comparison.add(casesToLookInto()[0])
    layers = comparison.report
  }

  private func evaluate(_ inputs: [Tensor]) throws(VerificationError) -> [Tensor] {
    do throws(EvaluationError) { return try Evaluator(graph).run(inputs) } catch { throw .evaluation(error) }
  }

  /// The model's own noise, where the outputs ask for it.
  private func noise(
    in report: ParityReport, _ found: [Tensor], _ reference: [Tensor], _ inputs: [Tensor], _ precision: Precision
  ) throws(VerificationError) -> [OutputNoise] {
    guard report.asksForNoise(found, reference: reference) else { return [] }
    do throws(EvaluationError) {
      return try NoiseMeasurement(graph, precision).measure(inputs, for: report.outputs.map(\.tolerance))
    } catch { throw .evaluation(error) }
  }
}
