import O2MOps
import O2MTensor

/// What a model does with pictures: how one becomes the input, and how the output answers.
///
/// - Spec: Schemas/bundle.md, "Section pictures".
public struct PictureTask: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.pictures

  /// How an output's numbers become the shares of classes.
  public enum Scores: UInt8, CaseIterable, Sendable {
    /// As they are where they are shares already, by `ClassScores.isDistribution`; else softmax.
    case byValue
    /// They are shares, of one or each for itself.
    case shares
    case softmax
    /// Each class for itself: 1 / (1 + exp(−x)).
    case sigmoid
  }

  /// The classes that an output of the graph gives.
  public struct Classes: Equatable, Sendable {
    public var output: Int
    public var scores: Scores

    public init(output: Int, scores: Scores) {
      self.output = output
      self.scores = scores
    }
  }

  public var preprocessing: Preprocessing?
  public var classes: Classes?

  public init(preprocessing: Preprocessing? = nil, classes: Classes? = nil) {
    self.preprocessing = preprocessing
    self.classes = classes
  }
}

extension PictureTask {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(preprocessing != nil)
    preprocessing?.encode(to: &record)
    record.put(classes != nil)
    if let classes {
      record.put(UInt32(classes.output))
      record.put(classes.scores.rawValue)
    }
    return record.bytes
  }

  /// Reads the section; bytes after the last known field belong to a later minor version.
  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    if try record.flag() { preprocessing = try Preprocessing(from: &record) }
    guard try record.flag() else { return }
    let output = try record.index(below: graph.outputs.count)
    classes = Classes(output: output, scores: try record.option(Scores.self))
  }
}

extension Preprocessing {
  fileprivate func encode(to record: inout RecordWriter) {
    switch resize {
    case .none: record.put(UInt8(0), Extent(width: 0, height: 0))
    case .short(let side): record.put(UInt8(1), Extent(width: side, height: side))
    case .exact(let extent): record.put(UInt8(2), extent)
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

  fileprivate init(from record: inout RecordReader) throws(FormatFault) {
    self.init()
    let kind = try record.choice(3), extent = try record.extent(isAbsent: kind == 0)
    resize = kind == 0 ? .none : kind == 1 ? .short(extent.width) : .exact(extent)
    filter = try record.option(Filter.self)
    let isCropped = try record.flag(), part = try record.extent(isAbsent: !isCropped)
    crop = isCropped ? part : nil
    order = try record.option(Order.self)
    layout = try record.option(AxisOrder.self)
    scale = try record.finite()
    mean = try record.channelNumbers()
    let start = record.offset
    std = try record.channelNumbers()
    guard !std.contains(0) else { throw .value(offset: start, found: 0, limit: 1) }
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
  fileprivate mutating func option<Option: CaseIterable & RawRepresentable<UInt8>>(_: Option.Type) throws(FormatFault) -> Option {
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

  fileprivate mutating func finite() throws(FormatFault) -> Double {
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
