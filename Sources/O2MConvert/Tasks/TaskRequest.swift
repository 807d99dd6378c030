import O2MRuntime

/// What `--task` asks for: what the outputs say of a picture, as far as the user knows it.
public enum TaskRequest: Equatable, Sendable {
  case classify
  case detect(DetectRequest)
  case segment(SegmentRequest)

  /// The words of `--task`.
  public static let names = ["classify", "detect", "segment"]

  /// Parses `detect`, `detect:yolov8,score=0.3` and the like.
  ///
  /// - Errors: `.unknownTask`, `.unknownKey`, `.repeatedKey`, `.badValue`.
  public init(argument: String) throws(TaskError) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0].lowercased()
    guard Self.names.contains(name) else { throw .unknownTask(parts[0]) }
    var pairs: [(key: String, value: String)] = []
    for (index, word) in (parts.count > 1 ? parts[1] : "").split(separator: ",").enumerated() {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { $0.lowercased() }
      // The layout of a detector's outputs may stand alone, in front.
      let pair = sides.count == 2 ? (sides[0], sides[1]) : index == 0 && name == "detect" ? ("head", sides[0]) : (sides[0], "")
      guard !pairs.contains(where: { $0.key == pair.0 }) else { throw .repeatedKey(pair.0) }
      // The names of outputs keep their case.
      pairs.append((pair.0, pair.0 == "output" ? String(word.dropFirst(sides[0].count + 1)) : pair.1))
    }
    switch name {
    case "classify":
      if let first = pairs.first { throw .unknownKey(first.key, task: name) }
      self = .classify
    case "detect": self = .detect(try DetectRequest(pairs))
    default: self = .segment(try SegmentRequest(pairs))
    }
  }
}

/// What the user says of a detector; nil where the model tells.
public struct DetectRequest: Equatable, Sendable {
  public var head: BoxHead?
  public var score: Double?
  public var overlap: Double?
  public var most: Int?
  public var suppression: PictureTask.Boxes.Suppression?
  public var form: PictureTask.Boxes.Form?
  public var unit: PictureTask.Boxes.Unit?
  public var activation: PictureTask.Boxes.Scores?
  /// Whether class 0 is no object.
  public var hasBackground: Bool?
  /// Widths and heights of anchors in pixels of the input, by ascending stride.
  public var anchors: [Double] = []

  public static let keys = ["head", "score", "iou", "most", "nms", "box", "unit", "scores", "background", "anchors"]
  static let suppressions: [(String, PictureTask.Boxes.Suppression)] = [("class", .sameClass), ("all", .all), ("none", .none)]
  static let forms: [(String, PictureTask.Boxes.Form)] = [("center", .center), ("xyxy", .corners), ("yxyx", .cornersDownFirst)]
  static let units: [(String, PictureTask.Boxes.Unit)] = [("pixels", .pixels), ("shares", .shares)]
  static let activations: [(String, PictureTask.Boxes.Scores)] = [("shares", .shares), ("sigmoid", .sigmoid), ("softmax", .softmax)]
  static let backgrounds = [("first", true), ("none", false)]

  public init() {}

  init(_ pairs: [(key: String, value: String)]) throws(TaskError) {
    for (key, value) in pairs {
      func share() throws(TaskError) -> Double {
        guard let number = Double(value), number >= 0, number <= 1 else { throw .badValue(key: key, value: value) }
        return number
      }
      func chosen<Option>(_ options: [(String, Option)]) throws(TaskError) -> Option {
        guard let option = options.first(where: { $0.0 == value }) else { throw .badValue(key: key, value: value) }
        return option.1
      }
      switch key {
      case "head":
        guard let found = BoxHead(name: value) else { throw .badValue(key: key, value: value) }
        head = found
      case "score": score = try share()
      case "iou": overlap = try share()
      case "most":
        guard let number = Int(value), (1...PictureTask.Boxes.mostBoxes).contains(number) else { throw .badValue(key: key, value: value) }
        most = number
      case "nms": suppression = try chosen(Self.suppressions)
      case "box": form = try chosen(Self.forms)
      case "unit": unit = try chosen(Self.units)
      case "scores": activation = try chosen(Self.activations)
      case "background": hasBackground = try chosen(Self.backgrounds)
      case "anchors":
        for side in value.split(whereSeparator: { $0 == "x" || $0 == "+" }) {
          guard let number = Double(side), number > 0, number.isFinite else { throw .badValue(key: key, value: value) }
          anchors.append(number)
        }
        guard !anchors.isEmpty, anchors.count % 2 == 0 else { throw .badValue(key: key, value: value) }
      default: throw .unknownKey(key, task: "detect")
      }
    }
  }

  /// The words that a key takes, for those that take some.
  public static func words(_ key: String) -> [String] {
    switch key {
    case "head": BoxHead.allCases.map(\.rawValue)
    case "nms": suppressions.map(\.0)
    case "box": forms.map(\.0)
    case "unit": units.map(\.0)
    case "scores": activations.map(\.0)
    case "background": backgrounds.map(\.0)
    default: []
    }
  }
}

/// What the user says of a segmentation.
public struct SegmentRequest: Equatable, Sendable {
  public var output: String?
  public var threshold: Double?

  public static let keys = ["output", "threshold"]

  public init() {}

  init(_ pairs: [(key: String, value: String)]) throws(TaskError) {
    for (key, value) in pairs {
      switch key {
      case "output": output = value
      case "threshold":
        guard let number = Double(value), number.isFinite else { throw .badValue(key: key, value: value) }
        threshold = number
      default: throw .unknownKey(key, task: "segment")
      }
    }
  }
}

/// Why `--task` cannot be done.
public enum TaskError: Error, Equatable, Sendable {
  case unknownTask(String)
  case unknownKey(String, task: String)
  case repeatedKey(String)
  case badValue(key: String, value: String)
  /// No input takes pictures.
  case noPicture
  /// No output is a row of class scores.
  case noClasses
  /// The outputs are none that is known, for so many labels, or not those of the head that was named.
  case noHead(BoxHead?, labels: Int)
  /// They may be those of several.
  case severalHeads([BoxHead])
  /// Anchors are given for a head that has none.
  case needlessAnchors(BoxHead)
  /// No output is a map of classes, or the one that was named is none.
  case noMap(output: String?)
  /// A map has more classes than a byte tells apart.
  case tooManyClasses(Int, limit: Int)
}
