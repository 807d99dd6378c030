import O2MTensor

// The fields of which a graph consists in a record.

extension RecordWriter {
  public mutating func put(_ value: UInt16) {
    put(UInt8(truncatingIfNeeded: value))
    put(UInt8(truncatingIfNeeded: value >> 8))
  }

  public mutating func put(raw bytes: [UInt8]) {
    for byte in bytes { put(byte) }
  }

  /// An element type and extents: one byte, one byte of rank, then 64 bits per extent.
  public mutating func put(_ type: TypedShape) {
    put(type.element.rawValue)
    put(UInt8(type.shape.rank))
    for dim in type.shape.dims { put(dim) }
  }
}

extension RecordReader {
  /// The most axes of a value.
  public static let maximumRank = 8

  public mutating func uint16() throws(FormatFault) -> UInt16 {
    let low = UInt16(try byte())
    return low | UInt16(try byte()) << 8
  }

  /// A 64-bit field that counts bytes or elements: not negative.
  public mutating func length() throws(FormatFault) -> Int {
    try int(in: 0...Int.max)
  }

  /// A 32-bit index below `limit`.
  public mutating func index(below limit: Int) throws(FormatFault) -> Int {
    let start = offset
    let value = Int(truncatingIfNeeded: try uint32())
    guard value >= 0, value < limit else { throw .value(offset: start, found: value, limit: limit) }
    return value
  }

  /// A 32-bit index below `limit`, or nil for 2³² − 1.
  public mutating func optionalIndex(below limit: Int) throws(FormatFault) -> Int? {
    let start = offset
    let field = try uint32()
    if field == .max { return nil }
    let value = Int(truncatingIfNeeded: field)
    guard value >= 0, value < limit else { throw .value(offset: start, found: value, limit: limit) }
    return value
  }

  /// An element type and extents whose product takes at most `limit` bytes.
  public mutating func typedShape(limit: Int) throws(FormatFault) -> TypedShape {
    let start = offset
    let number = try byte()
    guard let element = ElementType(rawValue: number), element.isHeld else {
      throw .value(offset: start, found: Int(number), limit: ElementType.allCases.count)
    }
    guard IncludedElements.has(element) else { throw .unknownElement(code: Int(number), offset: start) }
    let rank = try choice(Self.maximumRank + 1)
    var dims: [Int] = []
    dims.reserveCapacity(rank)
    // Extents of 0 count as 1 here, so that no product or stride of the others overflows either.
    var count = 1, overflows = false
    for _ in 0..<rank {
      let dim = try length(), product = count.multipliedReportingOverflow(by: max(1, dim))
      dims.append(dim)
      count = product.partialValue
      overflows = overflows || product.overflow
    }
    guard !overflows, count <= limit / element.size else {
      throw .value(offset: start, found: Shape(dims).checkedCount ?? .max, limit: limit / element.size)
    }
    return TypedShape(element, Shape(dims))
  }
}
