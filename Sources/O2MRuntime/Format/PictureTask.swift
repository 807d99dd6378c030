import O2MOps
import O2MTensor

/// What a model does with pictures: how one becomes the input, and how the output answers.
///
/// - Spec: Schemas/bundle.md, "Section pictures".
public struct PictureTask: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.pictures

  /// How an output's numbers become the shares of classes.
  public enum Scores: UInt8, CaseIterable, Sendable {
    /// As they are where they are shares already, by `ClassScores.isDistribution`; else softmax.
    case byValue
    /// They are shares, of one or each for itself.
    case shares
    case softmax
    /// Each class for itself: 1 / (1 + exp(−x)).
    case sigmoid
  }

  /// The classes that an output of the graph gives.
  public struct Classes: Equatable, Sendable {
    public var output: Int
    public var scores: Scores

    public init(output: Int, scores: Scores) {
      self.output = output
      self.scores = scores
    }
  }

  /// What a model answers about a picture; the numbers stand in bundles and in o2m.h.
  public enum Kind: UInt8, CaseIterable, Sendable { case none, boxes, classMap, classes }

  /// What stands in a bundle where boxes of a head follow that the model does not decode.
  private static let levels: UInt8 = 3

  public var kind: Kind { boxes != nil ? .boxes : classMap != nil ? .classMap : classes != nil ? .classes : .none }

  public var preprocessing: Preprocessing?
  public var classes: Classes?
  public var boxes: Boxes?
  public var classMap: ClassMap?

  public init(preprocessing: Preprocessing? = nil, classes: Classes? = nil) {
    self.preprocessing = preprocessing
    self.classes = classes
  }
}

extension PictureTask {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(preprocessing != nil)
    preprocessing?.encode(to: &record)
    record.put(classes != nil)
    if let classes {
      record.put(UInt32(classes.output))
      record.put(classes.scores.rawValue)
    }
    record.put(boxes?.levels != nil ? Self.levels : (boxes != nil ? Kind.boxes : classMap != nil ? .classMap : .none).rawValue)
    if let boxes {
      if let levels = boxes.levels { boxes.encodeLevels(levels, to: &record) } else { boxes.encode(to: &record) }
    } else {
      classMap?.encode(to: &record)
    }
    return record.bytes
  }

  /// Reads the section; bytes after the last known field belong to a later minor version.
  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    if try record.flag() { preprocessing = try Preprocessing(from: &record) }
    if try record.flag() {
      let output = try record.index(below: graph.outputs.count)
      classes = Classes(output: output, scores: try record.option(Scores.self))
    }
    guard !record.isAtEnd else { return }
    switch try record.choice(4) {
    case 1: if Included.has(.boxes) { boxes = try Boxes(from: &record, of: graph) }
    case Int(Self.levels): if Included.has(.boxes) { boxes = try Boxes(levelsFrom: &record, of: graph) }
    case 2: if Included.has(.classMap) { classMap = try ClassMap(from: &record, of: graph) }
    default: return
    }
  }
}
