import O2MTensor

extension PictureTask.Boxes {
  /// The levels of a detector as their last convolutions leave them: for every cell of a grid, and for every anchor there, the numbers of a
  /// box, perhaps objectness, and a score for each class.
  ///
  /// σ is the logistic function where scores are logits, and nothing where they are shares already.
  public struct Levels: Equatable, Sendable {
    /// What the numbers of a box say.
    public enum Sides: UInt8, CaseIterable, Sendable {
      /// A center at (σ(x) · c − (c − 1) / 2 + cell) · stride, sides of exp(w) · anchor: YOLOv2 to v4.
      case exponentials
      /// The same center, sides of (2 σ(w))² · anchor: YOLOv5 and v7.
      case squares
      /// The distances of left, top, right and bottom from (cell + c) · stride, each in strides: one number, or the mean of so many bins by
      /// their softmax.
      case distances
    }

    /// The axes of a level's output, behind those of one entry.
    public enum Order: UInt8, CaseIterable, Sendable {
      /// `[anchors · entries, height, width]`.
      case planes
      /// `[height, width, anchors · entries]`.
      case pixels
      /// `[anchors, height, width, entries]`.
      case anchors
      /// `[cells, entries]`, the cells of all levels that read this output one behind the other.
      case rows
    }

    public struct Anchor: Equatable, Sendable {
      /// In pixels of the input.
      public var width: Double
      public var height: Double

      public init(width: Double, height: Double) {
        self.width = width
        self.height = height
      }
    }

    public struct Level: Equatable, Sendable {
      public var output: Int
      public var order: Order
      /// Pixels of the input from cell to cell.
      public var stride: Int
      /// The c of `Sides`.
      public var center: Double
      /// Empty where sides are distances.
      public var anchors: [Anchor]

      public init(output: Int, order: Order, stride: Int, center: Double, anchors: [Anchor]) {
        self.output = output
        self.order = order
        self.stride = stride
        self.center = center
        self.anchors = anchors
      }
    }

    public var sides: Sides
    /// Numbers of a distance; 1 without bins, and where there are anchors.
    public var bins: Int
    public var hasObjectness: Bool
    /// Whether the scores stand before the box.
    public var scoresFirst: Bool
    public var levels: [Level]

    public static let mostLevels = 8
    public static let mostAnchors = 16
    public static let mostBins = 64

    public init(_ sides: Sides, bins: Int = 1, hasObjectness: Bool = false, scoresFirst: Bool = false, _ levels: [Level]) {
      self.sides = sides
      self.bins = bins
      self.hasObjectness = hasObjectness
      self.scoresFirst = scoresFirst
      self.levels = levels
    }

    /// Numbers of a box.
    var boxEntries: Int { 4 * bins }
    /// Numbers of a candidate.
    public func entries(_ classes: Int) -> Int { boxEntries + (hasObjectness ? 1 : 0) + classes }

    /// Rows and columns of a level's grid in an output of this shape, on an input of this extent; nil where it is none.
    func grid(_ level: Level, _ shape: Shape, classes: Int, _ input: Extent) -> (rows: Int, columns: Int)? {
      let rank = shape.rank, entries = entries(classes), anchors = max(1, level.anchors.count)
      let axes = level.order == .rows ? 2 : level.order == .anchors ? 4 : 3
      guard rank >= axes else { return nil }
      for axis in 0..<rank - axes where shape[axis] != 1 { return nil }
      switch level.order {
      case .planes: return shape[rank - 3] == anchors * entries ? (shape[rank - 2], shape[rank - 1]) : nil
      case .pixels: return shape[rank - 1] == anchors * entries ? (shape[rank - 3], shape[rank - 2]) : nil
      case .anchors: return shape[rank - 4] == anchors && shape[rank - 1] == entries ? (shape[rank - 3], shape[rank - 2]) : nil
      case .rows: return shape[rank - 1] == entries && anchors == 1 ? Self.cells(level.stride, input) : nil
      }
    }

