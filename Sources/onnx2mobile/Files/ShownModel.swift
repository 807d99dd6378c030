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

  /// Warnings go to stderr, and a note of what is open.
  init(_ path: String, _ options: ImportOptions) throws {
    self.path = path
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
    if let open { NoteMessages.write("\(open); what depends on it is shown as ?, and what it costs is left out", file: path) }
  }

  func graph(optimized: Bool) throws -> Graph {
    let graph = try Self.graph(imported, optimized, path)
    guard let other else { return graph }
    let second = try Self.graph(other, optimized, path)
    guard graph.isBuilt(as: second) else {
      throw Failure(
        .usage, "\(path): what the passes do depends on open extents: \(open ?? "")",
        help: "give them with --input-shape, or look at --stage imported")
    }
    return graph.leavingOpen(extents, whatDiffersFrom: second)
  }

  private static func graph(_ model: ImportedModel, _ optimized: Bool, _ path: String) throws -> Graph {
    var graph = model.graph
    guard optimized else { return graph }
    do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graph) } catch {
      throw ConversionMessages.failure(.passes(error), file: path)
    }
    return graph
  }
}
