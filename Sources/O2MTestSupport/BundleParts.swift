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

  /// Changes one or two numbers of a section, of 1 or 4 bytes, most to small or odd ones.
  package mutating func damage(_ place: Int, _ random: inout SeededInput) {
    let odd: [UInt64] = [0, 1, 2, 3, 0x7F, 0xFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, .max], count = sections[place].raw.count
    for _ in 0..<1 + Int(random.next() % 2) {
      let at = Int(random.next() % UInt64(count))
      let value = random.next() % 2 == 0 ? odd[Int(random.next() % UInt64(odd.count))] : random.next() % 300
      for byte in 0..<(random.next() % 2 == 0 ? 1 : 4) where at + byte < count {
        sections[place].raw[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte)))
      }
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