    /// Rows and columns of cells that cover an input.
    public static func cells(_ stride: Int, _ input: Extent) -> (rows: Int, columns: Int) {
      ((input.height + stride - 1) / stride, (input.width + stride - 1) / stride)
    }

    /// Candidates of all levels, of which those of `rows` fill their outputs; nil where an output has another form.
    public func candidates(_ shapes: (Int) -> Shape, classes: Int, _ input: Extent) -> Int? {
      var total = 0
      for (index, level) in levels.enumerated() {
        guard let grid = grid(level, shapes(level.output), classes: classes, input) else { return nil }
        let (cells, isLarge) = grid.rows.multipliedReportingOverflow(by: grid.columns * max(1, level.anchors.count))
        guard !isLarge, cells > 0, cells <= PictureTask.Boxes.mostCandidates - total else { return nil }
        total += cells
        guard level.order == .rows, !levels[(index + 1)...].contains(where: { $0.output == level.output }) else { continue }
        let shape = shapes(level.output)
        var cellsOfAll = 0
        for other in levels where other.output == level.output {
          guard other.order == .rows else { return nil }
          let cells = Self.cells(other.stride, input)
          cellsOfAll += cells.rows * cells.columns
        }
        guard shape[shape.rank - 2] == cellsOfAll else { return nil }
      }
      return total
    }
  }
}

/// A level where its numbers lie.
struct BoxLevel {
  let level: PictureTask.Boxes.Levels.Level
  let numbers: BoxField
  /// The number of its first candidate.
  let first: Int
  let rows: Int
  let columns: Int
  let anchors: Int
  /// Elements from the start of the output, and from one to the next.
  let start: Int
  let anchorStep: Int
  let entryStep: Int
  let rowStep: Int
  let columnStep: Int

  var cells: Int { rows * columns }

  /// The element that is entry 0 of a candidate of this level, counted by anchors, then rows, then columns.
  func place(_ index: Int) -> Int {
    start + index / cells * anchorStep + index % cells / columns * rowStep + index % columns * columnStep
  }

  /// - Parameters:
  ///   - first: the number of its first candidate.
  ///   - skipped: cells of other levels that lie before its own in an output of rows.
  init(
    _ level: PictureTask.Boxes.Levels.Level, _ type: TypedShape, _ grid: (rows: Int, columns: Int), entries: Int, first: Int, skipped: Int,
    _ bytes: inout Int
  ) {
    self.level = level
    self.first = first
    numbers = BoxField(PictureTask.Boxes.Field(output: level.output, axis: nil), type, &bytes)
    (rows, columns) = grid
    anchors = max(1, level.anchors.count)
    let cells = rows * columns
    switch level.order {
    case .planes: (start, anchorStep, entryStep, rowStep, columnStep) = (0, entries * cells, cells, columns, 1)
    case .pixels:
      (start, anchorStep, entryStep, rowStep, columnStep) = (0, entries, 1, columns * anchors * entries, anchors * entries)
    case .anchors: (start, anchorStep, entryStep, rowStep, columnStep) = (0, cells * entries, 1, columns * entries, entries)
    case .rows: (start, anchorStep, entryStep, rowStep, columnStep) = (skipped * entries, 0, 1, columns * entries, entries)
    }
  }

  /// Those of a task in outputs of these types; empty where they do not have its form.
  static func all(
    _ levels: PictureTask.Boxes.Levels, classes: Int, _ outputs: [TypedShape], _ input: Extent, _ bytes: inout Int
  ) -> [BoxLevel] {
    guard levels.candidates({ outputs[$0].shape }, classes: classes, input) != nil else { return [] }
    var found: [BoxLevel] = [], first = 0
    for level in levels.levels {
      guard let grid = levels.grid(level, outputs[level.output].shape, classes: classes, input) else { return [] }
      var skipped = 0
      for other in found where other.level.output == level.output { skipped += other.cells }
      found.append(
        BoxLevel(level, outputs[level.output], grid, entries: levels.entries(classes), first: first, skipped: skipped, &bytes))
      first += grid.rows * grid.columns * max(1, level.anchors.count)
    }
    return found
  }
}
