import O2MOps
import O2MTensor

/// The inputs that take what an output of the run before gave: the state of a model that is run on one chunk after another.
///
/// - Spec: Schemas/bundle.md, "Section state".
public struct StateLinks: BundleSection, Equatable, Sendable {
  public static let type = SectionType.state

  /// An input, and the output that becomes its contents when a run has ended well.
  public struct Link: Equatable, Sendable {
    public var input: Int
    public var output: Int
    /// The input's elements before the first run, row-major and little-endian; nil for zeros.
    public var initial: [UInt8]?

    public init(input: Int, output: Int, initial: [UInt8]? = nil) {
      self.input = input
      self.output = output
      self.initial = initial
    }
  }

  /// By input, ascending.
  public let links: [Link]

  public init(_ links: [Link] = []) {
    self.links = sorted(links.count) { links[$0].input < links[$1].input }.map { links[$0] }
  }

  /// The output that an input takes; nil where the caller gives its elements.
  public func output(for input: Int) -> Int? { links.first { $0.input == input }?.output }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(links.count))
    for link in links {
      record.put(UInt32(link.input))
      record.put(UInt32(link.output))
      record.put(link.initial != nil)
      if let initial = link.initial { record.put(raw: initial) }
    }
    return record.bytes
  }

  /// Reads the section of a bundle with this graph, of whose input extents `shapes` says which are open. What a run decides the extents of
  /// is no state.
  init(from record: inout RecordReader, graph: FlatGraph, shapes: OpenShapes?, counted: CountedValues) throws(FormatFault) {
    var links: [Link] = []
    for _ in 0..<(try record.count(of: 9)) {
      let start = record.offset
      let input = try record.index(below: graph.inputCount), output = try record.index(below: graph.outputs.count)
      if let last = links.last, input <= last.input { throw .value(offset: start, found: input, limit: graph.inputCount) }
      let type = graph.values[input]
      let source = graph.outputs[output]
      guard graph.values[source] == type, !counted.contains(source) else {
        throw .value(offset: start + 4, found: output, limit: graph.outputs.count)
      }
      var initial: [UInt8]?
      let flag = record.offset
      if try record.flag() {
        guard shapes?.axes[input].contains(where: { $0 != nil }) != true else { throw .value(offset: flag, found: 1, limit: 1) }
        initial = [UInt8](try record.raw(type.byteCount))
      }
      links.append(Link(input: input, output: output, initial: initial))
    }
    guard record.isAtEnd else { throw .value(offset: record.offset, found: record.offset, limit: record.offset) }
    self.links = links
  }
}
