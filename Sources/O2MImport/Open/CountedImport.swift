import O2MGraph
import O2MOps

/// A model some of whose lengths depend on data, imported with several of them: what differs depends on them.
///
/// In what is given all of them are as long as they can be. The others are shorter; the imports have the same nodes with the same
/// attributes.
public struct CountedImport: Sendable {
  public let others: [ImportedModel]

  /// - Parameter longest: the model, imported with `CountTrial.most`.
  /// - Returns: nil where no length depends on data.
  /// - Errors: `.counted` where the model is another at other lengths; `.importing` where it takes the most only.
  public init?(_ longest: ImportedModel, path: String, options: ImportOptions) throws(OpenError) {
    guard longest.graph.hasCounts else { return nil }
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
      if let value = longest.graph.firstDifference(from: other.graph) { throw .counted(value: longest.graph[value].name) }
    }
    self.others = others
  }
}
