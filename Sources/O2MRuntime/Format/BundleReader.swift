import O2MOps

/// The header and the section table of a bundle, checked: after `init` every section of a known type lies inside the file, aligned,
/// in order, without overlap.
///
/// - Spec: Schemas/bundle.md, "Header" and "Section table".
/// - Errors: every `FormatFault` that a header or a table can give; `.headerHash` where a byte of either was changed.
public struct BundleReader {
  public let bytes: UnsafeRawBufferPointer
  public let header: BundleHeader
  public let sections: [Section]

  public init(_ bytes: UnsafeRawBufferPointer) throws(FormatFault) {
    self.bytes = bytes
    header = try BundleHeader(bytes)
    sections = try Self.table(bytes, header)
  }

  /// The section of a type, nil where the bundle has none.
  public func section(_ type: SectionType) -> Section? { sections.first { $0.type == type.rawValue } }

  /// The bytes of a stored section in place.
  public func stored(_ section: Section) throws(FormatFault) -> UnsafeRawBufferPointer {
    guard section.codec == Codec.store.rawValue else { throw .packed }
    return UnsafeRawBufferPointer(rebasing: bytes[section.range])
  }

  /// Reads a stored section; offsets in faults count from the start of the file.
  public func record(_ type: SectionType) throws(FormatFault) -> RecordReader {
    guard let section = section(type) else { throw .missingSection(type.rawValue) }
    _ = try stored(section)
    return RecordReader(bytes, range: section.range)
  }

  /// Checks the hashes of all stored sections, and that the bytes between sections are zero.
  public func verify() throws(FormatFault) {
    try verifyGaps()
    for section in sections where section.codec == Codec.store.rawValue { try section.check(try stored(section)) }
  }

  /// Checks that the bytes that belong to no section are zero, of either form.
  public func verifyGaps() throws(FormatFault) {
    var end = header.tableOffset + sections.count * BundleFormat.entryBytes
    try requireZeros(BundleFormat.headerBytes..<header.tableOffset)
    for section in sections {
      try requireZeros(end..<section.offset)
      end = section.range.upperBound
    }
    try requireZeros(end..<bytes.count)
  }

  private func requireZeros(_ range: Range<Int>) throws(FormatFault) {
    var offset = range.lowerBound
    while range.upperBound - offset >= 8, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == 0 { offset += 8 }
    for offset in offset..<range.upperBound where bytes[offset] != 0 {
      throw .value(offset: offset, found: Int(bytes[offset]), limit: 1)
    }
  }

  private static func table(_ bytes: UnsafeRawBufferPointer, _ header: BundleHeader) throws(FormatFault) -> [Section] {
    let tableEnd = header.tableOffset + header.sectionCount * BundleFormat.entryBytes
    let found = xxh64(UnsafeRawBufferPointer(rebasing: bytes[header.tableOffset..<tableEnd]))
    guard found == header.tableHash else { throw .headerHash(expected: header.tableHash, found: found) }
    var record = RecordReader(bytes, range: header.tableOffset..<tableEnd)
    var sections: [Section] = []
    var end = tableEnd
    for _ in 0..<header.sectionCount {
      let offset = record.offset
      let section = try Section(from: &record)
      try section.checkPlace(before: bytes.count, at: offset)
      if let last = sections.last, section.offset < last.offset { throw .section(section.type, offset: offset, .unsorted) }
      guard section.offset >= end else { throw .section(section.type, offset: offset, .overlaps) }
      if sections.contains(where: { $0.type == section.type }) { throw .section(section.type, offset: offset, .twice) }
      if let type = SectionType(rawValue: section.type), type.isIncluded || !section.isRequired {
        try section.checkCodec(type, installed: header.isInstalled, at: offset)
      } else if section.isRequired {
        throw .unknownSection(section.type, offset: offset)
      }
      end = section.range.upperBound
      sections.append(section)
    }
    for type in SectionType.allCases where type.isRequired && !sections.contains(where: { $0.type == type.rawValue }) {
      throw .missingSection(type.rawValue)
    }
    return sections
  }
}

