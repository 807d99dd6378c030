import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor

/// What a conversion has beside its graph where input extents stay open.
struct OpenConversion: Sendable {
  let imported: SizedImport
  /// As imported, and as rewritten.
  let graphs: SizedGraphs
  var optimized: SizedGraphs

  init(_ imported: SizedImport) throws(OpenError) {
    if let node = imported.typical.graph.nodes.first(where: { !$0.op.bodies.isEmpty }) {
      throw .bodiesAndOpen(node: node.name, symbols: imported.symbols.map(\.name))
    }
    guard let graphs = SizedGraphs(imported.typical.graph, imported.others.map(\.graph)) else {
      throw .differs(value: imported.typical.graph.name, [])
    }
    if let value = graphs.undecided(imported.typical.decisions) { throw .undecided(value: graphs.typical[value].name) }
    self.imported = imported
    self.graphs = graphs
    optimized = graphs
  }

  /// Imports the model; what stays open is nil where all extents are fixed.
  ///
  /// Without a word of the caller's, extents stay open where there would be no bundle else: one first extent becomes 1.
  static func importing(
    _ path: String, _ options: ImportOptions, _ open: OpenOptions, _ source: inout SourceIdentity
  ) throws(ConversionError) -> (ImportedModel, OpenConversion?) {
    func identify(_ model: UnsafeRawBufferPointer) { source = SourceIdentity(model) }
    if !open.isGiven {
      do throws(ImportError) {
        return (try importModel(path: path, options: options, inspecting: identify), nil)
      } catch { guard case .openDims = error else { throw .importing(error) } }
    }
    do throws(OpenError) {
      if let sized = try SizedImport(path: path, options: options, open: open, opensBatch: true, inspecting: identify) {
        return (sized.typical, sized.symbols.isEmpty ? nil : try OpenConversion(sized))
      }
    } catch {
      if case .importing(let error) = error { throw .importing(error) }
      throw .open(error)
    }
    do throws(ImportError) { return (try importModel(path: path, options: options, inspecting: identify), nil) } catch {
      throw .importing(error)
    }
  }

  /// `flat`, which was made from `typical`, with its shapes open. `rewrite` makes `typical` of the optimized graph, and the same of the
  /// others.
  func opened(
    _ flat: FlatModel, _ typical: Graph, rewrite: (Graph) throws(PatchError) -> Graph
  ) throws(ConversionError) -> FlatModel {
    var graphs = optimized, flat = flat
    graphs.typical = typical
    do throws(PatchError) { for index in graphs.others.indices { graphs.others[index] = try rewrite(graphs.others[index]) } } catch {
      throw .passes(.patch(pass: "quantize-table", node: "", number: 0, error))
    }
    let symbols = imported.symbols.map {
      OpenShapes.Symbol($0.name, minimum: $0.range.minimum, maximum: $0.range.maximum, step: $0.range.step, typical: $0.typical)
    }
    do throws(PlanError) { try flat.open(graphs, imported: self.graphs, symbols: symbols, axes: imported.axes) } catch {
      throw .planning(error)
    }
    return flat
  }

  /// The sizes that numbers are measured at beside the typical one: those that take not much more time and memory.
  var measured: [(sizes: [Int], graph: Graph)] {
    let typical = graphs.typical, macs = max(typical.totalCost.macs.clampedTimes(4), 1 << 28)
    let bytes = max(typical.valueBytes.clampedTimes(4), 1 << 24)
    return zip(imported.sizes, graphs.others).filter { _, graph in graph.totalCost.macs <= macs && graph.valueBytes <= bytes }
      .map { ($0, $1) }
  }
}

extension Graph {
  /// Bytes of all values that nodes give.
  fileprivate var valueBytes: Int {
    nodes.reduce(0) { total, node in
      node.outputs.reduce(total) { $0.clampedPlus((shape($1)?.count ?? 0).clampedTimes(self[$1].type.element.size)) }
    }
  }
}
