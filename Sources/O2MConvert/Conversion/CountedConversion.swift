import O2MBundle
import O2MGraph
import O2MImport
import O2MRuntime

/// What a conversion has beside its graph where lengths depend on data: the same graph at several of them, rewritten in step.
struct CountedConversion: Sendable {
  var graphs: SizedGraphs

  /// nil where no length depends on data.
  ///
  /// - Parameters:
  ///   - imported: the model with the longest results there can be.
  ///   - open: the model with extents of its inputs open; nil where they are fixed.
  init?(_ imported: ImportedModel, _ path: String, _ options: ImportOptions, _ open: SizedImport?) throws(OpenError) {
    guard imported.graph.hasCounts else { return nil }
    if let open { throw .countedAndOpen(symbols: open.symbols.map(\.name)) }
    guard let counted = try CountedImport(imported, path: path, options: options) else { return nil }
    graphs = try counted.graphs()
  }

  /// `flat`, which was made from `computed`, with what a run decides marked. `rewrite` makes `computed` of the optimized graph, and the
  /// same of the others.
  func counted(
    _ flat: FlatModel, rewrite: (Graph) throws(PatchError) -> Graph
  ) throws(ConversionError) -> FlatModel {
    var graphs = graphs, flat = flat
    do throws(PatchError) {
      graphs.typical = try rewrite(graphs.typical)
      for index in graphs.others.indices { graphs.others[index] = try rewrite(graphs.others[index]) }
    } catch { throw .passes(.patch(pass: "quantize-table", node: "", number: 0, error)) }
    do throws(PlanError) { try flat.count(graphs) } catch { throw .planning(error) }
    return flat
  }
}
