import O2MOps
import O2MTensor

/// Certificates at other extents of the inputs than those of the manifest.
///
/// - Spec: Schemas/bundle.md, "Section certified shapes".
public struct CertifiedShapes: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.certifiedShapes

  public struct Entry: Equatable, Sendable {
    /// The extents of the symbols, in their order.
    public var extents: [Int]
    /// A section certificate for the graph at these extents.
    public var certificate: [UInt8]
    /// Where it is in the bundle that it was read from.
    fileprivate var start = 0

    public init(extents: [Int], _ certificate: Certificate) {
      self.extents = extents
      self.certificate = certificate.encoded()
    }

    fileprivate init(from record: inout RecordReader) throws(FormatFault) {
      extents = []
      for _ in 0..<(try record.count(of: 8)) { extents.append(try record.int(in: 0...Int(Int32.max))) }
      let length = try record.length()
      start = record.offset
      certificate = [UInt8](try record.raw(length))
    }
  }

  public var entries: [Entry]

  public init(_ entries: [Entry]) { self.entries = entries }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(entries.count))
    for entry in entries {
      record.put(UInt32(entry.extents.count))
      for extent in entry.extents { record.put(extent) }
      record.put(entry.certificate.count)
      record.put(raw: entry.certificate)
    }
    return record.bytes
  }

  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    entries = []
    for _ in 0..<(try record.count(of: 12)) { entries.append(try Entry(from: &record)) }
    guard record.isAtEnd else { throw .value(offset: record.offset, found: record.offset, limit: record.offset) }
  }
}

extension OpenShapes {
  /// The shapes of the inputs at these extents of the symbols; `graph` has those that are fixed.
  package func shapes(_ graph: FlatGraph, _ extents: [Int]) -> [Shape] {
    var shapes: [Shape] = []
    for (input, axes) in axes.enumerated() {
      var dims = graph.values[input].shape.dims
      for (axis, symbol) in axes.enumerated() { if let symbol { dims[axis] = extents[symbol] } }
      shapes.append(Shape(dims))
    }
    return shapes
  }
}

extension Session {
  /// Resizes to the extents of an entry; nil where they take more memory than the limits of this program allow.
  ///
  /// - Errors: `.format` where the entry is damaged; those of `resize`.
  func certificate(at entry: CertifiedShapes.Entry, _ open: OpenShapes) throws(RunFault) -> Certificate? {
    guard entry.extents.count == open.symbols.count else {
      throw .format(.value(offset: entry.start, found: entry.extents.count, limit: open.symbols.count))
    }
    do throws(RunFault) { try resize(open.shapes(model.graph, entry.extents)) } catch {
      if case .shapes(.bytes) = error { return nil }
      throw error
    }
    do throws(FormatFault) {
      var record = try BundleReader(model.bytes.bytes).record(.certifiedShapes).inside(entry.start, entry.certificate.count)
      return try Certificate(from: &record, of: graph)
    } catch { throw .format(error) }
  }
}
