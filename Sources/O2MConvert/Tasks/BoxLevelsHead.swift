import O2MRuntime
import O2MTensor

// Heads that a model leaves as its last convolutions make them.

extension BoxOutputs {
  private typealias Levels = PictureTask.Boxes.Levels

  /// What a head's boxes are in these outputs; nil where they do not fit it.
  func levels(_ head: BoxHead) -> Boxes? {
    switch head {
    case .yolov8Raw: return bins()
    case .nanodet: return rowsOfBins()
    default: return head.hasAnchors ? anchored(head) : nil
    }
  }

  /// The outputs that are grids of the picture, by their strides, and the numbers of a cell.
  private func grids(_ fits: (Int) -> Bool) -> [(output: Int, order: Levels.Order, stride: Int, numbers: Int)] {
    var found: [(output: Int, order: Levels.Order, stride: Int, numbers: Int)] = []
    for (index, output) in outputs.enumerated() where output.type.element.isFloat {
      let dims = output.type.shape.dims
      var forms: [(order: Levels.Order, rows: Int, columns: Int, numbers: Int)] = []
      if dims.count == 4, dims[0] == 1 {
        forms = [(.planes, dims[2], dims[3], dims[1]), (.pixels, dims[1], dims[2], dims[3])]
      } else if dims.count == 5, dims[0] == 1 {
        forms = [(.anchors, dims[2], dims[3], dims[1] * dims[4])]
      }
      let form = forms.first { form in
        guard form.rows > 0, form.columns > 0, extent.width % form.columns == 0, fits(form.numbers) else { return false }
        let stride = extent.width / form.columns
        return stride >= 4 && stride <= 128 && extent.height == stride * form.rows
      }
      if let form { found.append((index, form.order, extent.width / form.columns, form.numbers)) }
    }
    return found.sorted { $0.stride < $1.stride }
  }

  private func anchored(_ head: BoxHead) -> Boxes? {
    let isSingle = head == .yolov2Raw
    let grids = grids { numbers in labels.isEmpty ? numbers >= 6 : numbers % (5 + labels.count) == 0 }
    guard isSingle ? grids.count == 1 : (2...Levels.mostLevels).contains(grids.count), Set(grids.map(\.numbers)).count == 1 else {
      return nil
    }
    var all = anchors.isEmpty ? Self.usual(head, levels: grids.count) : anchors
    // The family's own are in cells.
    if isSingle, anchors.isEmpty { all = all.map { $0 * Double(grids[0].stride) } }
    let count = all.count / 2 / grids.count
    guard count > 0, count <= Levels.mostAnchors, all.count == 2 * count * grids.count, grids[0].numbers % count == 0 else { return nil }
    let classes = grids[0].numbers / count - 5
    guard classes > 0, labels.isEmpty || classes == labels.count else { return nil }
    for grid in grids where grid.order == .anchors && outputs[grid.output].type.shape[1] != count { return nil }
    let levels = grids.enumerated().map { level, grid in
      Levels.Level(
        output: grid.output, order: grid.order, stride: grid.stride, center: Self.center(head, stride: grid.stride),
        anchors: (0..<count).map { anchor in
          let place = 2 * (level * count + anchor)
          return Levels.Anchor(width: all[place], height: all[place + 1])
        })
    }
    var boxes = boxes(
      Levels(head == .yolov5Raw || head == .yolov7Raw ? .squares : .exponentials, hasObjectness: true, levels), classes: classes)
    boxes.activation = isSingle ? .softmax : activation(of: grids[0].output)
    return boxes
  }

  private func bins() -> Boxes? {
    let grids = grids { labels.isEmpty ? $0 > 64 : $0 > labels.count && ($0 - labels.count) % 4 == 0 }
    guard (2...Levels.mostLevels).contains(grids.count), Set(grids.map(\.numbers)).count == 1,
      !grids.contains(where: { $0.order == .anchors })
    else { return nil }
    let classes = labels.isEmpty ? grids[0].numbers - 64 : labels.count, bins = (grids[0].numbers - classes) / 4
    guard (2...Levels.mostBins).contains(bins) else { return nil }
    let levels = grids.map { Levels.Level(output: $0.output, order: $0.order, stride: $0.stride, center: 0.5, anchors: []) }
    var boxes = boxes(Levels(.distances, bins: bins, levels), classes: classes)
    boxes.activation = activation(of: grids[0].output)
    return boxes
  }

  /// NanoDet-Plus measures from the corners of cells.
  private func rowsOfBins() -> Boxes? {
    for (index, output) in outputs.enumerated() where output.type.element.isFloat {
      let dims = output.type.shape.dims
      guard dims.count == 3, dims[0] == 1 else { continue }
      let classes = labels.isEmpty ? dims[2] - 32 : labels.count
      guard classes > 0, dims[2] > classes, (dims[2] - classes) % 4 == 0, (2...Levels.mostBins).contains((dims[2] - classes) / 4) else {
        continue
      }
      for strides in [[8, 16, 32, 64], [8, 16, 32]] {
        let cells = strides.map { Levels.cells($0, extent) }
        guard cells.reduce(0, { $0 + $1.rows * $1.columns }) == dims[1] else { continue }
        let levels = strides.map { Levels.Level(output: index, order: .rows, stride: $0, center: 0, anchors: []) }
        var boxes = boxes(
          Levels(.distances, bins: (dims[2] - classes) / 4, scoresFirst: true, levels), classes: classes)
        boxes.activation = output.values == .any ? .sigmoid : .shares
        return boxes
      }
    }
    return nil
  }

  private func boxes(_ levels: Levels, classes: Int) -> Boxes {
    let field = Field(output: levels.levels[0].output, axis: nil)
    var boxes = Boxes(box: field, scores: field, classCount: classes)
    boxes.levels = levels
    return boxes
  }

  /// Logits, unless the model's last nodes make shares of them.
  private func activation(of output: Int) -> Boxes.Scores { outputs[output].values == .sigmoid ? .shares : .sigmoid }

  /// By how much centers reach beyond their cells.
  private static func center(_ head: BoxHead, stride: Int) -> Double {
    switch head {
    case .yolov5Raw, .yolov7Raw: 2
    case .yolov4Raw: stride <= 8 ? 1.2 : stride <= 16 ? 1.1 : 1.05
    default: 1
    }
  }

  /// Those that a family was trained with on COCO, YOLOv2 with its tiny net on Pascal VOC.
  private static func usual(_ head: BoxHead, levels: Int) -> [Double] {
    switch head {
    case .yolov2Raw: return [1.08, 1.19, 3.42, 4.41, 6.63, 11.38, 9.42, 5.11, 16.62, 10.52]
    case .yolov3Raw where levels == 2: return [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319]
    case .yolov3Raw, .yolov5Raw: return [10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326]
    case .yolov4Raw where levels == 2: return [23, 27, 37, 58, 81, 82, 81, 82, 135, 169, 344, 319]
    case .yolov4Raw, .yolov7Raw: return [12, 16, 19, 36, 40, 28, 36, 75, 76, 55, 72, 146, 142, 110, 192, 243, 459, 401]
    default: return []
    }
  }
}
