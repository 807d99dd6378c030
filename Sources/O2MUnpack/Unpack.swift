import O2MOps
import O2MRuntime

/// The installed form of a bundle: every section stored, each beginning on a page, all hashes checked.
///
/// The installed form of an installed bundle is itself, byte for byte. No memory is asked for before the lengths in the table are within
/// `limit`, and none is written beyond them.
///
/// - Parameter limit: bytes that the raw sections may have together.
/// - Errors: `.format` with the faults of `BundleReader`; with `.unpacking` where a section does not decompress to the length that the
///   table gives; with `.section(_, _, .tooLarge)` where the raw sections together are longer than `limit`. `.memory` where there is
///   none.
public func unpacked(_ bundle: UnsafeRawBufferPointer, limit: Int = Limits().unpackedBytes) throws(RunFault) -> BundleBytes {
  let form: InstalledForm
  do throws(FormatFault) { form = try InstalledForm(of: bundle, limit: limit) } catch { throw .format(error) }
  let bytes = try BundleBytes(count: form.count)
  do throws(FormatFault) { try bytes.fill { (target) throws(FormatFault) in try form.write(to: target) } } catch { throw .format(error) }
  return bytes
}

/// The same as an array, for bundles whose installed form surely fits memory.
public func unpack(_ bundle: UnsafeRawBufferPointer, limit: Int = Limits().unpackedBytes) throws(FormatFault) -> [UInt8] {
  let form = try InstalledForm(of: bundle, limit: limit)
  var fault: FormatFault?
  let bytes = [UInt8](unsafeUninitializedCapacity: form.count) { target, count in
    do throws(FormatFault) { try form.write(to: UnsafeMutableRawBufferPointer(target)) } catch { fault = error }
    count = form.count
  }
  if let fault { throw fault }
  return bytes
}

public func unpack(_ bundle: [UInt8]) throws(FormatFault) -> [UInt8] {
  try bundle.withUnsafeBytes { raw in Result { () throws(FormatFault) in try unpack(raw) } }.get()
}

/// The raw bytes of one section, decompressed and with their hash checked.
public func rawBytes(_ section: Section, in bundle: UnsafeRawBufferPointer) throws(FormatFault) -> [UInt8] {
  var fault: FormatFault?
  let bytes = [UInt8](unsafeUninitializedCapacity: section.rawBytes) { target, count in
    do throws(FormatFault) { try section.unpack(bundle, into: UnsafeMutableRawBufferPointer(target)) } catch { fault = error }
    count = section.rawBytes
  }
  if let fault { throw fault }
  return bytes
}

/// Where everything of a bundle lies in its installed form.
private struct InstalledForm {
  let bundle: UnsafeRawBufferPointer
  let reader: BundleReader
  /// The sections that are kept: one of an unknown type can be left out when it is not required; the reader has refused it otherwise.
  private let sections: [Section]
  private let layout: BundleWriter.Layout

  var count: Int { reader.header.isInstalled ? bundle.count : layout.count }

  init(of bundle: UnsafeRawBufferPointer, limit: Int) throws(FormatFault) {
    self.bundle = bundle
    reader = try BundleReader(bundle)
    var total = 0
    for (index, section) in reader.sections.enumerated() {
      let line = reader.header.tableOffset + index * BundleFormat.entryBytes
      guard section.rawBytes <= limit - total else {
        throw .section(section.type, offset: line, .tooLarge(bytes: section.rawBytes, limit: limit - total))
      }
      total += section.rawBytes
    }
    sections = reader.sections.filter { SectionType(rawValue: $0.type) != nil }
    layout = BundleWriter.Layout(
      sections.map {
        BundleWriter.Line(
          type: SectionType(rawValue: $0.type)!, storedBytes: $0.rawBytes, rawBytes: $0.rawBytes, codec: .store, hash: $0.hash)
      },
      flags: BundleFormat.installed, minor: reader.header.minor)
    try reader.verifyGaps()
    if !reader.header.isInstalled { for section in sections { try section.verifyRepetition(in: bundle) } }
  }

  /// Writes the `count` bytes.
  func write(to target: UnsafeMutableRawBufferPointer) throws(FormatFault) {
    if reader.header.isInstalled {
      try reader.verify()
      target.copyMemory(from: bundle)
      return
    }
    target.copyBytes(from: layout.head)
    var end = layout.head.count
    for (section, start) in zip(sections, layout.starts) {
      UnsafeMutableRawBufferPointer(rebasing: target[end..<start]).initializeMemory(as: UInt8.self, repeating: 0)
      end = start + section.rawBytes
      try section.unpack(bundle, into: UnsafeMutableRawBufferPointer(rebasing: target[start..<end]))
    }
  }
}

extension Section {
  /// Writes the raw bytes to `target`, which is as long as they are, and checks their hash on the way.
  fileprivate func unpack(_ bundle: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) throws(FormatFault) {
    let stored = UnsafeRawBufferPointer(rebasing: bundle[range])
    let found: UInt64?
    switch Codec(rawValue: codec) {
    case .store:
      target.copyMemory(from: stored)
      found = xxh64(stored)
    case .zstd:
      guard var frame = Decompression(stored), frame.count == rawBytes else { throw .unpacking(section: type, offset: offset) }
      found = frame.hashed(into: target)
    case .byteShuffle: found = restored(stored, into: target)
    case nil: throw .section(type, offset: offset, .unknownCodec)
    }
    guard let found else { throw .unpacking(section: type, offset: offset) }
    guard found == hash else { throw .sectionHash(section: type, offset: offset, expected: hash, found: found) }
  }

  /// Hashes what is mostly repetition before there is memory for it: a few bytes do not take more of it than they are true.
  fileprivate func verifyRepetition(in bundle: UnsafeRawBufferPointer) throws(FormatFault) {
    let stored = UnsafeRawBufferPointer(rebasing: bundle[range])
    guard codec == Codec.zstd.rawValue, rawBytes > Self.largeBytes, rawBytes / Self.usualRatio > stored.count else { return }
    guard var frame = Decompression(stored), frame.count == rawBytes, let found = frame.hash() else {
      throw .unpacking(section: type, offset: offset)
    }
    guard found == hash else { throw .sectionHash(section: type, offset: offset, expected: hash, found: found) }
  }

  private func restored(_ stored: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> UInt64? {
    // The list of runs is shorter than the bytes that it shuffles, or not much longer than a handful of them.
    let (most, overflow) = rawBytes.multipliedReportingOverflow(by: 2)
    guard !overflow, var frame = Decompression(stored), frame.count <= most + 4096,
      ByteShuffle.restore(frame.count, into: target, from: { frame.fill($0) }), frame.isAtEnd()
    else { return nil }
    return xxh64(UnsafeRawBufferPointer(target))
  }

  private static let largeBytes = 64 << 20
  /// Trained weights take a tenth of this.
  private static let usualRatio = 256
}
