import CO2MAllocations
import Foundation
import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// A model that gives its inputs back, for tasks whose outputs a test chooses: an image, and a list of numbers for each output.
struct EchoModel {
  let session: Session
  let model: Model

  /// - Parameters:
  ///   - image: the extents of the input that takes the picture.
  ///   - outputs: the extents of each output.
  init(_ outputs: [[Int]], image: [Int], types: [ElementType] = [], _ task: PictureTask) throws {
    var graph = Graph(name: "echo")
    _ = graph.addInput("image", TensorType(.float32, Shape(image)))
    for (index, dims) in outputs.enumerated() {
      let element = types.isEmpty ? .float32 : types[index], count = dims.reduce(1, *)
      let input = graph.addInput("in\(index)", TensorType(element, [count]))
      let shape = graph.addConstant("shape\(index)", Tensor.indices(dims))
      let reshape = Op.reshape(Reshape(allowsZero: false))
      graph.addOutput(try graph.addNode(reshape, [input, shape], name: "n\(index)", outputs: ["out\(index)"])[0])
    }
    var options = BundleOptions()
    options.pictures = task
    model = try Emitted(FlatModel(graph), options).model
    session = try Session(model)
  }

  func run(_ outputs: [Tensor]) throws {
    _ = try session.run(
      [Tensor(.float32, model.graph.values[0].shape, storage: .init(byteCount: model.graph.values[0].byteCount))] + outputs)
  }
}

/// A box as the definition sees it, in pixels of the input.
private struct Box: Equatable {
  var label: Int
  var score: Float
  var left: Float, top: Float, right: Float, bottom: Float

  func overlap(_ other: Box) -> Float {
    let common = max(0, min(right, other.right) - max(left, other.left)) * max(0, min(bottom, other.bottom) - max(top, other.top))
    return common / ((right - left) * (bottom - top) + (other.right - other.left) * (other.bottom - other.top) - common)
  }
}

/// Greedy suppression as it is defined: all candidates in order, each against all that were kept before.
private func plain(_ candidates: [Box], score: Float, overlap: Float, most: Int, _ mode: PictureTask.Boxes.Suppression) -> [Box] {
  let order = candidates.indices.filter { candidates[$0].score >= score }.sorted {
    (candidates[$1].score, $0) < (candidates[$0].score, $1)
  }
  var kept: [Box] = []
  for index in order where kept.count < most {
    let box = candidates[index]
    let rivals = mode == .none ? [] : kept.filter { mode == .all || $0.label == box.label }
    if !rivals.contains(where: { $0.overlap(box) > overlap }) { kept.append(box) }
  }
  return kept
}

struct BoxTests {
  typealias Boxes = PictureTask.Boxes
  typealias Field = PictureTask.Boxes.Field

  static let side = 256

  private static func found(_ session: Session, most: Int = .max) throws -> [Box] {
    try session.boxes(most: most).map {
      Box(label: $0.label, score: $0.score, left: $0.x, top: $0.y, right: $0.x + $0.width, bottom: $0.y + $0.height)
    }
  }

  /// Candidates in heaps, on a grid of eighths so that every sum is exact, with few different scores: many are equal, many overlap.
  private static func draw(_ count: Int, classes: Int, _ random: inout SeededInput) -> [(box: [Float], scores: [Float])] {
    func number(_ limit: Int) -> Float { Float(random.next() % UInt64(limit)) }
    return (0..<count).map { _ in
      let x = 16 * number(12) + number(64) / 8, y = 16 * number(12) + number(64) / 8
      return ([x, y, x + 4 + number(160) / 4, y + 4 + number(160) / 4], (0..<classes).map { _ in number(17) / 16 })
    }
  }

