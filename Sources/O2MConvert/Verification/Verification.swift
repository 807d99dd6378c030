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
  /// The bundle's outputs, which are not those of the model.
  case outputs([String])
  case given(GivenError)
  case evaluation(EvaluationError)
  case running(RunError)
}

/// A bundle beside the model that it was made from, case by case.
public struct Verification {
  public private(set) var parity: ParityReport
  /// How many cases had stored outputs; the reference evaluator gave those of the others.
  public private(set) var storedCases = 0
  /// How many cases had inputs of the user's.
  public private(set) var givenCases = 0
  /// Where the file is wrong and the import went on.
  public let warnings: [ImportWarning]
  private let graph: Graph
  private let fixed: [FixedInput]
  private let session: Session

  /// Imports the model at `path` in the shapes of the bundle that `session` runs, and with the inputs that are constants there.
  public init(
    model path: String, _ session: Session, tolerance: Tolerance, limits: ResourceLimits = ResourceLimits()
  ) throws(VerificationError) {
    let manifest = session.model.manifest
    let shapes = Dictionary(manifest.inputs.map { ($0.name, $0.type.shape.dims) }) { first, _ in first }
    var options = ImportOptions(inputShapes: shapes)
    options.limits = limits
    do throws(FormatFault) { options.inputValues = try session.model.section(FixedInputs.self)?.inputValues ?? [:] } catch {
      throw .running(RunError(.format(error), in: session.model))
    }
    let imported: ImportedModel
    do throws(ImportError) { imported = try importModel(path: path, options: options) } catch { throw .importing(error) }
    (graph, fixed, warnings) = (imported.graph, imported.fixed, imported.warnings)
    let names = manifest.outputs.map(\.name)
    guard graph.outputs.map({ [graph] in graph[$0].name }) == names else { throw .outputs(names) }
    do throws(EvaluationError) { try graph.checkEvaluation() } catch { throw .evaluation(error) }
    self.session = session
    parity = ParityReport(outputs: names, tolerance: tolerance)
  }

  /// What the verdict is worth.
  public var evidence: Evidence {
    let evidence = parity.movements.evidence(parity.tolerance, isGiven: givenCases > 0, dependent: graph.dependentOutputs)
    return session.model.manifest.precision == Precision.float32.rawValue ? evidence : evidence.heeding(parity)
  }

  /// Adds the data sets in `folder`. Stored outputs are the truth; without them the reference evaluator is.
  public mutating func add(dataIn folder: String) throws(VerificationError) {
    let cases: [GivenCase]
    do throws(GivenError) { cases = try graph.cases(in: folder, fixed: fixed) } catch { throw .given(error) }
    givenCases += cases.count
    for item in cases {
      if item.outputs != nil { storedCases += 1 }
      try add(item.inputs, item.outputs)
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
    for item in cases { try add(item.inputs, item.outputs) }
  }

  private mutating func add(_ inputs: [Tensor], _ outputs: [Tensor]?) throws(VerificationError) {
    let reference: [Tensor]
    if let outputs {
      reference = outputs
    } else {
      do throws(EvaluationError) { reference = try Evaluator(graph).run(inputs) } catch { throw .evaluation(error) }
    }
    let found: [Tensor]
    do throws(RunFault) { found = try session.run(inputs) } catch { throw .running(RunError(error, in: session.model)) }
    var noise: [OutputNoise] = []
    if parity.asksForNoise(found, reference: reference) {
      let precision = Precision(rawValue: session.model.manifest.precision) ?? .float32
      do throws(EvaluationError) { noise = try NoiseMeasurement(graph, precision).measure(inputs) } catch { throw .evaluation(error) }
    }
    parity.add(found, reference: reference, noise: noise)
  }
}
