import O2MConvert

/// What a model and its bundle see in pictures; the JSON keys are a contract.
struct PicturesReport: Encodable {
  struct Share: Encodable {
    var hits: Int
    var count: Int
    var share: Double
    /// Ends of Wilson's 95 % interval.
    var low: Double
    var high: Double

    init(_ proportion: Proportion) {
      (hits, count, share) = (proportion.hits, proportion.count, proportion.share)
      (low, high) = (proportion.interval.lowerBound, proportion.interval.upperBound)
    }
  }

  struct Accuracy: Encodable {
    var top1: Share
    var top5: Share

    init(_ accuracy: PictureComparison.Accuracy) { (top1, top5) = (Share(accuracy.top1), Share(accuracy.top5)) }
  }

  struct Flip: Encodable {
    var picture: String
    var modelClass: Int
    var modelLabel: String
    var bundleClass: Int
    var bundleLabel: String
    @OrNull var margin: Double?
    @OrNull var label: Int?

    enum CodingKeys: String, CodingKey {
      case picture, modelClass = "model_class", modelLabel = "model_label", bundleClass = "bundle_class", bundleLabel = "bundle_label"
      case margin, label = "shown_class"
    }

    init(_ flip: PictureComparison.Flip, _ labels: [String]) {
      func name(_ index: Int) -> String { index < labels.count ? labels[index] : "" }
      picture = flip.picture
      (modelClass, modelLabel, bundleClass, bundleLabel) = (flip.model, name(flip.model), flip.bundle, name(flip.bundle))
      margin = flip.margin
      label = flip.label
    }
  }

  struct Boxes: Encodable {
    var model: Int
    var bundle: Int
    var pairs: Int
    var meanOverlap: Double
    var leastOverlap: Double
    var largestScoreDifference: Double
    /// Pictures in which a box has no partner.
    var differing: [String]

    enum CodingKeys: String, CodingKey {
      case model, bundle, pairs, meanOverlap = "mean_iou", leastOverlap = "least_iou"
      case largestScoreDifference = "largest_score_difference", differing
    }

    init(_ comparison: BoxComparison) {
      (model, bundle, pairs, differing) = (comparison.model, comparison.bundle, comparison.pairs, comparison.differing)
      (meanOverlap, leastOverlap) = (comparison.meanOverlap, comparison.leastOverlap)
      largestScoreDifference = comparison.largestScoreDifference
    }
  }

  let folder: String
  let count: Int
  /// The output that holds class scores; nil where none does, and then there are no shares.
  @OrNull var output: String?
  @OrNull var top1: Share?
  @OrNull var top5: Share?
  /// nil where nobody said what the pictures show.
  @OrNull var model: Accuracy?
  @OrNull var bundle: Accuracy?
  let flips: [Flip]
  /// nil where the bundle does not say that its outputs are boxes.
  @OrNull var boxes: Boxes?

  enum CodingKeys: String, CodingKey {
    case folder, count, output, top1 = "top1_agreement", top5 = "top5_agreement", model = "model_accuracy", bundle = "bundle_accuracy"
    case flips, boxes
  }

  init(_ comparison: PictureComparison, folder: String, labels: [String]) {
    self.folder = folder
    count = comparison.count
    flips = comparison.flips.map { Flip($0, labels) }
    boxes = comparison.boxes.map(Boxes.init)
    output = comparison.output
    let isScored = comparison.output != nil, isLabelled = comparison.model.top1.count > 0
    top1 = isScored ? Share(comparison.top1) : nil
    top5 = isScored ? Share(comparison.top5) : nil
    model = isLabelled ? Accuracy(comparison.model) : nil
    bundle = isLabelled ? Accuracy(comparison.bundle) : nil
  }

  /// A line for each share: what it is, the share, and its interval.
  var rows: [[String]] {
    var rows: [(String, Share)] = []
    if let top1 { rows.append(("same best class", top1)) }
    if let top5 { rows.append(("model's best among the bundle's five", top5)) }
    if let model, let bundle {
      rows += [
        ("model right", model.top1), ("bundle right", bundle.top1), ("model right in five", model.top5),
        ("bundle right in five", bundle.top5),
      ]
    }
    return rows.map { name, share in
      [name, "\(share.hits) of \(share.count)", Self.percent(share.share), "\(Self.percent(share.low)) to \(Self.percent(share.high))"]
    }
  }

  static let heads = ["pictures", "count", "share", "95 % interval (Wilson)"]

  /// The flips, those that the model was surest of first.
  var flipRows: [[String]] {
    flips.sorted { ($0.margin ?? 1, $1.picture) > ($1.margin ?? 1, $0.picture) }.map { flip in
      [
        flip.picture, Self.name(flip.modelClass, flip.modelLabel), Self.name(flip.bundleClass, flip.bundleLabel),
        flip.margin.map(Self.percent) ?? "",
      ]
    }
  }

  static let flipHeads = ["flipped", "model", "bundle", "margin"]
  /// As many flips are printed; JSON has all.
  static let mostFlips = 20

  private static func name(_ index: Int, _ label: String) -> String { label.isEmpty ? "\(index)" : "\(index) \(label)" }
  private static func percent(_ share: Double) -> String { "\(Format.fixed(share * 100, 1)) %" }

  var text: String {
    if let boxes { return Self.text(boxes) }
    guard !rows.isEmpty else { return "  no output is a row of class scores\n\n" }
    var table = Table([.left, .right, .right, .right], indent: "  ")
    for row in [Self.heads] + rows { table.add(row) }
    var text = table.text + "\n"
    if !flips.isEmpty {
      var table = Table([.left, .left, .left, .right], indent: "  ")
      for row in [Self.flipHeads] + flipRows.prefix(Self.mostFlips) { table.add(row) }
      let rest = flips.count - Self.mostFlips
      text += table.text + (rest > 0 ? "  and \(Format.grouped(rest)) more, which --format json has\n" : "") + "\n"
    }
    return text
  }

  private static func text(_ boxes: Boxes) -> String {
    var table = Table([.left, .left], indent: "  ")
    table.add("boxes of the model", Format.grouped(boxes.model))
    table.add("boxes of the bundle", Format.grouped(boxes.bundle))
    table.add("pairs of one class", Format.grouped(boxes.pairs))
    table.add("overlap of a pair", "\(percent(boxes.meanOverlap)) on average, \(percent(boxes.leastOverlap)) at least")
    table.add("scores differ", "by \(percent(boxes.largestScoreDifference)) at most")
    let names = boxes.differing.prefix(mostFlips), rest = boxes.differing.count - names.count
    if !names.isEmpty {
      table.add("without a partner", "in \(names.joined(separator: ", "))" + (rest > 0 ? " and \(Format.grouped(rest)) more" : ""))
    }
    return table.text + "\n"
  }
}
