import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

/// What a bundle holds beside the model.
public struct BundleOptions: Sendable {
  /// How constants are to be stored, by value index; those left out keep their own type. See `StoredConstants.precisions`.
  public var precisions: [Int: WeightPrecision] = [:]
  /// Labels, pre-processing and provenance; the ports, operators and budgets are filled in.
  public var manifest = Manifest()
  public var certificate: Certificate?
  /// The same at other extents of the inputs.
  public var certifiedShapes = CertifiedShapes([])
  public var keepsNames = true
  /// Inputs of the model that the graph holds as constants.
  public var fixedInputs = FixedInputs([])
  /// What the model does with pictures.
  public var pictures = PictureTask()
  /// The inputs that take an output of the run before.
  public var state = StateLinks()
  /// 1...22.
  public var zstdLevel = 19

  public init() {}
}

/// A bundle, and what was decided on the way.
public struct Emitted: Sendable {
  /// The download form.
  public let bytes: [UInt8]
  public let plan: Plan
  public let manifest: Manifest
  /// The bundle as the runtime reads it back, all hashes checked.
  public let model: Model

  /// Plans `model` and writes it as a bundle. The bytes depend on the arguments and on libzstd's version, on nothing else.
  ///
  /// - Errors: those of `Planned`; `.unreadable` where the bundle does not read back.
  public init(_ model: FlatModel, _ options: BundleOptions = BundleOptions()) throws(PlanError) {
    let constants = StoredConstants(model, int8: options.precisions.values.contains(.int8))
    try self.init(model, Planned(constants, precisions: options.precisions), options)
  }

  /// The same where the plan was made before, as when the certificate needs a run of the bundle; `weights` are those of the plan, which
  /// needs to hold none if they are compressed already.
  public init(
    _ model: FlatModel, _ planned: Planned, _ options: BundleOptions, weights: consuming CompressedWeights? = nil
  ) throws(PlanError) {
    let weights = weights ?? CompressedWeights(planned, zstdLevel: options.zstdLevel)
    var manifest = options.manifest
    manifest.inputs = zip(model.inputNames, model.graph.values).map { Manifest.Port(UTF8Text($0), $1) }
    manifest.outputs = zip(model.outputNames, model.graph.outputs).map { Manifest.Port(UTF8Text($0), model.graph.values[$1]) }
    manifest.operators = model.operatorCodes
    manifest.arenaBytes = planned.plan.arenaBytes
    let limit = Limits().constantBytes
    guard weights.part.rawBytes <= limit else { throw .weights(bytes: weights.part.rawBytes, limit: limit) }
    let most = Limits().arenaBytes
    guard planned.plan.arenaBytes <= most else { throw .arena(bytes: planned.plan.arenaBytes, limit: most) }
    manifest.weightBytes = weights.part.rawBytes
    bytes = Self.assembled(manifest, model, planned, consume weights, options)
    plan = planned.plan
    self.manifest = manifest
    self.model = try Self.read(bytes)
  }

  private static func read(_ bytes: [UInt8]) throws(PlanError) -> Model {
    do throws(RunFault) {
      return try bytes.withUnsafeBytes { raw in Result { () throws(RunFault) in try Model(unpacked(raw, limit: .max)) } }.get()
    } catch { throw .unreadable(error) }
  }

  private static func assembled(
    _ manifest: Manifest, _ model: FlatModel, _ planned: Planned, _ weights: consuming CompressedWeights, _ options: BundleOptions
  ) -> [UInt8] {
    let level = options.zstdLevel
    var parts = [part(manifest, level), part(model.graph, level), part(planned.plan, level), weights.part]
    if let certificate = options.certificate { parts.append(part(certificate, level)) }
    if options.keepsNames { parts.append(part(Names(origins: model.origins), level)) }
    if !options.fixedInputs.entries.isEmpty { parts.append(part(options.fixedInputs, level)) }
    if options.pictures != PictureTask() { parts.append(part(options.pictures, level)) }
    var minor = BundleFormat.minor
    if var shapes = model.shapes {
      shapes.homes = planned.homes
      parts.append(part(shapes, level))
      minor = BundleFormat.minorOfShapes
    }
    if !options.state.links.isEmpty {
      parts.append(part(options.state, level))
      minor = BundleFormat.minorOfState
    }
    if !model.counted.isEmpty {
      parts.append(part(model.counted, level))
      minor = model.shapes == nil ? BundleFormat.minorOfCounts : BundleFormat.minorOfOpenCounts
    }
    if !planned.bodies.isEmpty {
      parts.append(part(BodyPlans(planned.bodies), level))
      minor = BundleFormat.minorOfBodies
    }
    if !options.certifiedShapes.entries.isEmpty {
      parts.append(part(options.certifiedShapes, level))
      minor = BundleFormat.minorOfCertifiedShapes
    }
    if options.pictures.boxes?.levels != nil { minor = BundleFormat.minorOfLevels }
    return BundleWriter.assemble(parts, flags: 0, minor: minor)
  }

  private static func part<Content: BundleSection>(_ content: Content, _ level: Int) -> BundleWriter.Part {
    content.encoded().withUnsafeBytes { BundleWriter.Part(Content.type, $0, CompressionEffort(level: level)) }
  }
}

extension FlatModel {
  /// The codes of the operators in the graph and in bodies, each once, ascending.
  var operatorCodes: [UInt16] {
    var codes: [UInt16] = []
    for code in graph.codes.map(\.rawValue).sorted() where codes.last != code { codes.append(code) }
    return codes
  }
}

extension FlatGraph {
  /// Of all nodes, those of bodies as well.
  fileprivate var codes: [OpCode] { nodes.flatMap { [$0.op.code] + $0.op.bodies.flatMap(\.graph.codes) } }
}
