import O2MOps
import O2MTensor

/// The values of a bundle whose extents are known only when a run has come to them, because they depend on what an operand holds.
///
/// The graph states them for the longest results there can be. Memory is placed for the bytes that stand here; a run that asked for more
/// ends with a fault.
///
/// - Spec: Schemas/bundle.md, "Section counted".
public struct CountedValues: BundleSection, Equatable, Sendable {
  public static let type = SectionType.counted

  /// For each value of the graph the bytes that it may take; nil where its type is fixed.
  public private(set) var rooms: [Int?]

  public init(_ rooms: [Int?]) { self.rooms = rooms }

  /// A graph whose types are all fixed.
  package static let none = CountedValues([])

  public var isEmpty: Bool { rooms.isEmpty }

  /// The bytes that a value may take; nil where its type is fixed.
  package func room(_ value: Int) -> Int? { value < rooms.count ? rooms[value] : nil }

  package func contains(_ value: Int) -> Bool { room(value) != nil }

  /// Whether one of these slots holds such a value.
  package func touches(_ slots: [Plan.Slot], _ reads: [Int?], _ writes: [Int]) -> Bool {
    reads.contains { $0.map { contains(slots[$0].value) } ?? false } || writes.contains { contains(slots[$0].value) }
  }

  /// Whether a node reads or gives a value whose extents a run decides.
  package func touches(_ node: FlatGraph.Node) -> Bool {
    node.inputs.contains { $0.map { contains($0) } ?? false } || node.outputs.contains { contains($0) }
  }
}

extension CountedValues {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    var count = 0
    for room in rooms where room != nil { count += 1 }
    record.put(UInt32(count))
    for (value, room) in rooms.enumerated() {
      guard let room else { continue }
      record.put(UInt32(value))
      record.put(room)
    }
    return record.bytes
  }

  /// Reads the section of a bundle with this graph.
  init(from record: inout RecordReader, graph: FlatGraph, limits: Limits) throws(FormatFault) {
    rooms = [Int?](repeating: nil, count: graph.values.count)
    var last = graph.inputCount + graph.constantCount - 1
    for _ in 0..<(try record.count(of: 12)) {
      let start = record.offset, value = try record.index(below: graph.values.count)
      // Ascending; what nodes give.
      guard value > last else { throw .value(offset: start, found: value, limit: last) }
      last = value
      rooms[value] = try record.int(in: graph.values[value].byteCount...max(limits.arenaBytes, graph.values[value].byteCount))
    }
    guard record.isAtEnd else { throw .value(offset: record.offset, found: record.offset, limit: record.offset) }
  }
}