  /// Against the definition, over modes, numbers of candidates around the block and its multiples, and whichever way the numbers lie.
  @Test(arguments: [Boxes.Suppression.none, .sameClass, .all], [0, 1, 2])
  func suppressionIsItsDefinition(_ mode: Boxes.Suppression, _ layout: Int) throws {
    var random = SeededInput(seed: 11 + UInt64(layout))
    for (count, classes) in [(2, 1), (63, 3), (64, 2), (65, 5), (700, 4), (1500, 1)] {
      let drawn = Self.draw(count, classes: classes, &random)
      let entries = 4 + classes, axis = layout == 0 ? 1 : 2
      let rows = drawn.map { $0.box + $0.scores }
      let numbers: [Float] =
        layout == 0 ? (0..<entries).flatMap { entry in rows.map { $0[entry] } } : rows.flatMap { $0 }
      var boxes = Boxes(box: Field(output: 0, axis: axis), scores: Field(output: 0, axis: axis, first: 4), classCount: classes)
      (boxes.form, boxes.suppression, boxes.most) = (.corners, mode, layout == 2 ? 7 : 4096)
      var task = PictureTask()
      task.boxes = boxes
      let echo = try EchoModel(
        [layout == 0 ? [1, entries, count] : [1, count, entries]], image: [1, 3, Self.side, Self.side], task)
      try echo.run([Tensor([numbers.count], numbers)])
      let candidates = drawn.map { item -> Box in
        let best = item.scores.indices.max { (item.scores[$0], $1) < (item.scores[$1], $0) }!
        return Box(label: best, score: item.scores[best], left: item.box[0], top: item.box[1], right: item.box[2], bottom: item.box[3])
      }
      for (score, overlap) in [(0.25, 0.45), (0, 0), (0.5, 1), (1, 0.5), (0.9375, 0.25)] as [(Float, Float)] {
        echo.session.setBoxLimits(score: score, overlap: overlap)
        let expected = plain(candidates, score: score, overlap: overlap, most: boxes.most, mode)
        #expect(try Self.found(echo.session) == expected, "\(count) candidates, \(classes) classes, \(score), \(overlap)")
        #expect(try Self.found(echo.session, most: 3) == Array(expected.prefix(3)))
      }
    }
  }

