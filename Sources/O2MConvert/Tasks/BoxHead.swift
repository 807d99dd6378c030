import O2MRuntime
import O2MTensor

/// The layouts of outputs in which detectors are exported.
public enum BoxHead: String, CaseIterable, Sendable {
  /// Rows [1, N, 5 + C]: center, size, objectness, a share of each class. YOLOv7 and decoded YOLOX have it too.
  case yolov5
  /// Columns [1, 4 + C, N], or rows [1, N, 4 + C]: center, size, a share of each class. YOLOv9, 11 and 12, and -seg beside masks.
  case yolov8
  /// Rows [1, N, 5 + C] of cells: offsets, logarithms of sizes, objectness, a share of each class.
  case yolox
  /// Rows [1, N, 6] without what they suppress: corners, score, class. YOLO26 has it too.
  case yolov10
  /// Boxes [1, N, 4] and scores [1, N, C], decoded.
  case ssd
  /// Boxes [N, 4], classes [N] and scores [N] without what they suppress.
  case torchvision
  /// A grid [1, 5 + C, H, W]: objectness, offsets, sizes, a share of each class.
  case fastestdet
  /// One grid [1, A · (5 + C), H, W] of logits, A anchors in cells, classes by softmax.
  case yolov2Raw = "yolov2-raw"
  /// A grid [1, A · (5 + C), H, W], [1, A, H, W, 5 + C] or [1, H, W, A · (5 + C)] of logits for every level, sides by exponentials.
  case yolov3Raw = "yolov3-raw"
  /// The same with centers that reach a little beyond their cells.
  case yolov4Raw = "yolov4-raw"
  /// The same, sides by squares.
  case yolov5Raw = "yolov5-raw"
  /// The same with other anchors.
  case yolov7Raw = "yolov7-raw"
  /// A grid [1, 4 · R + C, H, W] for every level: the four sides in R bins each, a logit of each class.
  case yolov8Raw = "yolov8-raw"
  /// Rows [1, N, C + 4 · R] of all cells: a share of each class, the four sides in R bins each.
  case nanodet

  /// Names that stand for another's layout.
  private static let others = [
    "yolov7": yolov5, "yolov9": yolov8, "yolov11": yolov8, "yolo11": yolov8, "yolo12": yolov8, "yolo26": yolov10, "nms": torchvision,
    "yolov9-raw": yolov8Raw, "yolov11-raw": yolov8Raw, "yolo11-raw": yolov8Raw, "yolo12-raw": yolov8Raw,
  ]

  /// Whether its boxes stand around anchors.
  var hasAnchors: Bool {
    switch self {
    case .yolov2Raw, .yolov3Raw, .yolov4Raw, .yolov5Raw, .yolov7Raw: true
    default: false
    }
  }

  public init?(name: String) {
    guard let head = Self(rawValue: name) ?? Self.others[name] else { return nil }
    self = head
  }
}

/// What is known of a detector when its head is looked for.
struct BoxOutputs {
  struct Output {
    var name: String
    var type: TypedShape
    /// What makes its values, as far as the last nodes tell.
    var values: Values
    /// Whether the last nodes take an exponential.
    var isDecoded: Bool
  }

  enum Values { case any, softmax, sigmoid }

  var outputs: [Output]
  var labels: [String]
  /// Widths and heights, by level, that the user gives; those of the head's family else.
  var anchors: [Double] = []
  /// Of the input that takes the picture.
  var extent: Extent

  typealias Boxes = PictureTask.Boxes
  typealias Field = PictureTask.Boxes.Field

  /// Cells of the grids that YOLO's heads have, to strides of 32 or 64.
  private var grids: [(strides: [Int], cells: Int)] {
    [[8, 16, 32], [8, 16, 32, 64], [16, 32]].map { strides in
      (strides, strides.reduce(0) { $0 + extent.width / $1 * (extent.height / $1) })
    }
  }

  /// The heads that the outputs may be those of, told apart by shapes, labels and what the last nodes do.
  func heads() -> [BoxHead] { BoxHead.allCases.filter { boxes($0) != nil && suits($0) } }

