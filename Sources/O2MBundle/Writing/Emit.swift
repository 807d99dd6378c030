import CZstd
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
  public var keepsNames = true
  /// Inputs of the model that the graph holds as constants.
  public var fixedInputs = FixedInputs([])
  /// 1...22.
  public var zstdLevel = 19

  public init() {}
}

/// A bundle, and what was decided on the way.
public struct Emitted: Sendable {
  /// The download form.
  public let bytes: [UInt8]
  public let planned: Planned
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

  /// The same where the plan was made before, as when the certificate needs a run of the bundle.
  public init(_ model: FlatModel, _ planned: Planned, _ options: BundleOptions) throws(PlanError) {
    var manifest = options.manifest
    manifest.inputs = zip(model.inputNames, model.graph.values).map { Manifest.Port($0, $1) }
    manifest.outputs = zip(model.outputNames, model.graph.outputs).map { Manifest.Port($0, model.graph.values[$1]) }
    manifest.operators = model.operatorCodes
    manifest.arenaBytes = planned.plan.arenaBytes
    manifest.weightBytes = planned.weights.count
    var parts = [
      Self.part(manifest, options.zstdLevel),
      Self.part(model.graph, options.zstdLevel),
      Self.part(planned.plan, options.zstdLevel),
      Self.weights(planned, options.zstdLevel),
    ]
    if let certificate = options.certificate { parts.append(Self.part(certificate, options.zstdLevel)) }
    if options.keepsNames { parts.append(Self.part(Names(origins: model.origins), options.zstdLevel)) }
    if !options.fixedInputs.entries.isEmpty { parts.append(Self.part(options.fixedInputs, options.zstdLevel)) }
    bytes = BundleWriter.assemble(parts, flags: 0)
    self.planned = planned
    self.manifest = manifest
    self.model = try Self.read(bytes)
  }

  private static func read(_ bytes: [UInt8]) throws(PlanError) -> Model {
    do throws(RunFault) {
      let installed: [UInt8]
      do throws(FormatFault) { installed = try unpack(bytes) } catch { throw .format(error) }
      return try Model(BundleBytes(copying: installed))
    } catch { throw .unreadable(error) }
  }

  private static func part<Content: BundleSection>(_ content: Content, _ level: Int) -> BundleWriter.Part {
    part(Content.type, content.encoded(), level)
  }

  /// Compresses a section, unless it is shorter as it is.
  private static func part(_ type: SectionType, _ raw: [UInt8], _ level: Int) -> BundleWriter.Part {
    let hash = raw.withUnsafeBytes { xxh64($0) }
    let packed = compress(raw, level: level)
    guard packed.count < raw.count else {
      return BundleWriter.Part(type: type, stored: raw, rawBytes: raw.count, codec: .store, hash: hash)
    }
    return BundleWriter.Part(type: type, stored: packed, rawBytes: raw.count, codec: .zstd, hash: hash)
  }

  /// The weights as they are or shuffled, whichever a quick trial finds shorter; only that one is compressed at the full level.
  private static func weights(_ planned: Planned, _ level: Int) -> BundleWriter.Part {
    let shuffled = planned.weights.withUnsafeBytes { ByteShuffle.shuffle($0, planned.runs) }
    let trial = min(level, trialLevel)
    guard compress(shuffled, level: trial).count < compress(planned.weights, level: trial).count else {
      return part(.weights, planned.weights, level)
    }
    let hash = planned.weights.withUnsafeBytes { xxh64($0) }
    let stored = compress(shuffled, level: level)
    return BundleWriter.Part(type: .weights, stored: stored, rawBytes: planned.weights.count, codec: .byteShuffle, hash: hash)
  }

  /// Fast, and it ranks the two forms as the highest levels do on trained weights.
  private static let trialLevel = 3

  /// One zstd frame that says its content's length, made by one thread.
  private static func compress(_ raw: [UInt8], level: Int) -> [UInt8] {
    let most = ZSTD_compressBound(raw.count)
    return [UInt8](unsafeUninitializedCapacity: most) { target, count in
      let written = raw.withUnsafeBytes { ZSTD_compress(target.baseAddress, most, $0.baseAddress, $0.count, Int32(level)) }
      precondition(ZSTD_isError(written) == 0, "zstd refused a buffer of the size it asked for")
      count = written
    }
  }
}

extension FlatModel {
  /// The codes of the operators in the graph, each once, ascending.
  var operatorCodes: [UInt16] {
    var codes: [UInt16] = []
    for code in graph.nodes.map(\.op.code.rawValue).sorted() where codes.last != code { codes.append(code) }
    return codes
  }
}
