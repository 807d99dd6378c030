import O2MOps

/// The original tensors that each value of the graph equals, for messages and reports; a bundle runs without them.
///
/// - Spec: Schemas/bundle.md, "Section names".
public struct Names: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.names

  /// By value index.
  private var texts: [UTF8Texts]

  public init(origins: [[String]]) { texts = origins.map { UTF8Texts(wrappedValue: $0) } }

  public var origins: [[String]] { texts.map { $0.wrappedValue } }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(texts.count))
    for names in texts { record.put(names.texts) }
    return record.bytes
  }

  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    let start = record.offset
    let count = try record.count(of: 4)
    guard count == graph.values.count else { throw .value(offset: start, found: count, limit: graph.values.count) }
    texts = []
    texts.reserveCapacity(count)
    for _ in 0..<count { texts.append(UTF8Texts(try record.texts())) }
  }

  /// The name of a value: the first tensor of the original model that it equals; nil where there is none.
  public subscript(value: Int) -> String? { text(of: value).map { String($0) } }

  func text(of value: Int) -> UTF8Text? { texts.indices.contains(value) ? texts[value].texts.first : nil }
}
