import O2MOps
import O2MTensor

/// The values of a bundle whose extents are known only when a run has come to them, because they depend on what an operand holds.
///
/// The graph states them for the longest results there can be. Memory is placed for the bytes that stand here; a run that asked for more
/// ends with a fault. Where input extents are open, how long results can be follows from them when they are set.
///
/// - Spec: Schemas/bundle.md, "Section counted".
public struct CountedValues: BundleSection, Equatable, Sendable {
  public static let type = SectionType.counted

  /// For each value of the graph the bytes that it may take; nil where its type is fixed.
  public private(set) var rooms: [Int?]
  /// For each value of the graph the value of `OpenShapes.program` that is of its type; nil where that follows from the operands of its
  /// node. Empty where the shapes of the inputs are fixed.
  public private(set) var bounds: [Int?]

  public init(_ rooms: [Int?], bounds: [Int?] = []) {
    self.rooms = rooms
    self.bounds = bounds
  }

  /// A graph whose types are all fixed.
  package static let none = CountedValues([])

  public var isEmpty: Bool { rooms.isEmpty }

  /// The bytes that a value may take; nil where its type is fixed.
  package func room(_ value: Int) -> Int? { value < rooms.count ? rooms[value] : nil }

  package func contains(_ value: Int) -> Bool { room(value) != nil }

  /// The value of the program that is of a value's type.
  func bound(_ value: Int) -> Int? { value < bounds.count ? bounds[value] : nil }

  /// What the values may take at the input shapes at which `graph` states their types: its bytes, and of what a node makes of its first
  /// operand by numbers that a run finds as many elements as that has. nil where the bytes cannot be counted.
  package func resized(_ graph: FlatGraph) -> CountedValues? {
    var resized = self
    for node in graph.nodes {
      for output in node.outputs where contains(output) {
        let type = graph.values[output]
        var bytes = type.byteCount
        if bound(output) != nil, let first = node.inputs.first ?? nil {
          let (most, overflow) = graph.values[first].shape.count.multipliedReportingOverflow(by: type.element.size)
          guard !overflow else { return nil }
          bytes = max(bytes, most)
        }
        resized.rooms[output] = bytes
      }
    }
    return resized
  }

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
      if !bounds.isEmpty { record.put(bounds[value].map { UInt32($0) } ?? .max) }
    }
    return record.bytes
  }

  /// Reads the section of a bundle with this graph. `program`: the types of the values of `OpenShapes.program` at the shapes of the bundle;
  /// nil where the shapes of the inputs are fixed.
  init(from record: inout RecordReader, graph: FlatGraph, program: [TypedShape]?, limits: Limits) throws(FormatFault) {
    rooms = [Int?](repeating: nil, count: graph.values.count)
    bounds = program == nil ? [] : rooms
    var last = graph.inputCount + graph.constantCount - 1
    for _ in 0..<(try record.count(of: program == nil ? 12 : 16)) {
      let start = record.offset, value = try record.index(below: graph.values.count)
      // Ascending; what nodes give.
      guard value > last else { throw .value(offset: start, found: value, limit: last) }
      last = value
      rooms[value] = try record.int(in: graph.values[value].byteCount...max(limits.arenaBytes, graph.values[value].byteCount))
      guard let program else { continue }
      let place = record.offset, bound = try record.optionalIndex(below: program.count)
      if let bound, program[bound] != graph.values[value] { throw .value(offset: place, found: bound, limit: program.count) }
      bounds[value] = bound
    }
    guard record.isAtEnd else { throw .value(offset: record.offset, found: record.offset, limit: record.offset) }
  }
}
