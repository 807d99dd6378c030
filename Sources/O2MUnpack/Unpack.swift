import CZstd
import O2MOps
import O2MRuntime

/// The installed form of a bundle: every section stored, each beginning on a page, all hashes checked.
///
/// The installed form of an installed bundle is itself, byte for byte.
///
/// - Errors: those of `BundleReader`; `.unpacking` where a section does not decompress to the length and hash that the table gives;
///   `.section(_, _, .tooLarge)` where the raw sections together are longer than `limit` bytes.
public func unpack(_ bundle: UnsafeRawBufferPointer, limit: Int = Int.bitWidth == 32 ? 1 << 28 : 1 << 34) throws(FormatFault) -> [UInt8] {
  let reader = try BundleReader(bundle)
  var total = 0
  for (index, section) in reader.sections.enumerated() {
    let line = reader.header.tableOffset + index * BundleFormat.entryBytes
    guard section.rawBytes <= limit - total else { throw .section(section.type, offset: line, .tooLarge) }
    total += section.rawBytes
  }
  if reader.header.isInstalled {
    try reader.verify()
    return Array(bundle)
  }
  var parts: [(section: Section, raw: [UInt8])] = []
  // A section of an unknown type can be left out when it is not required; the reader has refused it otherwise.
  for section in reader.sections where SectionType(rawValue: section.type) != nil {
    parts.append((section, try rawBytes(section, in: bundle)))
  }
  return assemble(
    parts.map { (SectionType(rawValue: $0.section.type)!, $0.raw) }, flags: BundleFormat.installed, minor: reader.header.minor)
}

public func unpack(_ bundle: [UInt8]) throws(FormatFault) -> [UInt8] {
  try bundle.withUnsafeBytes { raw in Result { () throws(FormatFault) in try unpack(raw) } }.get()
}

/// The raw bytes of one section, decompressed and with their hash checked.
public func rawBytes(_ section: Section, in bundle: UnsafeRawBufferPointer) throws(FormatFault) -> [UInt8] {
  let stored = UnsafeRawBufferPointer(rebasing: bundle[section.range])
  let raw: [UInt8]
  switch Codec(rawValue: section.codec) {
  case .store: raw = Array(stored)
  case .zstd:
    guard let bytes = decompress(stored, upTo: section.rawBytes), bytes.count == section.rawBytes else {
      throw .unpacking(section: section.type, offset: section.offset)
    }
    raw = bytes
  case .byteShuffle:
    // The list of runs is shorter than the bytes that it shuffles, or not much longer than a handful of them.
    let (most, overflow) = section.rawBytes.multipliedReportingOverflow(by: 2)
    guard !overflow, let shuffled = decompress(stored, upTo: most + 4096) else {
      throw .unpacking(section: section.type, offset: section.offset)
    }
    var bytes = [UInt8](repeating: 0, count: section.rawBytes)
    let fits = shuffled.withUnsafeBytes { source in bytes.withUnsafeMutableBytes { ByteShuffle.restore(source, into: $0) } }
    guard fits else { throw .unpacking(section: section.type, offset: section.offset) }
    raw = bytes
  case nil: throw .section(section.type, offset: section.offset, .unknownCodec)
  }
  let found = raw.withUnsafeBytes { xxh64($0) }
  guard found == section.hash else {
    throw .sectionHash(section: section.type, offset: section.offset, expected: section.hash, found: found)
  }
  return raw
}

/// The content of one zstd frame that says its length, at most `limit` bytes; nil where it is damaged.
private func decompress(_ frame: UnsafeRawBufferPointer, upTo limit: Int) -> [UInt8]? {
  let length = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
  // The two largest numbers mean "unknown" and "damaged".
  guard length <= UInt64(limit), ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count) == frame.count else { return nil }
  var failed = false
  let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { target, count in
    let written = ZSTD_decompress(target.baseAddress, Int(length), frame.baseAddress, frame.count)
    failed = ZSTD_isError(written) != 0 || written != Int(length)
    count = failed ? 0 : Int(length)
  }
  return failed ? nil : bytes
}

/// A bundle of stored sections, each beginning on a page.
private func assemble(_ parts: [(SectionType, [UInt8])], flags: UInt32, minor: Int) -> [UInt8] {
  BundleWriter.assemble(
    parts.map {
      BundleWriter.Part(type: $0.0, stored: $0.1, rawBytes: $0.1.count, codec: .store, hash: $0.1.withUnsafeBytes { xxh64($0) })
    },
    flags: flags, minor: minor)
}
