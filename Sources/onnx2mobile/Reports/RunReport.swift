import O2MConvert
import O2MRuntime
import O2MTensor

/// What `run` says of its outputs; the JSON keys are a contract.
struct RunReport: Encodable {
  struct Class: Encodable {
    var index: Int
    /// nil where the bundle has none.
    @OrNull var label: String?
    /// As a share of one; nil where a score is not finite.
    @OrNull var share: Double?

    enum CodingKeys: String, CodingKey { case index = "class", label, share }

    init(index: Int, label: String?, share: Double?) {
      self.index = index
      self.label = label
      self.share = share
    }
  }

  struct Output: Encodable {
    let name: String
    let tensor: Tensor
    /// nil where the output is no row of class scores, or nobody asked.
    let top: [Class]?

    enum CodingKeys: String, CodingKey { case name, type, shape, values, top }

    /// JSON has the elements of outputs up to this many.
    static let mostValues = 4096

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode("\(tensor.element.name)", forKey: .type)
      try container.encode(tensor.shape.dims, forKey: .shape)
      try container.encode(top, forKey: .top)
      if tensor.count > Self.mostValues {
        try container.encodeNil(forKey: .values)
      } else if tensor.element == .float64 {
        try container.encode(tensor.doubles(), forKey: .values)
      } else if tensor.element.isFloat {
        try container.encode(tensor.doubles().map { Float($0) }, forKey: .values)
      } else if tensor.element == .uint64 {
        try container.encode(tensor.ints().map { UInt64(bitPattern: Int64($0)) }, forKey: .values)
      } else {
        try container.encode(tensor.ints(), forKey: .values)
      }
    }
  }

  struct Result: Encodable {
    /// The picture, or the only input's file; nil where there are several.
    @OrNull var input: String?
    let outputs: [Output]
    /// nil where the bundle does not say that its outputs are such.
    @OrNull var boxes: [PictureAnswer.Box]?
    @OrNull var map: PictureAnswer.Map?

    init(input: String?, outputs: [Output], _ answer: PictureAnswer?) {
      self.outputs = outputs
      self.input = input
      boxes = answer?.boxes
      map = answer?.map
    }
  }

  let file: String
  var results: [Result] = []

  /// How many classes are printed where nobody says how many and the bundle has labels.
  static let standardTop = 5

  /// Adds a run.
  ///
  /// - Parameter top: how many classes were asked for; an output that has none is refused then.
  /// - Parameter scores: what the numbers of each output say of classes.
  mutating func add(
    _ result: RunResult, input: String?, labels: [String], top: Int?, scores: [PictureTask.Scores]
  ) throws {
    // Boxes and maps say it all.
    let top = result.answer == nil ? top : nil, labels = result.answer == nil ? labels : []
    results.append(
      Result(
        input: input,
        outputs: try result.outputs.enumerated().map { number, output in
          let (name, tensor) = output
          let isLabelled = !labels.isEmpty && tensor.shape.dims.contains(labels.count)
          guard let scores = ClassScores(tensor, as: scores[number]), top != nil || isLabelled else {
            if top != nil { throw Self.noScores(name, tensor) }
            return Output(name: name, tensor: tensor, top: nil)
          }
          let classes = scores.order.prefix(top ?? Self.standardTop).map { index in
            Class(index: index, label: index < labels.count ? labels[index] : nil, share: scores.shares?[index])
          }
          return Output(name: name, tensor: tensor, top: classes)
        }, result.answer))
  }

  private static func noScores(_ name: String, _ tensor: Tensor) -> Failure {
    Failure(.usage, "output '\(name)' \(tensor.shape.dims) is no row of class scores", help: "leave out --top, or use --output-dir")
  }

  /// Classes where there are some, else what the output looks like; behind the picture's name where there are several.
  var text: String {
    results.map { result in
      let answer = PictureAnswer(boxes: result.boxes, map: result.map)
      let text =
        answer?.text
        ?? result.outputs.map { output in
          output.top.map { Self.table($0, output.tensor) } ?? OutputText.text(output.name, output.tensor)
        }.joined()
      return results.count == 1 ? text : "\(result.input ?? "")\n\(text)"
    }.joined(separator: results.count == 1 ? "" : "\n")
  }

  private static func table(_ classes: [Class], _ tensor: Tensor) -> String {
    let texts = classes.contains { $0.share == nil } ? tensor.texts(tensor.count) : []
    var table = Table([.right, .right, .left], width: .max)
    for entry in classes {
      table.add(entry.share.map { "\(Format.fixed($0 * 100, 1)) %" } ?? texts[entry.index], "\(entry.index)", entry.label ?? "")
    }
    return table.text
  }
}
