import CO2MPlatform
import O2MOps
import O2MTensor

/// What a bundle may ask for before it is refused.
public struct Limits: Sendable {
  /// Bytes of any one computed value, and of the arena.
  public var arenaBytes = Int.bitWidth == 32 ? 1 << 26 : 1 << 31
  /// Bytes of any one constant, were it of its own type.
  public var constantBytes = Int.bitWidth == 32 ? 1 << 28 : 1 << 34
  /// Bytes that all sections of a bundle together may unpack to.
  public var unpackedBytes = Int.bitWidth == 32 ? 1 << 28 : 1 << 31

  public init() {}
}

/// A bundle, checked and ready to make sessions. It never changes: any number of threads and sessions may share it.
///
/// The bytes of the bundle are used in place, weights included, and live as long as the model.
public final class Model: Sendable {
  public let header: BundleHeader
  public let manifest: Manifest
  /// The shapes beside those of the manifest that sessions take; nil where all are fixed.
  public let shapes: OpenShapes?
  /// The inputs that take what an output of the run before gave; none in most bundles.
  public let state: StateLinks
  /// What names the model in states that are saved: the same for both forms of a bundle, another where the graph, a weight or a link is.
  let identity: UInt64
  /// The values whose extents are known only in a run, at the shapes of the manifest.
  public var counted: CountedValues { sized.counted }
  /// The model at the shapes of the manifest.
  let sized: SizedModel
  let limits: Limits
  let bytes: BundleBytes
  private let weightsStart: Int
  private let weightsCount: Int

  /// Maps an installed bundle. The file must not be written or cut while the model or a session of it lives.
  ///
  /// `trusted` skips the hashes: the file is one that `unpack` verified and that nobody else can write.
  public static func open(_ path: String, trusted: Bool = false, limits: Limits = Limits()) throws(RunFault) -> Model {
    try Model(BundleBytes(mapping: path), trusted: trusted, limits: limits)
  }

  /// Maps an installed bundle that lies in an open file, such as an archive: `count` bytes from `offset` on, a multiple of 64; 0 takes all
  /// that follow. The file may be closed afterwards.
  ///
  /// - Errors: `.open` with EINVAL where the file has no such bytes, `.misaligned`, `.format`.
  public static func open(
    descriptor: Int32, offset: UInt64 = 0, count: UInt64 = 0, trusted: Bool = false, limits: Limits = Limits()
  ) throws(RunFault) -> Model {
    try Model(BundleBytes(mapping: descriptor, offset: offset, count: count), trusted: trusted, limits: limits)
  }

  /// Reads an installed bundle.
  ///
  /// - Errors: `.format` for what is wrong with the bytes; `.misaligned` where they do not begin at a multiple of 64.
  public convenience init(_ bytes: BundleBytes, trusted: Bool = false, limits: Limits = Limits()) throws(RunFault) {
    guard UInt(bitPattern: bytes.bytes.baseAddress) % UInt(BundleFormat.blobAlignment) == 0 else { throw .misaligned }
    let parts: Parts
    do throws(FormatFault) { parts = try Parts(bytes.bytes, trusted: trusted, limits: limits) } catch { throw .format(error) }
    self.init(bytes, parts)
  }

  // Nothing throws once there is an object: Embedded Swift does not free one that is half made.
  private init(_ bytes: BundleBytes, _ parts: Parts) {
    self.bytes = bytes
    header = parts.header
    manifest = parts.manifest
    shapes = parts.shapes
    state = parts.state
    identity = parts.identity
    sized = parts.sized
    limits = parts.limits
    weightsStart = parts.weightsStart
    weightsCount = parts.weightsCount
  }

  /// The graph and the plan at the shapes of the manifest.
  public var graph: FlatGraph { sized.graph }
  public var plan: Plan { sized.plan }

  /// The plans of the bodies in the graph, in the order of `BodyPlans`.
  public var bodyPlans: [Plan] { sized.bodyPlans }

  /// The index of an input by its ONNX name.
  public func input(named name: String) -> Int? { manifest.inputs.firstIndex { $0.name == name } }
  public func output(named name: String) -> Int? { manifest.outputs.firstIndex { $0.name == name } }

