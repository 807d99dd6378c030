import O2MGraph
import O2MOps
import O2MTensor

/// A model whose inputs have open extents, imported at several of them: what differs depends on them.
///
/// The extents that are tried are the typical ones, all smallest, all largest, and some in between that no power of two divides, for each
/// symbol others; the imports have the same nodes with the same attributes.
public struct SizedImport: Sendable {
  public let typical: ImportedModel
  public let others: [ImportedModel]
  public let symbols: [OpenSymbol]
  /// For each input of the graph and each axis the symbol; nil where the extent is fixed.
  public let axes: [[Int?]]
  /// The extents of the symbols in each of `others`.
  public let sizes: [[Int]]
  /// What the imports were told: that of the typical extents, and of each of `others`.
  let options: [ImportOptions]
  /// Symbols that the model takes in one size only, and that size.
  public let fixed: [OpenError.Sizes]

  /// The shapes of the graph's inputs at these extents of the symbols.
  public func shapes(_ sizes: [Int]) -> [Shape] {
    let graph = typical.graph
    return zip(graph.inputs, axes).map { id, axes in
      Shape(zip(graph.shape(id)?.dims ?? [], axes).map { extent, symbol in symbol.map { sizes[$0] } ?? extent })
    }
  }

  /// The sizes of the symbols at which the graph's inputs have the shapes of `tensors`; nil where it does not take them.
  public func sizes(of tensors: [Tensor]) -> [Int]? {
    var sizes = symbols.map(\.typical)
    for (tensor, axes) in zip(tensors, axes) {
      for (axis, symbol) in axes.enumerated() where axis < tensor.shape.rank { if let symbol { sizes[symbol] = tensor.shape[axis] } }
    }
    let graph = typical.graph, isInRange = zip(symbols, sizes).allSatisfy { $0.range.contains($1) }
    let elements = graph.inputs.map { graph[$0].type.element }
    return isInRange && shapes(sizes) == tensors.map(\.shape) && elements == tensors.map(\.element) ? sizes : nil
  }

  /// Imports the model at `path`; nil where all its extents are fixed. Without `symbols` each that the file or the caller names is one
  /// extent.
  ///
  /// - Parameter opensBatch: whether first extents stay open that would become 1.
  public init?(
    path: String, options: ImportOptions, open: OpenOptions, opensBatch: Bool,
    inspecting: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(OpenError) {
    let file: ModelFile, main: Subgraph
    do throws(ImportError) {
      file = try ModelFile(path: path, limits: options.limits, inspecting: inspecting)
      guard let graph = file.message.pointee.graph?.pointee else { throw .noGraph }
      main = try Subgraph(graph, in: file, opsets: file.opsets, kept: options.stateInputs)
    } catch { throw .importing(error) }
    var trial = try SizeTrial(file, main, options, open, opensBatch: opensBatch)
    guard !trial.symbols.isEmpty else { return nil }
    let typical = try trial.typical(), fixed: [OpenError.Sizes], all: [[Int]], others: [ImportedModel]
    do throws(OpenError) {
      fixed = try trial.findRanges(typical)
      guard !trial.openSymbols.isEmpty || open.isGiven else { return nil }
      // Where each symbol is one extent there are no others.
      (all, others) = trial.openSymbols.isEmpty ? ([], []) : try trial.samples(typical)
    } catch {
      // The graphs inside of a node hold the extents of what they read.
      guard case .differs = error, let node = typical.graph.nodes.first(where: { !$0.op.bodies.isEmpty }) else { throw error }
      throw .bodiesAndOpen(node: node.name, symbols: trial.symbols.map(\.name))
    }
    (sizes, self.others) = (all.map(trial.open), others)
    self.options = ([trial.typicalSizes] + all).map(trial.options)
    (self.typical, self.fixed) = (typical, fixed)
    symbols = trial.openSymbols
    axes = trial.axes(typical.graph)
  }
}
