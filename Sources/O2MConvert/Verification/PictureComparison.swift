import O2MRuntime
import O2MTensor

/// What a model and its bundle see in pictures.
public struct PictureComparison: Sendable {
  /// A picture whose best class is another one in the bundle.
  public struct Flip: Equatable, Sendable {
    /// Below the folder.
    public var picture: String
    public var model: Int
    public var bundle: Int
    /// By how much the model prefers its own class to the bundle's, as a share of one; nil where a score is not finite.
    public var margin: Double?
    /// What it shows; nil where nobody said.
    public var label: Int?
  }

  /// How often the best class, and one of the best five, is the right one.
  public struct Accuracy: Equatable, Sendable {
    public var top1 = Proportion()
    public var top5 = Proportion()

    fileprivate mutating func add(_ scores: ClassScores, _ label: Int) {
      top1.add(scores.order.first == label)
      top5.add(scores.order.prefix(5).contains(label))
    }
  }

  /// The output that holds the scores; nil where none is a row of them.
  public private(set) var output: String?
  public private(set) var count = 0
  /// How often the best class is the same.
  public private(set) var top1 = Proportion()
  /// How often the model's best class is among the bundle's best five.
  public private(set) var top5 = Proportion()
  public private(set) var flips: [Flip] = []
  /// nil where the bundle does not say that its outputs are boxes.
  public private(set) var boxes: BoxComparison?
  /// Over the pictures that have a label.
  public private(set) var model = Accuracy()
  public private(set) var bundle = Accuracy()

  public init() {}

  mutating func add(_ picture: String, model: [DetectedBox], bundle: [DetectedBox]) {
    var boxes = boxes ?? BoxComparison()
    boxes.add(picture, model: model, bundle: bundle)
    self.boxes = boxes
  }

  /// - Parameter classes: what the outputs say of classes; nil where they say nothing.
  mutating func add(
    _ picture: String, _ names: [String], _ classes: PictureTask.Classes?, model: [Tensor], bundle: [Tensor], label: Int?
  ) {
    count += 1
    guard let classes, let own = ClassScores(model[classes.output], as: classes.scores),
      let found = ClassScores(bundle[classes.output], as: classes.scores)
    else { return }
    output = names[classes.output]
    let best = own.order[0], other = found.order[0]
    top1.add(best == other)
    top5.add(found.order.prefix(5).contains(best))
    if best != other {
      let margin = own.shares.map { $0[best] - $0[other] }
      flips.append(Flip(picture: picture, model: best, bundle: other, margin: margin, label: label))
    }
    if let label {
      self.model.add(own, label)
      self.bundle.add(found, label)
    }
  }
}