  /// What a section holds that the model runs without, read anew by each call; nil where the bundle has none.
  public func section<Content: OptionalSection>(_ content: Content.Type) throws(FormatFault) -> Content? {
    try section(content, of: graph)
  }

  /// The same for a graph of other shapes.
  func section<Content: OptionalSection>(_ content: Content.Type, of graph: FlatGraph) throws(FormatFault) -> Content? {
    let reader = try BundleReader(bytes.bytes)
    guard Content.type.isIncluded, reader.section(Content.type) != nil else { return nil }
    var record = try reader.record(Content.type)
    return try Content(from: &record, of: graph)
  }

  /// The names of the original model's tensors; nil where the bundle was stripped of them, or they cannot be read.
  public var names: Names? { do throws(FormatFault) { return try section(Names.self) } catch { return nil } }

  /// Where the weights section begins in memory.
  var weights: UnsafeRawPointer? { bytes.bytes.baseAddress.map { $0 + weightsStart } }

  /// The weights section.
  package var weightBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes.bytes[weightsStart..<weightsStart + weightsCount])
  }

  /// Bytes of the arena at these shapes of the inputs.
  ///
  /// - Errors: `.shapes` where the bundle does not take them.
  public func arenaBytes(at shapes: [Shape]) throws(RunFault) -> Int { try sized(for: shapes, from: sized).plan.arenaBytes }

  /// The model at other input shapes.
  func sized(for shapes: [Shape], from sized: SizedModel) throws(RunFault) -> SizedModel {
    do throws(ShapeFault) {
      guard Included.has(.shapes), let open = self.shapes else {
        _ = try OpenShapes.none(graph, slots: plan.slots.count).inputs(shapes, graph)
        return sized
      }
      let sized = try sized.resized(open, shapes, weightBytes, limit: limits.arenaBytes)
      try state.check(sized.graph)
      return sized
    } catch { throw .shapes(error) }
  }
}

/// The parts of a bundle, read and checked in the order in which each needs the one before.
private struct Parts {
  var header: BundleHeader
  var manifest: Manifest
  var shapes: OpenShapes?
  var state = StateLinks()
  var identity: UInt64
  var sized: SizedModel
  var limits: Limits
  var weightsStart: Int
  var weightsCount: Int

  init(_ bytes: UnsafeRawBufferPointer, trusted: Bool, limits: Limits) throws(FormatFault) {
    let reader = try BundleReader(bytes)
    header = reader.header
    guard let weights = reader.section(.weights) else { throw .missingSection(SectionType.weights.rawValue) }
    let blobs = try reader.stored(weights)
    var record = try reader.record(.manifest)
    if !trusted { try reader.verify() }
    manifest = try Manifest(from: &record, limit: limits.arenaBytes)
    record = try reader.record(.graph)
    let graph = try FlatGraph(from: &record, limit: limits.arenaBytes, constantLimit: limits.constantBytes)
    try manifest.check(graph, offset: reader.section(.manifest)?.offset ?? 0)
    record = try reader.record(.plan)
    let planStart = record.offset
    let plan = try Plan(from: &record, graph: graph)
    guard plan.arenaBytes <= limits.arenaBytes else {
      throw .value(offset: planStart + 12, found: plan.arenaBytes, limit: limits.arenaBytes)
    }
    var derived: [Tensor?] = [], program: [TypedShape]?
    if Included.has(.shapes), let section = reader.section(.shapes) {
      record = try reader.record(.shapes)
      let open = try OpenShapes(from: &record, graph: graph, plan: plan, limits: limits)
      (derived, program) = try open.derived(graph, plan, limits, offset: section.offset)
      shapes = open
    }
    var counted = CountedValues.none
    if Included.has(.counted), reader.section(.counted) != nil {
      record = try reader.record(.counted)
      counted = try CountedValues(from: &record, graph: graph, program: program, limits: limits)
    }
    if Included.has(.state), reader.section(.state) != nil {
      record = try reader.record(.state)
      state = try StateLinks(from: &record, graph: graph, shapes: shapes, counted: counted)
    }
    identity = reader.identity
    var bodies: [NodeBodies] = []
    if Included.has(.bodies), let section = reader.section(.bodies) {
      // Nobody has proved that the bodies' types hold at other input shapes.
      guard shapes == nil else { throw .value(offset: section.offset, found: Int(section.type), limit: Int(SectionType.shapes.rawValue)) }
      record = try reader.record(.bodies)
      bodies = try NodeBodies.read(graph, from: &record, weights: blobs, limits: limits)
    } else if Included.has(.bodies), graph.nodes.contains(where: { !$0.op.bodies.isEmpty }) {
      throw .missingSection(SectionType.bodies.rawValue)
    }
    sized = try SizedModel(graph, plan, derived: derived, weights: blobs, counted: counted, bodies: bodies)
    self.limits = limits
    weightsStart = weights.offset
    weightsCount = blobs.count
  }
}

