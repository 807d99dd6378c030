import O2MOps

/// The original tensors that each value of the graph equals, for reports; a bundle runs without them.
///
/// - Spec: Schemas/bundle.md, "Section names".
public struct Names: Equatable, Sendable {
  /// By value index.
  public var origins: [[String]]

  public init(origins: [[String]]) { self.origins = origins }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(origins.count))
    for names in origins { record.put(names) }
    return record.bytes
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    origins = []
    for _ in 0..<(try record.count(of: 4)) { origins.append(try record.texts()) }
  }
}
