import O2MOps

extension Preprocessing {
  func encode(to record: inout RecordWriter) {
    switch resize {
    case .none: record.put(UInt8(0), Extent(width: 0, height: 0))
    case .short(let side): record.put(UInt8(1), Extent(width: side, height: side))
    case .exact(let extent): record.put(UInt8(2), extent)
    case .letterbox(let extent):
      record.put(UInt8(3), extent)
      record.put(pad)
      record.put(align.rawValue)
    }
    record.put(filter.rawValue)
    record.put(UInt8(crop == nil ? 0 : 1), crop ?? Extent(width: 0, height: 0))
    record.put(order.rawValue)
    record.put(layout.rawValue)
    record.put(scale.bitPattern)
    for numbers in [mean, std] {
      record.put(UInt8(numbers.count))
      for number in numbers { record.put(number.bitPattern) }
    }
  }

  init(from record: inout RecordReader) throws(FormatFault) {
    self.init()
    let kind = try record.choice(4), extent = try record.extent(isAbsent: kind == 0)
    switch kind {
    case 0: resize = .none
    case 1: resize = .short(extent.width)
    case 2: resize = .exact(extent)
    default:
      resize = .letterbox(extent)
      pad = try record.byte()
      align = try record.option(Alignment.self)
    }
    filter = try record.option(Filter.self)
    let start = record.offset, isCropped = try record.flag(), part = try record.extent(isAbsent: !isCropped)
    crop = isCropped ? part : nil
    guard !isCropped || kind != 3 else { throw .value(offset: start, found: 1, limit: 1) }
    order = try record.option(Order.self)
    layout = try record.option(AxisOrder.self)
    scale = try record.finite()
    mean = try record.channelNumbers()
    let place = record.offset
    std = try record.channelNumbers()
    guard !std.contains(0) else { throw .value(offset: place, found: 0, limit: 1) }
  }
}

extension RecordWriter {
  fileprivate mutating func put(_ kind: UInt8, _ extent: Extent) {
    put(kind)
    put(UInt32(extent.width))
    put(UInt32(extent.height))
  }
}

extension RecordReader {
  mutating func option<Option: CaseIterable & RawRepresentable<UInt8>>(_: Option.Type) throws(FormatFault) -> Option {
    let start = offset, number = try byte()
    guard let option = Option(rawValue: number) else {
      throw .value(offset: start, found: Int(number), limit: Option.allCases.count)
    }
    return option
  }

  /// Sides of 1 to 8192 pixels; two zeros where there is nothing.
  fileprivate mutating func extent(isAbsent: Bool) throws(FormatFault) -> Extent {
    let width = try side(isAbsent), height = try side(isAbsent)
    return Extent(width: width, height: height)
  }

  private mutating func side(_ isAbsent: Bool) throws(FormatFault) -> Int {
    let start = offset, side = try index(below: isAbsent ? 1 : Preprocessing.longestSide + 1)
    guard isAbsent || side > 0 else { throw .value(offset: start, found: 0, limit: 1) }
    return side
  }

  mutating func finite() throws(FormatFault) -> Double {
    let start = offset, number = Double(bitPattern: try uint64())
    guard number.isFinite else { throw .value(offset: start, found: 0, limit: 0) }
    return number
  }

  /// One number, or three.
  fileprivate mutating func channelNumbers() throws(FormatFault) -> [Double] {
    let start = offset, count = Int(try byte())
    guard count == 1 || count == 3 else { throw .value(offset: start, found: count, limit: 4) }
    var numbers: [Double] = []
    for _ in 0..<count { numbers.append(try finite()) }
    return numbers
  }
}