extension Manifest {
  /// The ports must be those of the graph.
  fileprivate func check(_ graph: FlatGraph, offset: Int) throws(FormatFault) {
    guard inputs.count == graph.inputCount else { throw .value(offset: offset, found: inputs.count, limit: graph.inputCount) }
    guard outputs.count == graph.outputs.count else { throw .value(offset: offset, found: outputs.count, limit: graph.outputs.count) }
    for (index, port) in inputs.enumerated() where port.type != graph.values[index] {
      throw .value(offset: offset, found: index, limit: inputs.count)
    }
    for (index, port) in outputs.enumerated() where port.type != graph.values[graph.outputs[index]] {
      throw .value(offset: offset, found: index, limit: outputs.count)
    }
  }
}

/// The bytes of a bundle and who frees them.
public final class BundleBytes: @unchecked Sendable {
  public let bytes: UnsafeRawBufferPointer
  private enum Owner { case caller, heap, mapping(o2m_mapping) }
  private let owner: Owner

  /// Maps a file.
  public convenience init(mapping path: String) throws(RunFault) {
    let (code, mapping) = path.withCString { Self.map($0) }
    guard code == 0 else { throw .open(code) }
    self.init(mapped: mapping)
  }

  convenience init(mapping path: UnsafePointer<CChar>) throws(RunFault) {
    let (code, mapping) = Self.map(path)
    guard code == 0 else { throw .open(code) }
    self.init(mapped: mapping)
  }

  /// Maps a part of an open file.
  public convenience init(mapping descriptor: Int32, offset: UInt64, count: UInt64) throws(RunFault) {
    var mapping = o2m_mapping()
    let code = o2m_map_descriptor(descriptor, offset, count, &mapping)
    guard code == 0 else { throw .open(code) }
    self.init(mapped: mapping)
  }

  private init(mapped mapping: o2m_mapping) {
    bytes = UnsafeRawBufferPointer(start: mapping.bytes, count: mapping.size)
    owner = .mapping(mapping)
  }

  private static func map(_ path: UnsafePointer<CChar>) -> (Int32, o2m_mapping) {
    var mapping = o2m_mapping()
    let code = o2m_map_file(path, &mapping)
    return (code, mapping)
  }

  /// A copy of `source` at a multiple of 64.
  public convenience init(copying source: UnsafeRawBufferPointer) throws(RunFault) {
    try self.init(count: source.count)
    fill { $0.copyMemory(from: source) }
  }

  public convenience init(copying source: [UInt8]) throws(RunFault) {
    try self.init(count: source.count)
    fill { target in source.withUnsafeBytes { target.copyMemory(from: $0) } }
  }

  /// `count` bytes that `fill` has to write before anything else is done with them.
  public convenience init(count: Int) throws(RunFault) {
    guard let memory = o2m_allocate(count) else { throw .memory(bytes: count) }
    self.init(owning: UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// Writes bytes that this object made for itself, before anybody else sees them.
  public func fill<Failure: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    guard case .heap = owner else { preconditionFailure("the bytes belong to somebody else") }
    try body(UnsafeMutableRawBufferPointer(mutating: bytes))
  }

  private init(owning memory: UnsafeRawBufferPointer) {
    bytes = memory
    owner = .heap
  }

  /// Memory of the caller's that does not change until this object is gone.
  public init(borrowing source: UnsafeRawBufferPointer) {
    bytes = source
    owner = .caller
  }

  deinit {
    switch owner {
    case .caller: break
    case .heap: o2m_free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    case .mapping(var mapping): o2m_unmap(&mapping)
    }
  }
}