  /// Whether nothing speaks for another head of the same shape.
  private func suits(_ head: BoxHead) -> Bool {
    guard let found = boxes(head) else { return false }
    guard found.levels == nil || outputs.count == (head == .yolov2Raw || head == .nanodet ? 1 : found.levels!.levels.count) else {
      return false
    }
    let output = outputs[found.box.output], count = candidates(found)
    let isGrid = grids.contains { $0.cells == count }, isAnchored = grids.contains { 3 * $0.cells == count }
    switch head {
    case .yolov5: return isAnchored || isGrid && output.isDecoded
    case .yolox: return !output.isDecoded
    case .yolov8: return found.box.axis == 1 || isGrid
    case .yolov10: return !isGrid && !isAnchored && count <= 1000
    case .fastestdet: return outputs.count == 1
    case .ssd, .torchvision, .yolov3Raw, .yolov4Raw, .yolov5Raw, .yolov7Raw, .yolov8Raw: return true
    // Rows of any length may be classes and bins, unless the labels tell or they are the usual ones.
    case .nanodet: return !labels.isEmpty || found.classCount == 80
    // A grid of one level may be anything, unless the labels tell. Beside a FastestDet of other classes than the usual ones both are named.
    case .yolov2Raw: return !labels.isEmpty || cells().map { $0.classCount != 80 } == true
    }
  }

  private func candidates(_ boxes: Boxes) -> Int {
    let shape = outputs[boxes.box.output].type.shape
    return shape.count / max(1, boxes.box.axis.map { shape[$0] } ?? 1)
  }

  /// What a head's boxes are in these outputs; nil where they do not fit it.
  func boxes(_ head: BoxHead) -> Boxes? {
    switch head {
    case .yolov5: return rows(grid: false)
    case .yolox: return rows(grid: true)
    case .yolov8: return columns()
    case .yolov10: return suppressedRows()
    case .ssd: return pair()
    case .torchvision: return triple()
    case .fastestdet: return cells()
    case .yolov2Raw, .yolov3Raw, .yolov4Raw, .yolov5Raw, .yolov7Raw, .yolov8Raw, .nanodet: return levels(head)
    }
  }

  private func dims(_ output: Int) -> [Int] { outputs[output].type.shape.dims }

  /// The first output of floats of this rank, with one picture.
  private func first(rank: Int, where fits: ([Int]) -> Bool) -> Int? {
    outputs.indices.first { index in
      let dims = dims(index)
      return outputs[index].type.element.isFloat && dims.count == rank && (rank < 3 || dims[0] == 1) && fits(dims)
    }
  }

  private func rows(grid: Bool) -> Boxes? {
    let found = first(rank: 3) { $0[2] >= 6 && (labels.isEmpty || $0[2] == 5 + labels.count) && $0[1] > 1 }
    guard let found else { return nil }
    let dims = dims(found)
    var boxes = Boxes(
      box: Field(output: found, axis: 2), scores: Field(output: found, axis: 2, first: 5), classCount: dims[2] - 5)
    boxes.objectness = Field(output: found, axis: 2, first: 4)
    guard grid else { return boxes }
    guard let strides = grids.first(where: { $0.cells == dims[1] })?.strides else { return nil }
    (boxes.unit, boxes.strides) = (.grids, strides)
    return boxes
  }

  private func columns() -> Boxes? {
    let found = first(rank: 3) { $0[1] != $0[2] && min($0[1], $0[2]) >= 5 }
    guard let found else { return nil }
    let dims = dims(found), axis = dims[1] < dims[2] ? 1 : 2
    // A net that also cuts objects out has coefficients of its masks behind the classes.
    let masks = outputs.indices.first { self.dims($0).count == 4 && $0 != found }.map { self.dims($0)[1] } ?? 0
    let entries = dims[axis] - 4, classes = entries > masks && (labels.isEmpty || entries != labels.count) ? entries - masks : entries
    guard labels.isEmpty || classes == labels.count else { return nil }
    return Boxes(box: Field(output: found, axis: axis), scores: Field(output: found, axis: axis, first: 4), classCount: classes)
  }

