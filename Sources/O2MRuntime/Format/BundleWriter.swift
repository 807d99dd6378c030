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

  /// Where everything lies: with the flag `installed` every section begins on a page, without it the weights begin at a multiple of 64
  /// and the others of 8.
  public struct Layout: Sendable {
    /// Header and table.
    public let head: [UInt8]
    /// Where each section begins.
    public let starts: [Int]
    /// The length of the file.
    public let count: Int

    /// The stored bytes of `parts` are not looked at but for their number.
    public init(_ parts: [Line], flags: UInt32, minor: Int = BundleFormat.minor) {
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
          part.type, offset: end, storedBytes: part.storedBytes, rawBytes: part.rawBytes, codec: part.codec, alignment: alignment,
          hash: part.hash
        ).encode(to: &table)
        starts.append(end)
        end += part.storedBytes
      }
      header.totalBytes = end
      header.tableHash = table.bytes.withUnsafeBytes { xxh64($0) }
      head = header.encoded() + table.bytes
      self.starts = starts
      count = end
    }
  }

  /// What the table says of a section.
  public struct Line: Sendable {
    public var type: SectionType
    public var storedBytes: Int
    public var rawBytes: Int
    public var codec: Codec
    /// XXH64 of the raw bytes.
    public var hash: UInt64

    public init(type: SectionType, storedBytes: Int, rawBytes: Int, codec: Codec, hash: UInt64) {
      self.type = type
      self.storedBytes = storedBytes
      self.rawBytes = rawBytes
      self.codec = codec
      self.hash = hash
    }
  }

  /// The file, laid out as `Layout` says.
  public static func assemble(_ parts: [Part], flags: UInt32, minor: Int = BundleFormat.minor) -> [UInt8] {
    let lines = parts.map {
      Line(type: $0.type, storedBytes: $0.stored.count, rawBytes: $0.rawBytes, codec: $0.codec, hash: $0.hash)
    }
    let layout = Layout(lines, flags: flags, minor: minor)
    var bytes = layout.head
    bytes.reserveCapacity(layout.count)
    for (part, start) in zip(parts, layout.starts) {
      bytes.append(contentsOf: [UInt8](repeating: 0, count: start - bytes.count))
      bytes.append(contentsOf: part.stored)
    }
    return bytes
  }
}
