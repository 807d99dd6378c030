import O2MGraph
import O2MOps

/// A model at several extents of its inputs, and with several lengths where those depend on data: what holds at all of them holds for the
/// model.
public struct VariedImport: Sendable {
  public let typical: ImportedModel
  /// The extents of inputs; nil where they are fixed.
  public let open: SizedImport?
  /// Whether a run decides lengths.
  public var isCounted: Bool { typical.graph.hasCounts }
  /// The graphs, to be rewritten in step: those of `open` first, at each of which lengths are as long as they can be.
  public let graphs: SizedGraphs
  /// The others at the typical extents, which have shorter lengths.
  public let shorter: [Graph]

  /// - Parameters:
  ///   - typical: the model, imported with `CountTrial.most` and `options`.
  ///   - open: the same at other extents of its inputs, whose typical import it is.
  /// - Returns: nil where neither extents of inputs nor lengths vary.
  /// - Errors: `.counted` and `.differs` where the model is another at others; `.undecided`, `.bodiesAndOpen`.
  public init?(_ typical: ImportedModel, _ open: SizedImport?, path: String, options: ImportOptions) throws(OpenError) {
    (self.typical, self.open) = (typical, open)
    if let open, let node = typical.graph.nodes.first(where: { !$0.op.bodies.isEmpty }) {
      throw .bodiesAndOpen(node: node.name, symbols: open.symbols.map(\.name))
    }
    let counted = try CountedImport(typical, path: path, options: open?.options[0] ?? options)
    guard open != nil || counted != nil else { return nil }
    shorter = counted?.others.map(\.graph) ?? []
    var others = open?.others.map(\.graph) ?? []
    var longest = others.indices.map { $0 + 1 } + shorter.map { _ in 0 }
    others += shorter
    // At a second extent as well: what takes both there and here is of the extents alone.
    if let open, counted != nil, let number = open.others.indices.prefix(2).last,
      let more = try CountedImport(open.others[number], path: path, options: open.options[number + 1])
    {
      longest += more.others.map { _ in number + 1 }
      others += more.others.map(\.graph)
    }
    guard let graphs = SizedGraphs(typical.graph, others, longest: longest) else {
      throw counted == nil ? .differs(value: typical.graph.name, []) : .counted(value: typical.graph.name)
    }
    if let value = graphs.undecided(typical.decisions) { throw .undecided(value: graphs.typical[value].name) }
    self.graphs = graphs
  }
}
