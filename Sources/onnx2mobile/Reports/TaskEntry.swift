import O2MConvert
import O2MGraph
import O2MRuntime
import O2MTensor

/// What a bundle says of a picture; the JSON keys are a contract.
struct TaskEntry: Encodable {
  var kind: String
  /// The layout of a detector's outputs.
  @OrNull var head: String?
  @OrNull var classes: Int?
  /// The outputs that are read.
  var outputs: [String]

  /// nil where the bundle says nothing.
  init?(_ conversion: Conversion) {
    let graph = conversion.imported.graph, outputs = graph.outputs
    self.init(conversion.task, head: conversion.head, names: outputs.map { graph[$0].name }, shapes: outputs.map { graph.shape($0) })
  }

  /// The same of a bundle, which does not tell how the head was called.
  init?(_ task: PictureTask, of model: Model) {
    let outputs = model.manifest.outputs
    self.init(task, head: nil, names: outputs.map(\.name), shapes: outputs.map(\.type.shape))
  }

  private init?(_ task: PictureTask, head: BoxHead?, names: [String], shapes: [Shape?]) {
    func read(_ indices: [Int]) -> [String] { indices.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.map { names[$0] } }
    if let boxes = task.boxes {
      let fields = boxes.levels?.levels.map(\.output) ?? [boxes.box, boxes.scores, boxes.objectness, boxes.label].compactMap { $0?.output }
      let isCounted = boxes.label == nil
      self.init(
        kind: "detect", head: head?.rawValue, classes: isCounted ? boxes.classCount - (boxes.background == .none ? 0 : 1) : nil,
        outputs: read(fields))
    } else if let map = task.classMap {
      let count = map.content == .number ? 2 : map.axis.flatMap { axis in shapes[map.output].map { $0[axis] } }
      self.init(kind: "segment", head: nil, classes: count, outputs: read([map.output]))
    } else if let classes = task.classes {
      self.init(kind: "classify", head: nil, classes: shapes[classes.output]?.count, outputs: read([classes.output]))
    } else {
      return nil
    }
  }

  private init(kind: String, head: String?, classes: Int?, outputs: [String]) {
    self.kind = kind
    self.outputs = outputs
    self.head = head
    self.classes = classes
  }

  /// One line.
  func text(_ task: PictureTask) -> String {
    var words = [kind, (head.map { "\($0) head in " } ?? "") + outputs.map { "'\($0.shortened(to: 30))'" }.joined(separator: ", ")]
    if let classes { words.append(Format.count(classes, "class", "classes")) }
    if let boxes = task.boxes {
      words.append("scores from \(Format.fixed(boxes.score, 2))")
      if boxes.suppression != .none {
        words.append("overlap to \(Format.fixed(boxes.overlap, 2))\(boxes.suppression == .all ? " over all classes" : "")")
      }
      words.append("at most \(boxes.most) boxes")
    }
    return "\(words[0]): \(words.dropFirst().joined(separator: ", "))"
  }
}
