import O2MBundle
import O2MParity
import O2MRuntime
import O2MUnpack

/// A bundle as its raw sections, each a type in one byte and a length in four before its bytes: whatever is changed, the hashes are right.
struct SectionList {
  private var sections: [(type: SectionType, raw: [UInt8])] = []

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while rest.count >= 5, let type = SectionType(rawValue: UInt32(rest[rest.startIndex] & 15)) {
      let length = rest.dropFirst().prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(5)
      sections.append((type, Array(rest.prefix(length))))
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

  /// Opens, runs and certifies the bundle; a refusal at any step is an answer.
  func run() {
    var limits = Limits()
    limits.arenaBytes = 1 << 22
    do {
      let model = try Model(BundleBytes(copying: bundle), limits: limits)
      _ = model.names
      let session = try Session(model)
      for (index, input) in model.manifest.inputs.enumerated() where !input.name.isEmpty {
        let target = session.input(index)
        for place in target.indices { target[place] = UInt8(truncatingIfNeeded: place) }
      }
      try session.run()
      if let certificate = try model.section(Certificate.self) {
        _ = try certificate.check(session, tolerance: certificate.tolerance(of: model.manifest)) { _ in [] }
      }
    } catch {}
  }
}
