import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension Graph {
  /// What a bundle says of the classes that its outputs give; nil where it knows neither labels nor pictures, or no output is a row of scores.
  ///
  /// What a Softmax or a Sigmoid gives are shares; of all else the values tell, as they do in a bundle that says nothing.
  func classes(_ manifest: Manifest) -> PictureTask.Classes? {
    guard !manifest.labels.isEmpty || !manifest.preprocessing.isEmpty else { return nil }
    return rowOfClasses(manifest)
  }

  /// The first row of scores with a class for each label, else the first.
  func rowOfClasses(_ manifest: Manifest) -> PictureTask.Classes? {
    let rows = outputs.indices.filter { isRow(outputs[$0]) }
    let labelled = rows.first { self[outputs[$0]].type.shape?.count == manifest.labels.count }
    guard let output = labelled ?? rows.first else { return nil }
    return PictureTask.Classes(output: output, scores: gives(shares: outputs[output]) ? .shares : .byValue)
  }

  /// Whether a value is a row of class scores, as far as its shape is known.
  package func isRow(_ value: ValueID) -> Bool {
    let type = self[value].type
    return type.shape.map { ClassScores.isRow(TypedShape(type.element, $0)) } ?? false
  }

  private func gives(shares value: ValueID) -> Bool {
    guard let node = producer(of: value) else { return false }
    switch node.op {
    case .softmax, .sigmoid, .hardSigmoid: return true
    case .identity, .reshape, .flatten, .squeeze, .unsqueeze, .cast:
      return node.inputs.first.flatMap { $0 }.map { gives(shares: $0) } ?? false
    default: return false
    }
  }
}