  /// onnxruntime's NonMaxSuppression on boxes of one class; `Fixtures/boxes/make.py` writes them.
  @Test func suppressionIsOnnxRuntimes() throws {
    struct Case: Decodable {
      var boxes: [[Float]]
      var scores: [Float]
      var score: Float
      var iou: Float
      var kept: [Int]
    }
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/boxes/suppression.json")
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: path))
    #expect(cases.count >= 8 && cases.contains { $0.kept.isEmpty } && cases.contains { $0.kept.count > 20 })
    for (index, item) in cases.enumerated() {
      var boxes = Boxes(box: Field(output: 0, axis: 2), scores: Field(output: 0, axis: 2, first: 4), classCount: 1)
      (boxes.form, boxes.most, boxes.score, boxes.overlap) = (.corners, 4096, Double(item.score), Double(item.iou))
      var task = PictureTask()
      task.boxes = boxes
      let echo = try EchoModel([[1, item.scores.count, 5]], image: [1, 3, 1024, 1024], task)
      try echo.run([Tensor([5 * item.scores.count], zip(item.boxes, item.scores).flatMap { $0 + [$1] })])
      let found = try echo.session.boxes()
      #expect(found.map(\.score) == item.kept.map { item.scores[$0] }, "case \(index)")
      #expect(
        found.map(\.x) == item.kept.map { item.boxes[$0][0] } && found.map(\.y) == item.kept.map { item.boxes[$0][1] }, "case \(index)")
    }
  }

  /// What no number is, and what lies beside the picture, is no box; the scores of such do not disturb others.
  @Test func whatIsNoBoxIsLeftOut() throws {
    var boxes = Boxes(box: Field(output: 0, axis: 2), scores: Field(output: 0, axis: 2, first: 4), classCount: 1)
    boxes.form = .corners
    var task = PictureTask()
    task.boxes = boxes
    let rows: [[Float]] = [
      [.nan, 0, 10, 10, 1], [0, 0, .infinity, 10, 1], [0, 0, 10, 10, .nan], [0, 0, 10, 10, -1], [300, 300, 400, 400, 1], [5, 5, 5, 9, 1],
      [-50, -50, 20, 30, 0.75], [200, 100, 999, 140, 0.5], [40, 40, 50, 50, 0.125],
    ]
    let echo = try EchoModel([[1, rows.count, 5]], image: [1, 3, Self.side, Self.side], task)
    try echo.run([Tensor([5 * rows.count], rows.flatMap { $0 })])
    #expect(
      try Self.found(echo.session) == [
        Box(label: 0, score: 0.75, left: 0, top: 0, right: 20, bottom: 30),
        Box(label: 0, score: 0.5, left: 200, top: 100, right: 256, bottom: 140),
      ])
    echo.session.setBoxLimits(score: 0, overlap: nil)
    #expect(try Self.found(echo.session).count == 3, "a negative score is below every limit")
  }

  /// The first call makes what later ones use.
  @Test func findingAllocatesNothing() throws {
    guard o2m_allocations_are_counted() != 0 else { return }
    var task = PictureTask()
    task.boxes = Boxes(box: Field(output: 0, axis: 1), scores: Field(output: 0, axis: 1, first: 4), classCount: 80)
    let echo = try EchoModel([[1, 84, 8400]], image: [1, 3, 640, 640], task)
    let numbers = (0..<84 * 8400).map { Float($0 * 7919 % 1009) / 1009 }
    try echo.run([Tensor([numbers.count], numbers)])
    let handle = OpaquePointer(Unmanaged.passUnretained(echo.session).toOpaque())
    let room = UnsafeMutableRawPointer.allocate(byteCount: 24 * 100, alignment: 8)
    defer { room.deallocate() }
    var counts: [Int] = []
    for _ in 0..<3 {
      var count: UInt32 = 0
      o2m_allocations_begin()
      let code = cDetect(handle, nil, 100, room, &count, nil)
      counts.append(o2m_allocations_end())
      #expect(code == 0 && count > 0)
    }
    #expect(counts[1] == 0 && counts[2] == 0, "\(counts)")
  }

  // Where the numbers lie

  /// A box, a class and a score in every head give the same box.
  @Test(arguments: 0..<7) func headsAreDecoded(_ head: Int) throws {
    let center: [Float] = [96, 72, 40, 24]
    var task = PictureTask(), outputs: [[Int]] = [], numbers: [[Float]] = [], types: [ElementType] = []
    func logit(_ share: Double) -> Float { Float(log(share / (1 - share))) }
    switch head {
    case 0:  // objectness, from behind a softmax of classes
      outputs = [[1, 2, 8]]
      numbers = [center + [0.5, 0.25, 0.75, 0] + [0, 0, 0, 0, 0, 0, 0, 0]]
      var boxes = Boxes(box: Field(output: 0, axis: 2), scores: Field(output: 0, axis: 2, first: 5), classCount: 3)
      boxes.objectness = Field(output: 0, axis: 2, first: 4)
      task.boxes = boxes
    case 1:  // grids of 8 and 16 on 256 x 256: cell 9, 11 of the second, which begins behind 1024 cells
      let place = 32 * 32 + 4 * 16 + 5
      outputs = [[1, 32 * 32 + 16 * 16, 6]]
      var rows = [Float](repeating: 0, count: 1280 * 6)
      rows.replaceSubrange(place * 6..<place * 6 + 6, with: [1, 0.5, Float(log(40.0 / 16)), Float(log(24.0 / 16)), 0.5, 0.75])
      numbers = [rows]
      var boxes = Boxes(box: Field(output: 0, axis: 2), scores: Field(output: 0, axis: 2, first: 5), classCount: 1)
      (boxes.unit, boxes.strides) = (.grids, [8, 16])
      boxes.objectness = Field(output: 0, axis: 2, first: 4)
      task.boxes = boxes
    case 2:  // shares, top first, sigmoid, a background without a label
      outputs = [[1, 2, 3], [1, 2, 4]]
      numbers = [[3, logit(0.25), logit(0.375), -9, -9, -9], [60, 76, 84, 116, 0, 0, 1, 1].enumerated().map { $0 < 4 ? $1 / 256 : $1 }]
      var boxes = Boxes(box: Field(output: 1, axis: 2), scores: Field(output: 0, axis: 2), classCount: 3)
      (boxes.form, boxes.unit, boxes.activation, boxes.background) = (.cornersDownFirst, .shares, .sigmoid, .unlabelled)
      task.boxes = boxes
    case 3:  // softmax over a labelled background
      outputs = [[2, 4], [2, 3]]
      let exp = [0.5, 0.125, 0.375].map { Float(log($0)) + 5 }
      numbers = [[76, 60, 116, 84, 0, 0, 1, 1], exp + [9, 0, 0]]
      var boxes = Boxes(box: Field(output: 0, axis: 1), scores: Field(output: 1, axis: 1), classCount: 3)
      (boxes.form, boxes.activation, boxes.background) = (.corners, .softmax, .labelled)
      task.boxes = boxes
    case 4:  // numbers of classes in integers, shares in half precision
      outputs = [[3, 4], [3], [3]]
      numbers = [[0, 0, 1, 1, 76, 60, 116, 84, 0, 0, 1, 1], [0, 1, 2], [0, 0.375, 0]]
      types = [.float32, .int64, .float16]
      var boxes = Boxes(box: Field(output: 0, axis: 1), scores: Field(output: 2, axis: nil), classCount: 1)
      boxes.label = Field(output: 1, axis: nil)
      (boxes.form, boxes.suppression) = (.corners, .none)
      task.boxes = boxes
    case 5:  // rows of what is left
      outputs = [[1, 2, 6]]
      numbers = [[76, 60, 116, 84, 0.375, 1, 0, 0, 0, 0, 0, 0]]
      var boxes = Boxes(box: Field(output: 0, axis: 2), scores: Field(output: 0, axis: 2, first: 4), classCount: 1)
      boxes.label = Field(output: 0, axis: 2, first: 5)
      boxes.form = .corners
      task.boxes = boxes
    default:  // cells of 16 x 16: column 5, row 4
      outputs = [[1, 7, 16, 16]]
      var grid = [Float](repeating: 0, count: 7 * 256)
      let cell = 4 * 16 + 5
      let share = pow(0.375 / pow(0.5, 0.6), 1 / 0.4)
      for (entry, number) in [0.5, 0, Float(atanh(0.5)), logit(40.0 / 256), logit(24.0 / 256), 0, Float(share)].enumerated() {
        grid[entry * 256 + cell] = number
      }
      // The center is 5 + tanh(x) of 16 columns: x is 1 - epsilon for 6, so that column 6 with x 0 is nearer.
      grid[1 * 256 + cell] = Float(atanh(0.999999))
      numbers = [grid]
      var boxes = Boxes(box: Field(output: 0, axis: 1, first: 1), scores: Field(output: 0, axis: 1, first: 5), classCount: 2)
      boxes.objectness = Field(output: 0, axis: 1)
      boxes.unit = .cells
      task.boxes = boxes
    }
    let echo = try EchoModel(outputs, image: [1, 3, Self.side, Self.side], types: types, task)
    try echo.run(
      numbers.enumerated().map { index, list in
        Tensor(types.isEmpty ? .float32 : types[index], [list.count], rounding: list.map(Double.init))
      })
    let found = try Self.found(echo.session)
    let box = try #require(found.first)
    #expect(found.count == 1 && box.label == [1, 0, 1, 2, 1, 1, 1][head])
    #expect((box.score - 0.375).magnitude < 1e-5)
    for (a, b) in zip([box.left, box.top, box.right, box.bottom], [76, 60, 116, 84] as [Float]) { #expect((a - b).magnitude < 1e-3) }
  }
}
