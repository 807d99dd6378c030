import O2MOps
import O2MTensor

/// The input shapes that a bundle takes beside those of its manifest, and how to find what follows from them.
///
/// Types follow from the operators' own inference. Constants that follow from shapes, such as the target of a Reshape, are the results of a
/// graph of their own; the rest is a new placement in the arena.
///
/// - Spec: Schemas/bundle.md, "Section shapes".
public struct OpenShapes: BundleSection, Sendable {
  public static let type = SectionType.shapes

  /// An extent that the caller chooses: `minimum`, or a number of `step`s above it, up to `maximum`.
  public struct Symbol: Equatable, Sendable {
    @UTF8Text public var name: String
    public var minimum: Int
    public var maximum: Int
    public var step: Int
    /// The one that the plan of the bundle is for.
    public var typical: Int

    public init(_ name: UTF8Text, minimum: Int, maximum: Int, step: Int = 1, typical: Int) {
      _name = name
      self.minimum = minimum
      self.maximum = maximum
      self.step = step
      self.typical = typical
    }

    public func contains(_ extent: Int) -> Bool {
      extent >= minimum && extent <= maximum && (extent - minimum) % step == 0
    }

    /// The extent of the range that is nearest below, or else the least.
    package func nearest(_ extent: Int) -> Int {
      let inside = min(max(extent, minimum), maximum)
      return minimum + (inside - minimum) / step * step
    }
  }

  /// A constant of the model's graph that is a value of `program`.
  public struct Derived: Equatable, Sendable {
    public var constant: Int
    public var value: Int

    public init(constant: Int, value: Int) {
      self.constant = constant
      self.value = value
    }
  }

  public var symbols: [Symbol] = []
  /// For each axis of each input the symbol that it is; nil where the extent is fixed.
  public var axes: [[Int?]] = []
  /// From the inputs to the derived constants. Its nodes are looked at when shapes are set, and none of them in a run.
  public var program: FlatGraph
  /// What the constants of the program hold; nil for those of which only the type matters.
  public var constants: [Tensor?] = []
  /// For each node of the program whether it is computed; of the others only the types are inferred.
  public var isComputed: [Bool] = []
  public var derived: [Derived] = []
  /// Which slots of the plan lie in others.
  package var homes: ChannelHomes

  package init(program: FlatGraph, homes: ChannelHomes) {
    self.program = program
    self.homes = homes
  }
}

extension OpenShapes {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(symbols.count))
    for symbol in symbols {
      record.put(symbol.$name)
      record.put(symbol.minimum)
      record.put(symbol.maximum)
      record.put(symbol.step)
      record.put(symbol.typical)
    }
    for input in axes { for symbol in input { record.put(symbol.map { UInt32($0) } ?? .max) } }
    let graph = program.encoded()
    record.put(graph.count)
    record.put(raw: graph)
    for constant in constants {
      record.put(constant != nil)
      constant?.withBytes { bytes in for byte in bytes { record.put(byte) } }
    }
    for flag in isComputed { record.put(flag) }
    record.put(UInt32(derived.count))
    for item in derived {
      record.put(UInt32(item.constant))
      record.put(UInt32(item.value))
    }
    for slot in homes.slots {
      record.put(homes[slot].map { UInt32($0.slot) } ?? .max)
      record.put(homes[slot]?.channel ?? 0)
    }
    return record.bytes
  }

  /// Reads the section of a bundle with this graph and plan.
  init(from record: inout RecordReader, graph: FlatGraph, plan: Plan, limits: Limits) throws(FormatFault) {
    for _ in 0..<(try record.count(of: 36)) { symbols.append(try Symbol(from: &record)) }
    for input in 0..<graph.inputCount {
      var own: [Int?] = []
      for dim in graph.values[input].shape.dims {
        let start = record.offset, symbol = try record.optionalIndex(below: symbols.count)
        if let symbol, symbols[symbol].typical != dim { throw .value(offset: start, found: dim, limit: symbols[symbol].typical) }
        own.append(symbol)
      }
      axes.append(own)
    }
    let length = try record.length(), start = record.offset
    _ = try record.raw(length)
    var entry = record.inside(start, length)
    program = try FlatGraph(from: &entry, limit: limits.arenaBytes, constantLimit: limits.constantBytes)
    guard program.inputCount == graph.inputCount else {
      throw .value(offset: start, found: program.inputCount, limit: graph.inputCount)
    }
    for value in program.constants {
      guard try record.flag() else {
        constants.append(nil)
        continue
      }
      let type = program.values[value], bytes = try record.raw(type.byteCount)
      let tensor = Tensor(type.element, type.shape, storage: TensorStorage(byteCount: bytes.count))
      tensor.storage.bytes.copyMemory(from: bytes)
      constants.append(tensor)
    }
    for _ in program.nodes { isComputed.append(try record.flag()) }
    for _ in 0..<(try record.count(of: 8)) {
      let start = record.offset
      let item = Derived(constant: try record.index(below: graph.values.count), value: try record.index(below: program.values.count))
      guard graph.isConstant(item.constant), derived.last.map({ $0.constant < item.constant }) ?? true else {
        throw .value(offset: start, found: item.constant, limit: graph.values.count)
      }
      derived.append(item)
    }
    homes = try ChannelHomes(from: &record, slots: plan.slots.count)
    guard record.isAtEnd else { throw .value(offset: record.offset, found: record.offset, limit: record.offset) }
  }
}

extension OpenShapes.Symbol {
  fileprivate init(from record: inout RecordReader) throws(FormatFault) {
    _name = try record.text()
    let start = record.offset
    minimum = try record.int(in: 0...Int(Int32.max))
    maximum = try record.int(in: minimum...Int(Int32.max))
    step = try record.int(in: 1...Int(Int32.max))
    typical = try record.int(in: minimum...maximum)
    guard contains(typical), contains(maximum) else { throw .value(offset: start, found: typical, limit: maximum) }
  }
}

extension ChannelHomes {
  /// Every way through homes must end.
  fileprivate init(from record: inout RecordReader, slots: Int) throws(FormatFault) {
    let start = record.offset
    var homes: [Home?] = []
    for _ in 0..<slots {
      let slot = try record.optionalIndex(below: slots), channel = try record.int(in: 0...Int(Int32.max))
      homes.append(slot.map { Home(slot: $0, channel: channel) })
    }
    // 0: not looked at; 1: on the way at hand; 2: its way ends.
    var marks = [UInt8](repeating: 0, count: slots)
    for slot in 0..<slots {
      var next: Int? = slot, way: [Int] = []
      while let at = next, marks[at] == 0 {
        marks[at] = 1
        way.append(at)
        next = homes[at]?.slot
      }
      if let next, marks[next] == 1 { throw .value(offset: start, found: next, limit: slots) }
      for at in way { marks[at] = 2 }
    }
    self.init(homes)
  }
}
