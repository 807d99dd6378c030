import O2MOps

/// The original tensors that each value of the graph equals, for messages and reports; a bundle runs without them.
///
/// - Spec: Schemas/bundle.md, "Section names".
public struct Names: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.names

  /// By value index.
  public var origins: [[String]]

  public init(origins: [[String]]) { self.origins = origins }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(origins.count))
    for names in origins { record.put(names) }
    return record.bytes
  }

  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    let start = record.offset
    let count = try record.count(of: 4)
    guard count == graph.values.count else { throw .value(offset: start, found: count, limit: graph.values.count) }
    origins = []
    origins.reserveCapacity(count)
    for _ in 0..<count { origins.append(try record.texts()) }
  }

  /// The name of a value: the first tensor of the original model that it equals; nil where there is none.
  public subscript(value: Int) -> String? { origins.indices.contains(value) ? origins[value].first : nil }
}
