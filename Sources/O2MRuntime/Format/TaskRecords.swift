import O2MOps
import O2MTensor

// What a bundle says of boxes and maps of classes. Everything that is read fits the outputs of the graph.

extension PictureTask.Boxes {
  func encode(to record: inout RecordWriter) {
    record.put(UInt32(input))
    record.put(layout.rawValue)
    record.put(box)
    record.put(form.rawValue)
    record.put(unit.rawValue)
    record.put(UInt8(strides.count))
    for stride in strides { record.put(UInt32(stride)) }
    record.put(scores)
    record.put(UInt32(classCount))
    for field in [objectness, label] {
      record.put(field != nil)
      if let field { record.put(field) }
    }
    encodeRules(to: &record)
  }

  init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    let input = try record.index(below: graph.inputCount), layout = try record.option(Preprocessing.AxisOrder.self)
    let start = record.offset
    let box = try record.field(4, of: graph)
    let form = try record.option(Form.self), unit = try record.option(Unit.self)
    var strides: [Int] = []
    for _ in 0..<(try record.choice(Self.mostGrids + 1)) { strides.append(try record.side()) }
    let place = record.offset
    let scores = try record.field(1, of: graph)
    self.init(box: box, scores: scores, classCount: try record.index(below: Self.mostCandidates))
    (self.input, self.layout, self.form, self.unit, self.strides) = (input, layout, form, unit, strides)
    if try record.flag() { objectness = try record.field(1, of: graph) }
    if try record.flag() { label = try record.field(1, of: graph) }
    try readRules(from: &record)
    guard classCount > 0, label != nil || classCount <= graph.entries(scores) - scores.first else {
      throw .value(offset: place, found: classCount, limit: graph.entries(scores) - scores.first + 1)
    }
    try check(graph, start)
  }

  static let mostGrids = 8

  /// Every field has the same number of candidates, and grids have as many cells.
  private func check(_ graph: FlatGraph, _ start: Int) throws(FormatFault) {
    let count = graph.candidates(box)
    guard count <= Self.mostCandidates else { throw .value(offset: start, found: count, limit: Self.mostCandidates) }
    for field in [scores, objectness, label] {
      guard let field else { continue }
      guard graph.candidates(field) == count else { throw .value(offset: start, found: graph.candidates(field), limit: count) }
    }
    let shape = graph.values[input].shape
    guard shape.rank >= 3 else { throw .value(offset: start, found: shape.rank, limit: 3) }
    switch unit {
    case .pixels, .shares: return
    case .grids:
      let cells = cells(shape.extent(layout))
      guard cells == count else { throw .value(offset: start, found: cells, limit: count) }
    case .cells:
      let output = graph.values[graph.outputs[box.output]].shape
      guard output.rank >= 3, box.axis == output.rank - 3, output[output.rank - 2] * output[output.rank - 1] == count else {
        throw .value(offset: start, found: output.rank, limit: 3)
      }
    }
  }

  /// Cells of all grids on an input of this extent.
  public func cells(_ extent: Extent) -> Int {
    var cells = 0
    for stride in strides { cells += (extent.width / stride) * (extent.height / stride) }
    return cells
  }
}

extension PictureTask.Boxes {
  /// The record of a head that the model does not decode.
  func encodeLevels(_ levels: Levels, to record: inout RecordWriter) {
    record.put(UInt32(input))
    record.put(layout.rawValue)
    record.put(levels.sides.rawValue)
    record.put(UInt8(levels.bins))
    record.put(levels.hasObjectness)
    record.put(levels.scoresFirst)
    record.put(UInt32(classCount))
    encodeRules(to: &record)
    record.put(UInt8(levels.levels.count))
    for level in levels.levels {
      record.put(UInt32(level.output))
      record.put(level.order.rawValue)
      record.put(UInt32(level.stride))
      record.put(level.center.bitPattern)
      record.put(UInt8(level.anchors.count))
      for anchor in level.anchors {
        record.put(anchor.width.bitPattern)
        record.put(anchor.height.bitPattern)
      }
    }
  }

  init(levelsFrom record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    let start = record.offset, field = Field(output: 0, axis: nil)
    self.init(box: field, scores: field, classCount: 1)
    input = try record.index(below: graph.inputCount)
    layout = try record.option(Preprocessing.AxisOrder.self)
    var levels = Levels(try record.option(Levels.Sides.self), [])
    let place = record.offset
    levels.bins = Int(try record.byte())
    guard levels.bins >= 1, levels.bins <= (levels.sides == .distances ? Levels.mostBins : 1) else {
      throw .value(offset: place, found: levels.bins, limit: Levels.mostBins)
    }
    levels.hasObjectness = try record.flag()
    levels.scoresFirst = try record.flag()
    classCount = try record.index(below: Self.mostCandidates)
    guard classCount > 0 else { throw .value(offset: record.offset, found: 0, limit: 1) }
    try readRules(from: &record)
    for _ in 0..<(try record.choice(Levels.mostLevels + 1)) {
      let output = try record.index(below: graph.outputs.count), order = try record.option(Levels.Order.self)
      var level = Levels.Level(output: output, order: order, stride: try record.side(), center: try record.finite(), anchors: [])
      for _ in 0..<(try record.choice(Levels.mostAnchors + 1)) {
        level.anchors.append(Levels.Anchor(width: try record.finite(), height: try record.finite()))
      }
      guard level.anchors.allSatisfy({ $0.width > 0 && $0.height > 0 }) else {
        throw .value(offset: record.offset, found: 0, limit: 1)
      }
      guard level.anchors.isEmpty == (levels.sides == .distances) else {
        throw .value(offset: record.offset, found: level.anchors.count, limit: Levels.mostAnchors)
      }
      levels.levels.append(level)
    }
    let shape = graph.values[input].shape
    guard let first = levels.levels.first, shape.rank >= 3,
      levels.candidates({ graph.values[graph.outputs[$0]].shape }, classes: classCount, shape.extent(layout)) != nil
    else { throw .value(offset: start, found: levels.levels.count, limit: Levels.mostLevels) }
    (box.output, scores.output) = (first.output, first.output)
    self.levels = levels
  }

