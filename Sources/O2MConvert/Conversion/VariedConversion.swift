import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor

/// What a conversion has beside its graph where extents vary: input extents stay open, or a run decides lengths, or both.
struct VariedConversion: Sendable {
  let imported: VariedImport
  /// As rewritten.
  var optimized: SizedGraphs

  init(_ imported: VariedImport) {
    self.imported = imported
    optimized = imported.graphs
  }

  /// Imports the model; what varies is nil where all extents are fixed.
  ///
  /// Without a word of the caller's, extents stay open where there would be no bundle else: one first extent becomes 1.
  static func importing(
    _ path: String, _ options: ImportOptions, _ open: OpenOptions, _ source: inout SourceIdentity
  ) throws(ConversionError) -> (ImportedModel, VariedConversion?) {
    do throws(OpenError) {
      let (typical, sized) = try sized(path, options, open, &source)
      return (typical, try VariedImport(typical, sized, path: path, options: options).map { VariedConversion($0) })
    } catch {
      if case .importing(let error) = error { throw .importing(error) }
      throw .open(error)
    }
  }

  /// The model, and it at other extents of its inputs; nil where they are fixed.
  private static func sized(
    _ path: String, _ options: ImportOptions, _ open: OpenOptions, _ source: inout SourceIdentity
  ) throws(OpenError) -> (ImportedModel, SizedImport?) {
    func identify(_ model: UnsafeRawBufferPointer) { source = SourceIdentity(model) }
    if !open.isGiven {
      do throws(ImportError) { return (try importModel(path: path, options: options, inspecting: identify), nil) } catch {
        guard case .openDims = error else { throw .importing(error) }
      }
    }
    if let sized = try SizedImport(path: path, options: options, open: open, opensBatch: true, inspecting: identify) {
      return (sized.typical, sized.symbols.isEmpty ? nil : sized)
    }
    do throws(ImportError) { return (try importModel(path: path, options: options, inspecting: identify), nil) } catch {
      throw .importing(error)
    }
  }

  /// `flat`, which was made from `computed` of the rewritten graphs, with what varies. `rewrite` makes that graph of the optimized one, and
  /// the same of the others.
  func varied(_ flat: FlatModel, rewrite: (Graph) throws(PatchError) -> Graph) throws(ConversionError) -> FlatModel {
    var graphs = optimized, flat = flat
    do throws(PatchError) {
      graphs.typical = try rewrite(graphs.typical)
      for index in graphs.others.indices { graphs.others[index] = try rewrite(graphs.others[index]) }
    } catch { throw .passes(.patch(pass: "quantize-table", node: "", number: 0, error)) }
    let open = imported.open.map { open in
      (
        symbols: open.symbols.map {
          OpenShapes.Symbol(
            UTF8Text($0.name), minimum: $0.range.minimum, maximum: $0.range.maximum, step: $0.range.step, typical: $0.typical)
        }, axes: open.axes
      )
    }
    do throws(PlanError) { try flat.vary(graphs, imported: imported.graphs, open: open) } catch { throw .planning(error) }
    return flat
  }

  /// The model at other extents of its inputs: as it was imported, and as rewritten.
  struct Size {
    var extents: [Int]
    var graph: Graph
    var optimized: Graph
  }

  /// The sizes that certificates are made at beside the typical one: the least of those that are measured, and the largest.
  var certified: [Size] {
    func elements(_ size: Size) -> Int { size.graph.inputs.reduce(0) { $0.clampedPlus(size.graph.shape($1)?.count ?? 0) } }
    let sizes = measured.map { (elements($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    return sizes.count < 2 ? sizes : [sizes[0], sizes[sizes.count - 1]]
  }

  /// All that were imported beside the typical one.
  var all: [Size] {
    guard let open = imported.open else { return [] }
    return open.sizes.indices.map { Size(extents: open.sizes[$0], graph: imported.graphs.others[$0], optimized: optimized.others[$0]) }
  }

  /// The sizes that numbers are measured at beside the typical one: those that take not much more time and memory.
  var measured: [Size] {
    let typical = imported.typical.graph, macs = max(typical.totalCost.macs.clampedTimes(4), 1 << 28)
    let bytes = max(typical.valueBytes.clampedTimes(4), 1 << 24)
    return all.filter { $0.graph.totalCost.macs <= macs && $0.graph.valueBytes <= bytes }
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
