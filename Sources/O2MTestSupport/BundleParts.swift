import O2MRuntime
import O2MUnpack

/// A bundle taken apart into raw sections, so that each can be changed and the whole put together with the right hashes.
package struct Parts {
  package var sections: [(type: SectionType, raw: [UInt8])]

  package init(_ bundle: [UInt8]) throws {
    sections = try bundle.withUnsafeBytes { bytes in
      try BundleReader(bytes).sections.map { (SectionType(rawValue: $0.type)!, try rawBytes($0, in: bytes)) }
    }
  }

  /// Stored sections without the gaps of the installed form.
  package func bundle() -> [UInt8] {
    BundleWriter.assemble(
      sections.map { part in
        BundleWriter.Part(
          type: part.type, stored: part.raw, rawBytes: part.raw.count, codec: .store, hash: part.raw.withUnsafeBytes { xxh64($0) })
      }, flags: 0)
  }
}
