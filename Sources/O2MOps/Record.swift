import O2MTensor

/// Why a bundle cannot be read: numbers without names, as in every `…Fault`. `offset` counts bytes from the start of the file.
public enum FormatFault: Error, Equatable, Sendable {
  case tooShort(offset: Int, needed: Int, found: Int)
  case notABundle
  case version(major: Int, minor: Int)
  case headerHash(expected: UInt64, found: UInt64)
  case sectionHash(section: UInt32, offset: Int, expected: UInt64, found: UInt64)
  case unknownSection(UInt32, offset: Int)
  case missingSection(UInt32)
  case section(UInt32, offset: Int, SectionFault)
  case unknownOperator(code: Int, offset: Int)
  /// An element type that this library was built without.
  case unknownElement(code: Int, offset: Int)
  case value(offset: Int, found: Int, limit: Int)
  case unpacking(section: UInt32, offset: Int)
  /// The operands that a bundle gives to a node contradict its operator.
  case node(Int, offset: Int, OpFault)
  /// A step of the plan, or one of its operands, contradicts the graph or the steps before it.
  case step(Int, StepFault)
  /// The download form where the installed form is needed.
  case packed
}

/// What is wrong with a section's place in the file.
public enum SectionFault: Equatable, Sendable {
  case pastEnd(bytes: Int)
  /// More raw bytes than the section, or all sections together, may have.
  case tooLarge(bytes: Int, limit: Int)
  case overlaps, misaligned, unknownCodec, unsorted, twice, lengths
}

/// What is wrong with a step of a plan.
public enum StepFault: Equatable, Sendable {
  /// A slot holds another value than the node reads or writes.
  case wrongValue(slot: Int)
  /// A slot is read before anything wrote it, or after something else took its memory.
  case clobbered(slot: Int)
  /// A slot leaves the arena or the weights section, or is not aligned.
  case place(slot: Int)
  /// A layout, packing or precision that the operator does not take.
  case form(slot: Int)
  /// Two operands share memory where they may not.
  case overlap(slot: Int)
  /// Types of the outputs that the operator would not infer.
  case outputType(slot: Int)
}

/// Writes the attributes of an operator as little-endian fields.
public struct RecordWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func put(_ value: UInt8) { bytes.append(value) }
  public mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }
  public mutating func put(_ value: Float) { put(value.bitPattern) }
  public mutating func put(_ value: UInt32) { for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt32(shift)))) } }
  public mutating func put(_ value: UInt64) { for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(shift)))) } }
  /// A signed 64-bit field.
  public mutating func put(_ value: Int) { put(UInt64(bitPattern: Int64(value))) }
  /// A count and that many signed 64-bit fields.
  public mutating func put(_ values: [Int]) {
    put(UInt32(values.count))
    for value in values { put(value) }
  }
  public mutating func put(_ values: [Float]) {
    put(UInt32(values.count))
    for value in values { put(value) }
  }
  /// One byte: 0, or 1 and then the value.
  public mutating func put(_ value: Int?) {
    put(value != nil)
    if let value { put(value) }
  }
}

/// Reads what `RecordWriter` wrote; every read is checked against the end.
public struct RecordReader {
  private let bytes: UnsafeRawBufferPointer
  private let end: Int
  public private(set) var offset: Int
  /// How many graphs this is inside of.
  var depth = 0

  /// Reads `bytes[range]`; `offset` in faults counts from the start of `bytes`.
  public init(_ bytes: UnsafeRawBufferPointer, range: Range<Int>) {
    self.bytes = bytes
    offset = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  public var isAtEnd: Bool { offset >= end }

  /// A reader of `count` bytes from `offset`, both within this one's bytes, with the same offsets in faults.
  public func inside(_ offset: Int, _ count: Int) -> RecordReader {
    var reader = RecordReader(bytes, range: offset..<min(offset + count, end))
    reader.depth = depth
    return reader
  }

  private mutating func take(_ count: Int) throws(FormatFault) -> Int {
    guard count >= 0, count <= end - offset else { throw .tooShort(offset: offset, needed: count, found: end - offset) }
    defer { offset += count }
    return offset
  }

  public mutating func byte() throws(FormatFault) -> UInt8 { bytes[try take(1)] }

  public mutating func uint32() throws(FormatFault) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(4), as: UInt32.self))
  }

  public mutating func uint64() throws(FormatFault) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: try take(8), as: UInt64.self))
  }

  /// A truth value; any byte above 1 is a fault.
  public mutating func flag() throws(FormatFault) -> Bool { try choice(2) == 1 }

  /// A byte below `limit`.
  public mutating func choice(_ limit: Int) throws(FormatFault) -> Int {
    let start = offset
    let value = Int(try byte())
    guard value < limit else { throw .value(offset: start, found: value, limit: limit) }
    return value
  }

  public mutating func float() throws(FormatFault) -> Float { Float(bitPattern: try uint32()) }

  /// A signed 64-bit field within `range`. What nobody bounds closer fits 32 bits, so that its product with an extent, or with another
  /// such number, cannot overflow: no number of a record reaches an operator unbounded.
  public mutating func int(in range: ClosedRange<Int> = RecordReader.narrow) throws(FormatFault) -> Int {
    let start = offset
    let wide = Int64(bitPattern: try uint64())
    guard let value = Int(exactly: wide), range.contains(value) else {
      throw .value(offset: start, found: Int(clamping: wide), limit: range.upperBound)
    }
    return value
  }

  /// The numbers of 32 bits.
  public static var narrow: ClosedRange<Int> { Int(Int32.min)...Int(Int32.max) }
  /// Those that count something: groups, or the elements of a block.
  static var counts: ClosedRange<Int> { 1...Int(Int32.max) }

  /// A count of items that take at least `size` bytes each, so that a wrong count cannot ask for more memory than the file is long.
  public mutating func count(of size: Int) throws(FormatFault) -> Int {
    let start = offset
    let found = Int(try uint32())
    guard found <= (end - offset) / size else { throw .value(offset: start, found: found, limit: (end - offset) / size) }
    return found
  }

  public mutating func ints(in range: ClosedRange<Int> = RecordReader.narrow) throws(FormatFault) -> [Int] {
    let count = try count(of: 8)
    var values: [Int] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try int(in: range)) }
    return values
  }

  public mutating func floats() throws(FormatFault) -> [Float] {
    let count = try count(of: 4)
    var values: [Float] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try float()) }
    return values
  }

  public mutating func optionalInt() throws(FormatFault) -> Int? { try flag() ? try int() : nil }

  /// `count` raw bytes in place.
  public mutating func raw(_ count: Int) throws(FormatFault) -> UnsafeRawBufferPointer {
    let start = try take(count)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
  }
}