  private func suppressedRows() -> Boxes? {
    guard let found = first(rank: 3, where: { $0[2] == 6 }) ?? first(rank: 2, where: { $0[1] == 6 }) else { return nil }
    let axis = dims(found).count - 1
    var boxes = Boxes(
      box: Field(output: found, axis: axis), scores: Field(output: found, axis: axis, first: 4), classCount: max(1, labels.count))
    boxes.label = Field(output: found, axis: axis, first: 5)
    (boxes.form, boxes.suppression) = (.corners, .none)
    return boxes
  }

  private func pair() -> Boxes? {
    guard outputs.count == 2 else { return nil }
    for (box, other) in [(0, 1), (1, 0)] {
      let shape = dims(box).filter { $0 != 1 }, scores = dims(other).filter { $0 != 1 }
      guard shape.count == 2, shape[1] == 4, dims(box).last == 4, outputs[box].type.element.isFloat else { continue }
      guard outputs[other].type.element.isFloat, scores.first == shape[0], dims(other).count >= 2 else { continue }
      let classes = scores.count == 1 ? 1 : scores[1]
      guard scores.count <= 2, classes == dims(other).last else { continue }
      // Of two like shapes the names tell.
      if classes == 4, !outputs[box].name.lowercased().contains("box") { continue }
      let background = background(classes, outputs[other].values)
      guard labels.isEmpty || classes - (background == .unlabelled ? 1 : 0) == labels.count else { continue }
      var boxes = Boxes(
        box: Field(output: box, axis: dims(box).count - 1), scores: Field(output: other, axis: dims(other).count - 1), classCount: classes)
      (boxes.form, boxes.unit, boxes.background) = (.corners, .shares, background)
      if outputs[other].values == .any { boxes.activation = background == .none ? .sigmoid : .softmax }
      return boxes
    }
    return nil
  }

  /// Class 0 of shares that sum to one, unless there are as many labels and the first does not say so.
  private func background(_ classes: Int, _ values: Values) -> Boxes.Background {
    if classes == labels.count + 1, !labels.isEmpty { return .unlabelled }
    if let first = labels.first { return first.lowercased().contains("background") ? .labelled : .none }
    return values == .sigmoid || classes == 1 ? .none : .labelled
  }

  private func triple() -> Boxes? {
    let box = outputs.indices.first { dims($0).last == 4 && outputs[$0].type.element.isFloat && dims($0).count >= 2 }
    guard let box, outputs.count >= 3 else { return nil }
    let count = outputs[box].type.shape.count / 4
    let rows = outputs.indices.filter { $0 != box && outputs[$0].type.shape.count == count && count > 1 }
    func named(_ words: [String]) -> Int? { rows.first { row in words.contains { outputs[row].name.lowercased().contains($0) } } }
    let label = rows.first { outputs[$0].type.element.isInteger } ?? named(["label", "class"])
    guard let label, let scores = rows.first(where: { $0 != label && outputs[$0].type.element.isFloat }) else { return nil }
    guard outputs[label].type.element.isInteger || named(["score", "conf"]) == scores else { return nil }
    var boxes = Boxes(
      box: Field(output: box, axis: dims(box).count - 1), scores: Field(output: scores, axis: nil), classCount: max(1, labels.count))
    boxes.label = Field(output: label, axis: nil)
    (boxes.form, boxes.suppression) = (.corners, .none)
    if labels.first?.lowercased().contains("background") == true { boxes.background = .labelled }
    return boxes
  }

  private func cells() -> Boxes? {
    guard let found = first(rank: 4, where: { $0[1] >= 6 && (labels.isEmpty || $0[1] == 5 + labels.count) }) else { return nil }
    var boxes = Boxes(
      box: Field(output: found, axis: 1, first: 1), scores: Field(output: found, axis: 1, first: 5), classCount: dims(found)[1] - 5)
    boxes.objectness = Field(output: found, axis: 1)
    boxes.unit = .cells
    return boxes
  }
}