extension BundleHeader {
  /// Reads and checks the header of the file that `bytes` are.
  public init(_ bytes: UnsafeRawBufferPointer) throws(FormatFault) {
    self.init()
    let length = BundleFormat.headerBytes
    for (index, byte) in BundleFormat.magic.enumerated() where index < bytes.count {
      guard bytes[index] == byte else { throw .notABundle }
    }
    guard bytes.count >= length else { throw .tooShort(offset: 0, needed: length, found: bytes.count) }
    var record = RecordReader(bytes, range: 8..<length)
    major = Int(try record.uint16())
    minor = Int(try record.uint16())
    guard major == BundleFormat.major else { throw .version(major: major, minor: minor) }
    let expected = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 56, as: UInt64.self))
    let found = xxh64(UnsafeRawBufferPointer(rebasing: bytes[0..<56]))
    guard found == expected else { throw .headerHash(expected: expected, found: found) }
    flags = try record.uint32()
    guard flags & BundleFormat.requiredFlags == 0 else { throw .version(major: major, minor: minor) }
    guard try record.uint32() == BundleFormat.hashAlgorithm else { throw .version(major: major, minor: minor) }
    sectionCount = try record.index(below: BundleFormat.maximumSections + 1)
    totalBytes = try record.length()
    tableOffset = try record.length()
    let tableBytes = try record.length()
    tableHash = try record.uint64()
    guard totalBytes <= bytes.count else { throw .tooShort(offset: 0, needed: totalBytes, found: bytes.count) }
    guard totalBytes == bytes.count else { throw .value(offset: 24, found: totalBytes, limit: bytes.count) }
    guard tableBytes == sectionCount * BundleFormat.entryBytes else {
      throw .value(offset: 40, found: tableBytes, limit: sectionCount * BundleFormat.entryBytes)
    }
    guard tableOffset >= length, tableOffset % 8 == 0, tableBytes <= totalBytes, tableOffset <= totalBytes - tableBytes else {
      throw .value(offset: 32, found: tableOffset, limit: totalBytes)
    }
  }
}

extension Section {
  /// Checks that `raw`, the section's raw bytes, have the hash that the table gives.
  public func check(_ raw: UnsafeRawBufferPointer) throws(FormatFault) {
    let found = xxh64(raw)
    guard found == hash else { throw .sectionHash(section: type, offset: offset, expected: hash, found: found) }
  }

  fileprivate func checkPlace(before limit: Int, at line: Int) throws(FormatFault) {
    guard alignment >= 1, alignment <= 65536, alignment & (alignment - 1) == 0, offset % alignment == 0 else {
      throw .section(type, offset: line, .misaligned)
    }
    guard offset <= limit, storedBytes <= limit - offset else {
      let (sum, overflow) = offset.addingReportingOverflow(storedBytes)
      throw .section(type, offset: line, .pastEnd(bytes: overflow ? .max : sum - limit))
    }
  }

  fileprivate func checkCodec(_ type: SectionType, installed: Bool, at line: Int) throws(FormatFault) {
    guard let codec = Codec(rawValue: codec) else { throw .section(self.type, offset: line, .unknownCodec) }
    if codec == .store {
      guard storedBytes == rawBytes else { throw .section(self.type, offset: line, .lengths) }
    } else if installed {
      throw .section(self.type, offset: line, .unknownCodec)
    }
    if type == .weights, alignment < BundleFormat.blobAlignment { throw .section(self.type, offset: line, .misaligned) }
    if type.isRead, rawBytes > BundleFormat.maximumRecords {
      throw .section(self.type, offset: line, .tooLarge(bytes: rawBytes, limit: BundleFormat.maximumRecords))
    }
  }
}
