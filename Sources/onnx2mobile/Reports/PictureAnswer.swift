import O2MRuntime

/// The boxes that a detector sees in a picture, or the shares of the classes in a map; the JSON keys are a contract.
struct PictureAnswer {
  struct Box: Encodable {
    var index: Int
    /// nil where the bundle has none.
    @OrNull var label: String?
    var score: Float
    /// Pixels from the picture's left and top.
    var x: Float
    var y: Float
    var width: Float
    var height: Float

    enum CodingKeys: String, CodingKey { case index = "class", label, score, x, y, width, height }
  }

  struct Map: Encodable {
    struct Class: Encodable {
      var index: Int
      /// nil where the bundle has none.
      @OrNull var label: String?
      /// Of the pixels that the model saw.
      var share: Double

      enum CodingKeys: String, CodingKey { case index = "class", label, share }
    }

    var width: Int
    var height: Int
    /// Those that are there, the largest first.
    var classes: [Class]
  }

  var boxes: [Box]?
  var map: Map?

  init?(boxes: [Box]?, map: Map?) {
    guard boxes != nil || map != nil else { return nil }
    (self.boxes, self.map) = (boxes, map)
  }

  init(_ boxes: [DetectedBox], _ labels: [String]) {
    self.boxes = boxes.map { box in
      let name = box.label < labels.count ? labels[box.label] : nil
      return Box(index: box.label, label: name, score: box.score, x: box.x, y: box.y, width: box.width, height: box.height)
    }
  }

  init(_ map: [UInt8], _ extent: Extent, _ labels: [String]) {
    var counts = [Int](repeating: 0, count: 256)
    for number in map { counts[Int(number)] += 1 }
    let seen = map.count - counts[Int(PictureTask.ClassMap.unseen)]
    let classes = (0..<255).filter { counts[$0] > 0 }.map { index in
      Map.Class(index: index, label: index < labels.count ? labels[index] : nil, share: Double(counts[index]) / Double(max(1, seen)))
    }
    self.map = Map(
      width: extent.width, height: extent.height,
      classes: classes.sorted { ($0.share, $1.index) > ($1.share, $0.index) })
  }

  var text: String {
    if let boxes {
      guard !boxes.isEmpty else { return "no boxes\n" }
      var table = Table([.right, .right, .right, .right, .right, .right, .left], width: .max)
      table.add("score", "x", "y", "width", "height", "class", "")
      for box in boxes {
        let sides = [box.x, box.y, box.width, box.height].map { Format.fixed(Double($0), 1) }
        table.add(["\(Format.fixed(Double(box.score) * 100, 1)) %"] + sides + ["\(box.index)", box.label ?? ""])
      }
      return table.text
    }
    guard let map else { return "" }
    var table = Table([.right, .right, .left], width: .max)
    for entry in map.classes { table.add("\(Format.fixed(entry.share * 100, 1)) %", "\(entry.index)", entry.label ?? "") }
    return "map of \(map.width)×\(map.height)\n" + table.text
  }
}
