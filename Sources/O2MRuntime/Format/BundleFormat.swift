import O2MOps

/// The fixed numbers of the bundle format; Schemas/bundle.md is the specification.
public enum BundleFormat {
  public static let magic: [UInt8] = [0x89, 0x4F, 0x32, 0x4D, 0x0D, 0x0A, 0x1A, 0x0A]
  public static let major = 1
  public static let minor = 6
  /// The first minor version with open shapes, which only bundles that have them state.
  public static let minorOfShapes = 7
  /// The same for state that a session carries from run to run.
  public static let minorOfState = 8
  /// The first with extents that a run decides.
  public static let minorOfCounts = 9
  /// The first with branches and loops that a run decides.
  public static let minorOfBodies = 10
  /// The first with extents that a run decides beside open shapes.
  public static let minorOfOpenCounts = 11
  /// The first with certificates at other input shapes.
  public static let minorOfCertifiedShapes = 12
  /// The first with boxes of a head that the model does not decode.
  public static let minorOfLevels = 13
  /// The newest minor version that this reader knows.
  public static let newestMinor = minorOfLevels
  public static let headerBytes = 64
  public static let entryBytes = 64
  /// XXH64 with seed 0.
  public static let hashAlgorithm: UInt32 = 1
  /// Header flag: every section is stored, and begins on a page.
  public static let installed: UInt32 = 1
  /// Header flags above this bit may not be ignored by a reader that does not know them.
  public static let requiredFlags: UInt32 = 0xFFFF_0000
  /// Section flag: a reader that does not know the section must refuse the bundle.
  public static let requiredSection: UInt32 = 1
  /// Sections of an installed bundle begin at multiples of this, the largest page of the systems we know.
  public static let pageBytes = 16384
  /// Weights, and arena places, begin at multiples of this.
  public static let blobAlignment = 64
  public static let maximumRank = RecordReader.maximumRank
  /// Bytes of a name or a label.
  public static let maximumText = 4096
  public static let maximumSections = 256
  /// Raw bytes of a section that is read field by field, which takes several times its length of memory.
  public static let maximumRecords = 1 << 26
}

/// The sections of format 1, in the order in which they stand.
public enum SectionType: UInt32, CaseIterable, Sendable {
  case manifest = 1, graph, plan, weights, certificate, names, fixedInputs, pictures, shapes, state, counted, bodies
  case certifiedShapes

  /// Whether every bundle has the section.
  public var isRequired: Bool { rawValue <= SectionType.weights.rawValue }

  /// Whether a reader that does not know the section must refuse the bundle.
  public var isEssential: Bool { isRequired || rawValue >= SectionType.shapes.rawValue && self != .certifiedShapes }

  /// Whether opening a bundle reads the section field by field.
  var isRead: Bool { self != .weights && self != .certificate && self != .fixedInputs && self != .certifiedShapes }

  /// Whether this build of the library reads it.
  var isIncluded: Bool {
    switch self {
    case .manifest, .graph, .plan, .weights, .names, .fixedInputs: true
    case .certificate: Included.has(.certificate)
    case .pictures: Included.has(.pictures)
    case .shapes: Included.has(.shapes)
    case .state: Included.has(.state)
    case .counted: Included.has(.counted)
    case .bodies: Included.has(.bodies)
    case .certifiedShapes: Included.has(.certificate) && Included.has(.shapes)
    }
  }

  public var name: StaticString {
    switch self {
    case .manifest: "manifest"
    case .graph: "graph"
    case .plan: "plan"
    case .weights: "weights"
    case .certificate: "certificate"
    case .names: "names"
    case .fixedInputs: "fixed inputs"
    case .pictures: "pictures"
    case .shapes: "shapes"
    case .state: "state"
    case .counted: "counted"
    case .bodies: "bodies"
    case .certifiedShapes: "certified shapes"
    }
  }
}

/// What a section holds. A new one is a case of `SectionType`, a file with its type, and a line where bundles are put together.
public protocol BundleSection {
  static var type: SectionType { get }
  func encoded() -> [UInt8]
}

/// A section that a bundle runs without: `Model.section` reads it when somebody asks.
public protocol OptionalSection: BundleSection {
  /// Reads what belongs to a bundle with this graph.
  init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault)
}

/// How the bytes of a section are stored.
public enum Codec: UInt32, Sendable {
  case store = 0
  /// One zstd frame.
  case zstd = 1
  /// One zstd frame of shuffled bytes, which tell how to bring them back.
  case byteShuffle = 2

  public var name: StaticString {
    switch self {
    case .store: "store"
    case .zstd: "zstd"
    case .byteShuffle: "byte shuffle"
    }
  }
}

/// The first 64 bytes of a bundle.
public struct BundleHeader: Equatable, Sendable {
  public var major = BundleFormat.major
  public var minor = BundleFormat.minor
  public var flags: UInt32 = 0
  public var sectionCount = 0
  public var totalBytes = 0
  public var tableOffset = BundleFormat.headerBytes
  public var tableHash: UInt64 = 0

  public init() {}

  public var isInstalled: Bool { flags & BundleFormat.installed != 0 }

  /// The 64 bytes, with their hash.
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    for byte in BundleFormat.magic { record.put(byte) }
    record.put(UInt16(major))
    record.put(UInt16(minor))
    record.put(flags)
    record.put(BundleFormat.hashAlgorithm)
    record.put(UInt32(sectionCount))
    record.put(totalBytes)
    record.put(tableOffset)
    record.put(sectionCount * BundleFormat.entryBytes)
    record.put(tableHash)
    record.put(record.bytes.withUnsafeBytes { xxh64($0) })
    return record.bytes
  }
}

/// One line of the section table.
public struct Section: Equatable, Sendable {
  /// A `SectionType`, or a number of a later format.
  public var type: UInt32
  public var flags: UInt32
  public var offset: Int
  public var storedBytes: Int
  public var rawBytes: Int
  public var codec: UInt32
  public var alignment: Int
  /// XXH64 of the raw bytes.
  public var hash: UInt64

  public init(_ type: SectionType, offset: Int, storedBytes: Int, rawBytes: Int, codec: Codec, alignment: Int, hash: UInt64) {
    self.type = type.rawValue
    flags = type.isEssential ? BundleFormat.requiredSection : 0
    self.offset = offset
    self.storedBytes = storedBytes
    self.rawBytes = rawBytes
    self.codec = codec.rawValue
    self.alignment = alignment
    self.hash = hash
  }

  public var range: Range<Int> { offset..<offset + storedBytes }
  public var isRequired: Bool { flags & BundleFormat.requiredSection != 0 }

  public func encode(to record: inout RecordWriter) {
    record.put(type)
    record.put(flags)
    record.put(offset)
    record.put(storedBytes)
    record.put(rawBytes)
    record.put(codec)
    record.put(UInt32(alignment))
    record.put(hash)
    record.put(UInt64(0))
    record.put(UInt64(0))
  }

  /// Reads one line; places are checked by `BundleReader`.
  init(from record: inout RecordReader) throws(FormatFault) {
    type = try record.uint32()
    flags = try record.uint32()
    offset = try record.length()
    storedBytes = try record.length()
    rawBytes = try record.length()
    codec = try record.uint32()
    alignment = Int(try record.uint32() & 0x7FFF_FFFF)
    hash = try record.uint64()
    _ = try record.raw(16)
  }
}