  /// What scores are, and which boxes count.
  private func encodeRules(to record: inout RecordWriter) {
    record.put(activation.rawValue)
    record.put(background.rawValue)
    record.put(suppression.rawValue)
    record.put(score.bitPattern)
    record.put(overlap.bitPattern)
    record.put(UInt32(most))
  }

  private mutating func readRules(from record: inout RecordReader) throws(FormatFault) {
    activation = try record.option(Scores.self)
    background = try record.option(Background.self)
    suppression = try record.option(Suppression.self)
    score = try record.share()
    overlap = try record.share()
    let end = record.offset
    most = try record.index(below: Self.mostBoxes + 1)
    guard most > 0 else { throw .value(offset: end, found: 0, limit: 1) }
  }
}

extension PictureTask.ClassMap {
  func encode(to record: inout RecordWriter) {
    record.put(UInt32(input))
    record.put(layout.rawValue)
    record.put(UInt32(output))
    record.put(content.rawValue)
    record.put(UInt8(axis ?? 255))
    record.put(threshold.bitPattern)
  }

  init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    let input = try record.index(below: graph.inputCount), layout = try record.option(Preprocessing.AxisOrder.self)
    let start = record.offset
    let output = try record.index(below: graph.outputs.count), content = try record.option(Content.self)
    self.init(output: output, content: content, axis: try record.axis(of: graph.values[graph.outputs[output]].shape))
    (self.input, self.layout) = (input, layout)
    threshold = try record.finite()
    let rank = graph.values[input].shape.rank
    guard rank >= 3 else { throw .value(offset: start, found: rank, limit: 3) }
    guard fits(graph.values[graph.outputs[output]].shape) else { throw .value(offset: start, found: output, limit: 0) }
  }

  /// Whether an output of this shape is such a map.
  public func fits(_ shape: Shape) -> Bool {
    guard let place = place(shape), place.rows > 0, place.columns > 0 else { return false }
    switch content {
    case .scores: return axis != nil && place.classes > 1 && place.classes <= Self.mostClasses
    case .number, .classes: return place.classes == 1
    }
  }

  /// Rows, columns and classes of an output of this shape, and how many elements lie between neighbours; nil where other axes have more
  /// than one entry.
  func place(_ shape: Shape) -> (rows: Int, columns: Int, classes: Int, down: Int, across: Int, deep: Int)? {
    var sizes: [Int] = [], steps: [Int] = [], classes = 1, deep = 0, step = 1
    for index in 0..<shape.rank {
      let at = shape.rank - 1 - index
      if at == axis {
        (classes, deep) = (shape[at], step)
      } else {
        sizes.append(shape[at])
        steps.append(step)
      }
      step *= shape[at]
    }
    guard sizes.count >= 2 else { return nil }
    for index in 2..<max(2, sizes.count) where sizes[index] != 1 { return nil }
    return (sizes[1], sizes[0], classes, steps[1], steps[0], deep)
  }
}

extension Shape {
  /// Width and height of an input that takes pictures.
  package func extent(_ layout: Preprocessing.AxisOrder) -> Extent {
    let first = rank - (layout == .nchw ? 2 : 3)
    return Extent(width: self[first + 1], height: self[first])
  }
}

extension FlatGraph {
  /// Entries of the axis that a field lies on.
  fileprivate func entries(_ field: PictureTask.Boxes.Field) -> Int {
    field.axis.map { values[outputs[field.output]].shape[$0] } ?? 1
  }

  /// Candidates that an output has for a field.
  fileprivate func candidates(_ field: PictureTask.Boxes.Field) -> Int {
    values[outputs[field.output]].shape.count / max(1, entries(field))
  }
}

extension RecordWriter {
  fileprivate mutating func put(_ field: PictureTask.Boxes.Field) {
    put(UInt32(field.output))
    put(UInt8(field.axis ?? 255))
    put(UInt32(field.first))
  }
}

extension RecordReader {
  /// A field of so many entries, in an output of numbers.
  fileprivate mutating func field(_ count: Int, of graph: FlatGraph) throws(FormatFault) -> PictureTask.Boxes.Field {
    let output = try index(below: graph.outputs.count), shape = graph.values[graph.outputs[output]].shape
    let axis = try axis(of: shape), entries = axis.map { shape[$0] } ?? 1
    return PictureTask.Boxes.Field(output: output, axis: axis, first: try index(below: entries - count + 1))
  }

  /// An axis of a shape; nil for 255.
  fileprivate mutating func axis(of shape: Shape) throws(FormatFault) -> Int? {
    let start = offset, axis = Int(try byte())
    guard axis == 255 || axis < shape.rank else { throw .value(offset: start, found: axis, limit: shape.rank) }
    return axis == 255 ? nil : axis
  }

  /// 1 to 8192.
  fileprivate mutating func side() throws(FormatFault) -> Int {
    let start = offset, side = try index(below: Preprocessing.longestSide + 1)
    guard side > 0 else { throw .value(offset: start, found: 0, limit: 1) }
    return side
  }

  /// In 0...1.
  fileprivate mutating func share() throws(FormatFault) -> Double {
    let start = offset, share = try finite()
    guard share >= 0, share <= 1 else { throw .value(offset: start, found: 2, limit: 1) }
    return share
  }
}
