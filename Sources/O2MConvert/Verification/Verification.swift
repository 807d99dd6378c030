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
  /// Where it chooses among numbers.
  private var choices: Choices
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
    let manifest = session.model.manifest
    var identity = SourceIdentity()
    (self.path, self.limits) = (path, limits)
    let imported: ImportedModel
    do throws(VerificationError) {
      imported = try Self.importModel(path, session.model, limits, &identity)
      try Self.check(imported.graph, manifest)
    } catch {
      let source = SourceComparison(identity, manifest)
      if source.status == .other, error.isOfOtherPorts { throw .other(source, error) }
      throw error
    }
    let source = SourceIdentity.Pending(identity, imported.external)
    (graph, fixed, warnings) = (imported.graph, imported.fixed, imported.warnings)
    choices = Choices(graph)
    do throws(EvaluationError) { try graph.checkEvaluation() } catch { throw .evaluation(error) }
    self.session = session
    comparison = perLayer ? try LayerComparison(graph, session) : nil
    do throws(ImportError) { self.source = SourceComparison(try source.identity(), manifest) } catch { throw .importing(error) }
    let names = manifest.outputs.map(\.name)
    parity = ParityReport(outputs: names, tolerance: tolerance, own: own)
    model = parity
  }

  /// What goes from one case to the next, at the shapes that the inputs have now.
  private var state: CarriedState { CarriedState(session.model.state, of: graph) }

  private static func importModel(
    _ path: String, _ model: Model, _ limits: ResourceLimits, _ source: inout SourceIdentity
  ) throws(VerificationError) -> ImportedModel {
    let options = try importOptions(model, limits)
    do throws(ImportError) { return try O2MImport.importModel(path: path, options: options) { source = SourceIdentity($0) } } catch {
      throw .importing(error)
    }
  }

  /// The shapes of the bundle, and the inputs that are constants there.
  static func importOptions(_ model: Model, _ limits: ResourceLimits) throws(VerificationError) -> ImportOptions {
    let shapes = Dictionary(model.manifest.inputs.map { ($0.name, $0.type.shape.dims) }) { first, _ in first }
    var options = ImportOptions(inputShapes: shapes)
    options.limits = limits
    options.stateInputs = Set(model.state.links.map { model.manifest.inputs[$0.input].name })
    options.counts = .most
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
    do throws(GivenError) { cases = try graph.cases(in: folder, fixed: fixed, state: state).typical } catch { throw .given(error) }
    var last: ReferenceCase?
    for item in cases { last = try add(item, after: last) }
  }

  /// Adds a case of the user's; returns it with what the model gives.
  private mutating func add(_ item: GivenCase, after last: ReferenceCase?) throws(VerificationError) -> ReferenceCase {
    let reference: ReferenceCase, evaluator = Evaluator(graph)
    do throws(EvaluationError) {
      reference = try state.reference(item, after: last) { (inputs) throws(EvaluationError) in try evaluator.run(inputs) }
    } catch { throw .evaluation(error) }
    givenCases += 1
    if item.outputs != nil { storedCases += 1 }
    try add(reference, areStored: item.outputs != nil)
    return reference
  }

  /// The same for a bundle that takes other shapes: each set has its own.
  private mutating func add(dataOfAnyShapeIn folder: String) throws(VerificationError) {
    guard let sets = DataSet.all(in: folder) else { throw .given(.data(folder: folder, .cannotOpen)) }
    guard !sets.isEmpty else { throw .given(.data(folder: folder, .none)) }
    var last: ReferenceCase?
    for set in sets {
      var item: GivenCase
      do throws(DataSetError) {
        item = try graph.given(in: set, fixed: fixed, state: state)
        for (id, tensor) in zip(graph.inputs, item.inputs) where tensor.element != graph[id].type.element {
          throw .inputType(name: graph[id].name, found: tensor.type, needed: TensorType(graph[id].type.element, tensor.shape))
        }
      } catch { throw .given(.data(folder: set.folder, error)) }
      item.follows = last != nil
      // State that is not stored has the shape that it has now, unless an extent of it is that of an input.
      try resize(
        session.model.shapes(following: item.inputs.enumerated().map { state.isState($0) && item.state[$0] == nil ? nil : $1.shape }))
      last = try add(item, after: last)
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
    choices = Choices(graph)
  }

  /// Adds the pictures of a folder, prepared as the bundle says; inputs beside the picture are drawn once.
  ///
  /// - Parameters:
  ///   - labels: what they show, where somebody says so.
  ///   - progress: gets how many are done, and of how many.
  public mutating func add(
    _ folder: PictureFolder, labels: PictureLabels? = nil, seed: UInt64 = 1, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(VerificationError) {
    let names = session.model.manifest.outputs.map(\.name), graph = graph, state = state
    let input: PictureInput
    do throws(GivenError) { input = try PictureInput(graph, session.model.manifest.preprocessing, seed: seed) } catch {
      throw .given(error)
    }
    let task: PictureTask
    do throws(FormatFault) { task = try session.model.section(PictureTask.self) ?? PictureTask() } catch {
      throw .running(RunError(.format(error), in: session.model))
    }
    let classes = session.model.classes(task)
    // So many at a time, so that memory does not grow with the folder.
    for start in stride(from: 0, to: folder.names.count, by: Self.pictureBatch) {
      progress(start, folder.names.count)
      let batch = Array(folder.names[start..<min(start + Self.pictureBatch, folder.names.count)])
      let results = concurrentMap(batch.count) { index in
        Result { () throws(VerificationError) in try Self.reference(graph, input, folder.path(batch[index]), state) }
      }
      for (name, result) in zip(batch, results) {
        let item = try result.get()
        givenCases += 1
        let found = try add(item, areStored: false)
        pictures.add(name, names, classes, model: item.outputs, bundle: found, label: labels?.of(name))
        guard let boxes = task.boxes else { continue }
        let shape = session.model.graph.values[boxes.input].shape
        do throws(RunFault) {
          pictures.add(
            name, model: try boxes.boxes(in: item.outputs, input: shape), bundle: try boxes.boxes(in: found, input: shape))
        } catch { throw .running(RunError(error, in: session.model)) }
      }
    }
    progress(folder.names.count, folder.names.count)
  }

  private static let pictureBatch = 16

  private static func reference(
    _ graph: Graph, _ input: PictureInput, _ path: String, _ state: CarriedState
  ) throws(VerificationError) -> ReferenceCase {
    let inputs: [Tensor]
    do throws(GivenError) { inputs = state.beginning(try input.inputs(path)) } catch { throw .given(error) }
    do throws(EvaluationError) { return ReferenceCase(inputs: inputs, outputs: try Evaluator(graph).run(inputs)) } catch {
      throw .evaluation(error)
    }
  }

  /// How many seeded cases are added where nobody says it.
  public var usualCount: Int { state.isEmpty ? MeasuredCases.sampleCount : MeasuredCases.chunkCount }

  /// Adds cases of seeded inputs: where the model has state, the chunks of one sequence.
  public mutating func add(_ count: Int, seed: UInt64) throws(VerificationError) {
    var samples = SampleInputs(seed: seed)
    var cases: [ReferenceCase] = []
    let traits = graph.inputTraits(), evaluator = Evaluator(graph)
    do throws(EvaluationError) { cases = try samples.sequence(of: evaluator, traits, count, state) } catch { throw .evaluation(error) }
    for item in cases { try add(item, areStored: false) }
    guard let shapes = session.model.shapes else { return }
    for sizes in shapes.samples {
      try resize(shapes.shapes(session.model.graph, sizes))
      let count = state.isEmpty ? 1 : MeasuredCases.certifiedChunks, cases: [ReferenceCase]
      do throws(EvaluationError) {
        cases = try samples.sequence(of: Evaluator(graph), graph.inputTraits(), count, state)
      } catch { throw .evaluation(error) }
      for item in cases { try add(item, areStored: false) }
    }
    try resize(session.model.manifest.inputs.map(\.type.shape))
  }

  /// Adds a case; returns what the bundle gave.
  @discardableResult
  private mutating func add(_ item: ReferenceCase, areStored: Bool) throws(VerificationError) -> [Tensor] {
    let precision = Precision(rawValue: session.model.manifest.precision) ?? .float32
    let inputs = item.inputs, reference = item.outputs, found: [Tensor]
    do throws(RunFault) { found = try session.run(inputs, goingOn: item.goesOn) } catch {
      throw .running(RunError(error, in: session.model))
    }
    let followed: FollowedCase?
    do throws(EvaluationError) {
      let session = session
      followed = try choices.followed(found, item, in: parity) { () throws(EvaluationError) in session.choices(inputs) }
    } catch { throw .evaluation(error) }
    if let followed {
      parity.add(found, followed)
    } else {
      parity.add(found, reference: reference, noise: try noise(in: parity, found, reference, inputs, precision), goesOn: item.goesOn)
    }
    keep(inputs, found, followed?.outputs ?? reference)
    if areStored {
      // Each chunk by itself: the state that is stored is the truth.
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
    do throws(EvaluationError) {
      return try NoiseMeasurement(graph, precision).measure(inputs, of: found, reference: reference, in: report)
    } catch { throw .evaluation(error) }
  }
}
