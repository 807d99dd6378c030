import O2MOps

/// Puts sections one after another behind a header and a table. The bytes depend on nothing but the arguments.
public enum BundleWriter {
  public struct Part: Sendable {
    public var type: SectionType
    public var stored: [UInt8]
    public var rawBytes: Int
    public var codec: Codec
    /// XXH64 of the raw bytes.
    public var hash: UInt64

    public init(type: SectionType, stored: [UInt8], rawBytes: Int, codec: Codec, hash: UInt64) {
      self.type = type
      self.stored = stored
      self.rawBytes = rawBytes
      self.codec = codec
      self.hash = hash
    }
  }

  /// With the flag `installed` every section begins on a page, without it the weights begin at a multiple of 64 and the others of 8.
  public static func assemble(_ parts: [Part], flags: UInt32, minor: Int = BundleFormat.minor) -> [UInt8] {
    var header = BundleHeader()
    header.minor = minor
    header.flags = flags
    header.sectionCount = parts.count
    var table = RecordWriter()
    var end = BundleFormat.headerBytes + parts.count * BundleFormat.entryBytes
    var starts: [Int] = []
    for part in parts {
      let alignment = header.isInstalled ? BundleFormat.pageBytes : part.type == .weights ? BundleFormat.blobAlignment : 8
      end = (end + alignment - 1) / alignment * alignment
      Section(
        part.type, offset: end, storedBytes: part.stored.count, rawBytes: part.rawBytes, codec: part.codec, alignment: alignment,
        hash: part.hash
      ).encode(to: &table)
      starts.append(end)
      end += part.stored.count
    }
    header.totalBytes = end
    header.tableHash = table.bytes.withUnsafeBytes { xxh64($0) }
    var bytes = header.encoded() + table.bytes
    bytes.reserveCapacity(end)
    for (part, start) in zip(parts, starts) {
      bytes.append(contentsOf: [UInt8](repeating: 0, count: start - bytes.count))
      bytes.append(contentsOf: part.stored)
    }
    return bytes
  }
}
