import O2MOps
import O2MTensor

extension Session {
  /// One class and its share.
  public struct RankedClass: Equatable, Sendable {
    /// Its label's index.
    public let index: Int
    /// In 0...1; NaN where a score is not finite.
    public let share: Double
  }

  /// Prepares a picture for the input that takes it, runs the model, and gives the best classes.
  ///
  /// - Errors: those of `setPicture`, for the first input, where none takes the picture; of `run`; of `bestClasses`.
  public func classify(_ pixels: Pixels, top count: Int) throws(RunFault) -> [RankedClass] {
    try setPicture(pixels)
    try run()
    return try bestClasses(count)
  }

  /// Prepares a picture for the first input that it fills.
  func setPicture(_ pixels: Pixels) throws(RunFault) {
    var first: RunFault?
    for index in 0..<model.graph.inputCount {
      do throws(RunFault) {
        try setPicture(pixels, input: index)
        return
      } catch {
        guard case .picture(.inputShape) = error else { throw error }
        if first == nil { first = error }
      }
    }
    throw first ?? .picture(.unprepared)
  }

  /// The best classes of the last run, best first; the lower index wins a tie.
  ///
  /// They are those of the output that the bundle names; else of the first row of scores that has a label for each; else of the first row
  /// of scores.
  ///
  /// - Errors: `.noClasses`; `.format` where what the bundle says cannot be read.
  public func bestClasses(_ count: Int) throws(RunFault) -> [RankedClass] {
    guard let said = model.classes(try pictureTask()) else { throw .noClasses }
    let type = outputType(said.output)
    let tensor = Tensor(type.element, type.shape, storage: TensorStorage(borrowing: output(said.output)))
    guard let scores = ClassScores(tensor, as: said.scores) else { throw .noClasses }
    var classes: [RankedClass] = []
    for index in scores.best(count) { classes.append(RankedClass(index: index, share: scores.shares?[index] ?? .nan)) }
    return classes
  }
}

extension Model {
  /// The classes that the outputs give: those that the bundle's task names, else those of the first row of scores that has a label for
  /// each, else of the first row of scores; nil where there is none.
  public func classes(_ task: PictureTask) -> PictureTask.Classes? {
    task.classes ?? classOutput.map { PictureTask.Classes(output: $0, scores: .byValue) }
  }

  /// The output that is a row of scores, if possible with a label for each.
  fileprivate var classOutput: Int? {
    var first: Int?
    for (index, port) in manifest.outputs.enumerated() where ClassScores.isRow(port.type) {
      if port.type.shape.count == manifest.$labels.count { return index }
      if first == nil { first = index }
    }
    return first
  }
}
