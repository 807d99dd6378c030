import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension Graph {
  /// What a bundle says of the classes that its outputs give; nil where it knows neither labels nor pictures, or no output is a row of
  /// scores.
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
    return PictureTask.Classes(output: output, scores: scores(ofOutput: output))
  }

  /// Whether a value is a row of class scores, as far as its shape is known.
  package func isRow(_ value: ValueID) -> Bool {
    let type = self[value].type
    return type.shape.map { ClassScores.isRow(TypedShape(type.element, $0)) } ?? false
  }

  /// What the numbers of an output say of classes, by what makes them.
  public func scores(ofOutput index: Int) -> PictureTask.Scores { gives(shares: outputs[index]) ? .shares : .byValue }

  private func gives(shares value: ValueID) -> Bool {
    guard let node = producer(of: value) else { return false }
    switch node.op.shares {
    case .given: return true
    case .kept: return node.inputs.first.flatMap { $0 }.map { gives(shares: $0) } ?? false
    case .none: return false
    }
  }
}

extension FlatGraph {
  /// What the numbers of an output say of classes, by what makes them.
  public func scores(ofOutput index: Int) -> PictureTask.Scores { gives(shares: outputs[index]) ? .shares : .byValue }

  private func gives(shares value: Int) -> Bool {
    guard let node = nodes.first(where: { $0.outputs.contains(value) }) else { return false }
    switch node.op.shares {
    case .given: return true
    case .kept: return node.inputs.first.flatMap { $0 }.map { gives(shares: $0) } ?? false
    case .none: return false
    }
  }
}

/// Whether an operator's output holds shares: whatever goes in, or where its input does.
private enum Shares { case given, kept, none }

extension Op {
  fileprivate var shares: Shares {
    switch self {
    case .softmax, .sigmoid, .hardSigmoid: .given
    case .identity, .reshape, .flatten, .squeeze, .unsqueeze, .cast: .kept
    case .conv(let op): op.activation.givesShares ? .given : .none
    case .convTranspose(let op): op.activation.givesShares ? .given : .none
    case .gemm(let op): op.activation.givesShares ? .given : .none
    case .matMul(let op): op.activation.givesShares ? .given : .none
    default: .none
    }
  }
}

extension Activation {
  fileprivate var givesShares: Bool {
    switch self {
    case .sigmoid, .hardSigmoid: true
    default: false
    }
  }
}
