import O2MGraph
import O2MImport
import O2MPasses

/// An ONNX model that is looked at: with extents that stay open where neither the file nor a flag fixes them.
struct ShownModel {
  let path: String
  let imported: ImportedModel
  /// The same with other sizes in the place of open extents; nil where none is open.
  let other: ImportedModel?
  /// What is open, as a sentence says it; nil where nothing is.
  let open: String?
  private let extents: [OpenDim]
  private let options: ImportOptions

  /// Warnings go to stderr, and a note of what is open.
  init(_ path: String, _ options: ImportOptions) throws {
    self.path = path
    var options = options
    options.counts = .most
    self.options = options
    do throws(ImportError) {
      imported = try importModel(path: path, options: options)
      (other, open, extents) = (nil, nil, [])
    } catch {
      guard case .openDims(let dims) = error, let model = OpenModel(path: path, options: options, open: dims) else {
        throw ImportMessages.failure(error, file: path)
      }
      (imported, other) = (model.model, model.other)
      (open, extents) = (ImportMessages.openExtents(dims), dims)
    }
    // What is noted is right for other sizes than those that stand in.
    if open == nil { NoteMessages.write(imported.warnings, file: path) }
    if imported.graph.hasCounts { NoteMessages.write("lengths that depend on data are shown as long as they can be", file: path) }
    if let open { NoteMessages.write("\(open); what depends on it is shown as ?, and what it costs is left out", file: path) }
  }

  func graph(optimized: Bool) throws -> Graph {
    let graph = try graph(imported, optimized)
    guard let other else { return graph }
    let second = try self.graph(other, optimized)
    guard graph.isBuilt(as: second) else {
      throw Failure(
        .usage, "\(path): what the passes do depends on open extents: \(open ?? "")",
        help: "give them with --input-shape, or look at --stage imported")
    }
    return graph.leavingOpen(extents, whatDiffersFrom: second)
  }

  private func graph(_ model: ImportedModel, _ optimized: Bool) throws -> Graph {
    var graph = model.graph
    guard optimized else { return graph }
    if graph.hasCounts, open == nil {
      // Only what holds at all lengths is rewritten.
      let counted: SizedGraphs?
      do throws(OpenError) { counted = try VariedImport(model, nil, path: path, options: options)?.graphs } catch {
        throw ShapeMessages.failure(error, file: path)
      }
      if var graphs = counted {
        do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graphs) } catch {
          throw ConversionMessages.failure(.passes(error), file: path)
        }
        return graphs.computed
      }
    }
    do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graph) } catch {
      throw ConversionMessages.failure(.passes(error), file: path)
    }
    return graph
  }
}
