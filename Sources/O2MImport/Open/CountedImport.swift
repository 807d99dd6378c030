import O2MGraph
import O2MOps

/// A model some of whose lengths depend on data, imported with several of them: what differs depends on them.
///
/// In `typical` all of them are as long as they can be. The others are shorter; the imports have the same nodes with the same attributes.
public struct CountedImport: Sendable {
  public let typical: ImportedModel
  public let others: [ImportedModel]

  /// - Parameter typical: the model, imported with `CountTrial.most`.
  /// - Returns: nil where no length depends on data.
  /// - Errors: `.differs` where the model is another at other lengths; `.undecided`. `.importing` where it takes the most only.
  public init?(_ typical: ImportedModel, path: String, options: ImportOptions) throws(OpenError) {
    guard typical.graph.hasCounts else { return nil }
    self.typical = typical
    var others: [ImportedModel] = [], failure: ImportError?
    let file: ModelFile
    do throws(ImportError) { file = try ModelFile(path: path, limits: options.limits) } catch { throw .importing(error) }
    for trial in CountTrial.others {
      var options = options
      options.counts = trial
      do throws(ImportError) { others.append(try importModel(file, options)) } catch {
        // Some operators refuse lengths that are small: a run tells.
        failure = failure ?? error
      }
    }
    if others.isEmpty, let failure { throw .importing(failure) }
    for other in others {
      if let value = typical.graph.firstDifference(from: other.graph) { throw .counted(value: typical.graph[value].name) }
    }
    self.others = others
  }

  /// The graphs, to be rewritten in step.
  ///
  /// - Errors: `.undecided`.
  public func graphs() throws(OpenError) -> SizedGraphs {
    guard let graphs = SizedGraphs(typical.graph, others.map(\.graph), keepsDerived: false) else {
      throw .counted(value: typical.graph.name)
    }
    if let value = graphs.undecided(typical.decisions) { throw .undecided(value: graphs.typical[value].name) }
    return graphs
  }
}
