import O2MBundle
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MUnpack

/// A bundle as its raw sections, each a type in one byte and a length in four before its bytes: whatever is changed, the hashes are right.
/// Bytes of a type that no section has are what a target asks of the bundle.
struct SectionList {
  private var sections: [(type: SectionType, raw: [UInt8])] = []
  private var asked: [UInt8] = []

  private static let askedType: UInt32 = 15
  /// More would take time from other inputs.
  private static let mostRequests = 8

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while rest.count >= 5 {
      let type = UInt32(rest[rest.startIndex] & 15)
      let length = rest.dropFirst().prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(5)
      if let type = SectionType(rawValue: type) { sections.append((type, Array(rest.prefix(length)))) }
      if type == Self.askedType { asked = Array(rest.prefix(length)) }
      rest = rest.dropFirst(length)
    }
    sections.sort { $0.type.rawValue < $1.type.rawValue }
  }

  /// The installed form's sections without its gaps.
  private var bundle: [UInt8] {
    BundleWriter.assemble(
      sections.map { type, raw in
        BundleWriter.Part(type: type, stored: raw, rawBytes: raw.count, codec: .store, hash: raw.withUnsafeBytes { xxh64($0) })
      }, flags: 0)
  }

  private func session() throws -> Session {
    var limits = Limits()
    limits.arenaBytes = 1 << 22
    let model = try Model(BundleBytes(copying: bundle), limits: limits)
    _ = model.names
    return try Session(model)
  }

  /// Opens, runs and certifies the bundle; a refusal at any step is an answer.
  func run() {
    do {
      let session = try session(), model = session.model
      fill(session)
      try session.run()
      if let certificate = try model.section(Certificate.self) {
        _ = try certificate.check(session, tolerance: certificate.tolerance(of: model.manifest)) { _ in [] }
      }
    } catch {}
  }

  private func fill(_ session: Session) {
    for index in session.model.plan.inputs.indices {
      let target = session.input(index)
      for place in target.indices { target[place] = UInt8(truncatingIfNeeded: place) }
    }
  }

  /// Resizes and runs, again and again. Each extent that is open takes one byte of what is asked: most are within the range of their symbol. A
  /// session that refuses keeps what it had; one that takes the shapes has them, and memory for every input and output.
  func resize() {
    guard let session = try? session(), let open = session.model.shapes else { return }
    var rest = asked.prefix(Self.mostRequests * max(1, open.symbols.count))
    while !rest.isEmpty {
      let before = types(session), wanted = shapes(open, session.model, &rest)
      do {
        try session.resize(wanted)
        guard session.model.plan.inputs.indices.map({ session.inputType($0).shape }) == wanted else {
          fatalError("a session that takes \(wanted) has \(types(session))")
        }
      } catch {
        guard types(session) == before else { fatalError("a session that refuses \(wanted) goes from \(before) to \(types(session))") }
      }
      fill(session)
      guard (try? session.run()) != nil else { continue }
      for index in session.model.plan.outputs.indices where session.output(index).count != session.outputType(index).byteCount {
        fatalError("output \(index) of \(session.outputType(index)) has \(session.output(index).count) bytes")
      }
    }
  }

  private func types(_ session: Session) -> [TypedShape] { session.model.plan.inputs.indices.map { session.inputType($0) } }

  private func shapes(_ open: OpenShapes, _ model: Model, _ rest: inout ArraySlice<UInt8>) -> [Shape] {
    let extents = open.symbols.map { symbol in
      let byte = Int(rest.popFirst() ?? 0), (steps, isOver) = max(1, symbol.step).multipliedReportingOverflow(by: byte & 0x7F)
      let (extent, isFar) = symbol.minimum.addingReportingOverflow(steps)
      return isOver || isFar ? byte : extent - byte >> 7
    }
    return open.axes.enumerated().map { input, axes in
      var dims = model.graph.values[input].shape.dims
      for (axis, symbol) in axes.enumerated() where axis < dims.count {
        if let symbol { dims[axis] = max(0, extents[symbol]) }
      }
      return Shape(dims)
    }
  }

  /// Takes back what is asked as a saved state of this model, by the hash that it ends with, and runs on. What was taken is what is saved.
  func restore() {
    guard let session = try? session(), asked.count >= 8 else { return }
    fill(session)
    _ = try? session.run()
    var state = Array(asked.dropLast(8))
    // What names the model stands behind magic, version and the number of states.
    let own = session.savedState()
    if state.count >= 24 { state.replaceSubrange(16..<24, with: own[16..<24]) }
    let hash = state.withUnsafeBytes { xxh64($0) }
    for byte in 0..<8 { state.append(UInt8(truncatingIfNeeded: hash >> UInt64(8 * byte))) }
    let isTaken = state.withUnsafeBytes { bytes in (try? session.restoreState(from: bytes)) != nil }
    guard session.savedState() == (isTaken ? state : own) else {
      fatalError(isTaken ? "a state that is taken is saved as another" : "a session that refuses a state has another after it")
    }
    _ = try? session.run()
  }
}
