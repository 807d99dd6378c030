import Foundation
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor
import Testing

/// `--task`: which outputs are understood, what is refused, and what a converted detector sees.
struct TaskTests {
  typealias Extents = [Int]

  /// What the last node before an output is.
  enum Last: CaseIterable { case reshape, exp, sigmoid, softmax }

  /// A graph with a picture of 640 x 640 and outputs of these extents.
  static func graph(_ outputs: [(name: String, dims: Extents, element: ElementType)], _ last: Last = .reshape, side: Int = 640) throws
    -> Graph
  {
    var graph = Graph(name: "task")
    _ = graph.addInput("image", TensorType(.float32, Shape([1, 3, side, side])))
    for (name, dims, element) in outputs {
      let input = graph.addInput("in " + name, TensorType(element, Shape([dims.reduce(1, *)])))
      let shape = graph.addConstant("shape " + name, Tensor.indices(dims))
      let op: Op? =
        switch last {
        case .reshape: nil
        case .exp: .exp(Exp())
        case .sigmoid: .sigmoid(Sigmoid())
        case .softmax: .softmax(Softmax(axis: -1))
        }
      let isLast = op == nil || !element.isFloat
      let flat = try graph.addNode(
        .reshape(Reshape(allowsZero: false)), [input, shape], name: name + " flat", outputs: [isLast ? name : name + " flat"])[0]
      let result = element.isFloat ? try op.map { try graph.addNode($0, [flat], name: name + " last", outputs: [name])[0] } ?? flat : flat
      graph.addOutput(result)
    }
    return graph
  }

  static func task(
    _ request: String, _ outputs: [Extents], labels: Int = 0, _ last: Last = .reshape, names: [String] = [], integers: Set<Int> = [],
    side: Int = 640
  ) throws -> (task: PictureTask, head: BoxHead?) {
    let graph = try graph(
      outputs.enumerated().map { (names.isEmpty ? "out\($0)" : names[$0], $1, integers.contains($0) ? .int64 : .float32) }, last, side: side
    )
    var manifest = Manifest()
    manifest.labels = (0..<labels).map { "class \($0)" }
    return try graph.task(TaskRequest(argument: request), manifest)
  }

  /// The shapes in which detectors are exported, with what tells them apart.
  @Test(
    arguments: [
      ([[1, 25200, 85]], 80, Last.reshape, BoxHead.yolov5), ([[1, 25200, 85]], 0, .reshape, .yolov5),
      ([[1, 84, 8400]], 80, .reshape, .yolov8),
      ([[1, 84, 8400]], 0, .reshape, .yolov8), ([[1, 8400, 84]], 80, .reshape, .yolov8),
      ([[1, 116, 8400], [1, 32, 160, 160]], 80, .reshape, .yolov8),
      ([[1, 116, 8400], [1, 32, 160, 160]], 0, .reshape, .yolov8), ([[1, 8400, 85]], 80, .reshape, .yolox),
      ([[1, 8400, 85]], 80, .exp, .yolov5),
      ([[1, 300, 6]], 80, .reshape, .yolov10), ([[1, 300, 6]], 0, .reshape, .yolov10), ([[1, 5, 8400]], 1, .reshape, .yolov8),
      ([[1, 4420, 2], [1, 4420, 4]], 1, .softmax, .ssd), ([[1, 4420, 4], [1, 4420, 2]], 0, .softmax, .ssd),
      ([[1, 1917, 4], [1, 1917, 91]], 91, .sigmoid, .ssd), ([[1, 1917, 1, 4], [1, 1917, 21]], 20, .softmax, .ssd),
      ([[1, 85, 40, 40]], 80, .reshape, .fastestdet),
    ] as [([Extents], Int, Last, BoxHead)])
  func headsAreRecognized(_ outputs: [Extents], _ labels: Int, _ last: Last, _ head: BoxHead) throws {
    let found = try Self.task("detect", outputs, labels: labels, last)
    #expect(found.head == head)
    let boxes = try #require(found.task.boxes)
    let objects = boxes.classCount - (boxes.background == .unlabelled ? 1 : 0)
    #expect(boxes.label != nil || labels == 0 || objects == labels)
    // Named, it is the same.
    #expect(try Self.task("detect:\(head.rawValue)", outputs, labels: labels, last).task == found.task)
  }

  /// A head as its model leaves it, and the boxes that numpy finds there: Fixtures/boxes/make.py.
  struct LevelCase: Decodable, CustomTestStringConvertible {
    struct Output: Decodable {
      var shape: [Int]
      var sixteenths: [Int]
    }

    var task: String
    var labels: Int
    var size: Int
    var outputs: [Output]
    var boxes: [[Double]]
    var testDescription: String { task }

    var tensors: [Tensor] { outputs.map { Tensor(Shape($0.shape), $0.sixteenths.map { Float($0) / 16 }) } }
    func found() throws -> PictureTask {
      try TaskTests.task(task, outputs.map(\.shape), labels: labels, side: size).task
    }

    static let all: [LevelCase] = {
      let path = URL(fileURLWithPath: Tool.root + "/Fixtures/boxes/levels.json")
      return try! JSONDecoder().decode([LevelCase].self, from: Data(contentsOf: path))
    }()
  }

  @Test(arguments: LevelCase.all) func headsThatAreNotDecodedGiveTheirBoxes(item: LevelCase) throws {
    let boxes = try #require(try item.found().boxes), shape = Shape([1, 3, item.size, item.size])
    #expect(!item.boxes.isEmpty && boxes.classCount == item.labels)
    let found = try boxes.boxes(in: item.tensors, input: shape)
    try #require(found.count == item.boxes.count)
    for (box, wanted) in zip(found, item.boxes) {
      for (number, other) in zip([box.x, box.y, box.width, box.height, box.score], wanted) { #expect(abs(Double(number) - other) < 2e-3) }
      #expect(box.label == Int(wanted[5]))
    }
    // The limits are those of the task: none above, one box, and those that equal the least score.
    var limited = boxes
    limited.score = 1
    #expect(try limited.boxes(in: item.tensors, input: shape) == found.filter { $0.score >= 1 })
    (limited.score, limited.most) = (Double(found[0].score), 1)
    #expect(try limited.boxes(in: item.tensors, input: shape) == [found[0]])
    // What is no number is no box.
    let nothing = item.tensors.map { Tensor($0.shape, [Float](repeating: .nan, count: $0.count)) }
    #expect(try boxes.boxes(in: nothing, input: shape).isEmpty)
    // Halves, and outputs of another size than the bundle's.
    let halves = item.tensors.map { Tensor(.float16, $0.shape, rounding: $0.doubles()) }
    #expect(try boxes.boxes(in: halves, input: shape) == found)
    let cut = item.tensors.map { tensor in
      let shape = Shape(tensor.shape.dims.map { max(1, $0 - 1) })
      return Tensor(shape, [Float](repeating: 9, count: shape.count))
    }
    #expect(try boxes.boxes(in: cut, input: shape).isEmpty)
  }

  /// The record is read as it was written; bytes that are changed are refused or do no harm.
  @Test(arguments: LevelCase.all) func recordsOfLevelsAreChecked(item: LevelCase) throws {
    let task = try item.found(), bytes = task.encoded()
    var graph = FlatGraph(
      values: [TypedShape(.float32, [1, 3, item.size, item.size])], inputCount: 1, constantCount: 0, nodes: [], outputs: [])
    for output in item.outputs {
      graph.outputs.append(graph.values.count)
      graph.values.append(TypedShape(.float32, Shape(output.shape)))
    }
    func read(_ bytes: [UInt8]) throws -> PictureTask {
      try bytes.withUnsafeBytes { raw in
        var record = RecordReader(raw, range: 0..<raw.count)
        return try PictureTask(from: &record, of: graph)
      }
    }
    #expect(try read(bytes) == task)
    var random = SeededInput(seed: 5), refused = 0
    for _ in 0..<2000 {
      var changed = bytes
      changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next() >> 8)
      guard let boxes = (try? read(changed))?.boxes else {
        refused += 1
        continue
      }
      _ = try boxes.boxes(in: item.tensors, input: Shape([1, 3, item.size, item.size]))
    }
    #expect(refused > 100)
    for count in bytes.indices.dropLast() where count > 3 { #expect((try? read(Array(bytes[..<count])))?.boxes == nil) }
  }

  /// Anchors of one family look like those of another: a name is asked for; anchors that are not of the levels are refused.
  @Test func levelsNeedAName() throws {
    let outputs = [[1, 18, 8, 8], [1, 18, 4, 4], [1, 18, 2, 2]]
    // A cell of 40 numbers is 35 classes, or five anchors of 3.
    #expect(throws: TaskError.severalHeads([.fastestdet, .yolov2Raw])) { try Self.task("detect", [[1, 40, 20, 20]]) }
    #expect(try Self.task("detect", [[1, 85, 40, 40]]).head == .fastestdet)
    #expect(throws: TaskError.severalHeads([.yolov3Raw, .yolov4Raw, .yolov5Raw, .yolov7Raw])) {
      try Self.task("detect", outputs, labels: 1, side: 64)
    }
    for request in ["detect:yolov5-raw,anchors=10x13", "detect:yolov5-raw,anchors=1x1+2x2+3x3+4x4", "detect:yolov2-raw"] {
      #expect(throws: TaskError.self) { try Self.task(request, outputs, labels: 1, side: 64) }
    }
    #expect(throws: TaskError.needlessAnchors(.yolov8)) { try Self.task("detect:yolov8,anchors=10x13", [[1, 84, 8400]], labels: 80) }
    for request in ["anchors=10", "anchors=10x", "anchors=0x5", "anchors=axb", "anchors=10x13+4"] {
      #expect(throws: TaskError.self) { try TaskRequest(argument: "detect:yolov5-raw," + request) }
    }
    #expect(try Self.task("detect", [[1, 3598, 112]], labels: 80, side: 416).head == .nanodet)
    #expect(try Self.task("detect", [[1, 144, 80, 80], [1, 144, 40, 40], [1, 144, 20, 20]], labels: 80).head == .yolov8Raw)
  }

  /// What fits several heads or none is refused, and so is a name that the shapes contradict.
  @Test(
    arguments: [
      ("detect", [[1, 8400, 85]], 0, TaskError.severalHeads([.yolov8, .yolox])), ("detect", [[1, 84, 8400]], 20, .noHead(nil, labels: 20)),
      ("detect", [[1, 1000]], 0, .noHead(nil, labels: 0)), ("detect:ssd", [[1, 84, 8400]], 0, .noHead(.ssd, labels: 0)),
      ("detect:yolox", [[1, 8401, 85]], 80, .noHead(.yolox, labels: 80)), ("classify", [[1, 84, 8400]], 0, .noClasses),
      ("segment", [[1, 1000]], 0, .noMap(output: nil)), ("segment:output=x", [[1, 21, 8, 8]], 21, .noMap(output: "x")),
      ("segment", [[1, 300, 400, 400]], 300, .tooManyClasses(300, limit: 255)),
    ] as [(String, [Extents], Int, TaskError)])
  func whatDoesNotFitIsRefused(_ request: String, _ outputs: [Extents], _ labels: Int, _ error: TaskError) {
    #expect(throws: error) { try Self.task(request, outputs, labels: labels) }
  }

  /// Names tell apart what shapes do not.
  @Test func namesAndTypesTellOutputsApart() throws {
    let inside = try Self.task("detect", [[100, 4], [100], [100]], labels: 91, integers: [1]).task.boxes
    #expect(inside?.label?.output == 1 && inside?.scores.output == 2 && inside?.suppression == PictureTask.Boxes.Suppression.none)
    let tensorflow = try Self.task(
      "detect:torchvision,box=yxyx,unit=shares", [[1, 10, 4], [1, 10], [1, 10], [1]], names: ["boxes", "scores", "classes", "count"]
    ).task.boxes
    #expect(tensorflow?.label?.output == 2 && tensorflow?.scores.output == 1 && tensorflow?.form == .cornersDownFirst)
    let pair = try Self.task("detect", [[1, 50, 4], [1, 50, 4]], .softmax, names: ["confidences", "boxes"]).task.boxes
    #expect(pair?.box.output == 1 && pair?.scores.output == 0 && pair?.background == .labelled)
  }

  @Test(
    arguments: [
      ([[1, 21, 65, 65]], 21, Last.reshape, PictureTask.ClassMap.Content.scores, 1, 0.0),
      ([[1, 65, 65, 21]], 21, .reshape, .scores, 3, 0), ([[1, 65, 65, 21]], 0, .reshape, .scores, 3, 0),
      ([[1, 1, 64, 64]], 0, .reshape, .number, 1, 0),
      ([[1, 64, 64, 1]], 2, .sigmoid, .number, 3, 0.5), ([[1, 1, 64, 64]], 1, .softmax, .number, 1, 0.5),
    ] as [([Extents], Int, Last, PictureTask.ClassMap.Content, Int, Double)])
  func mapsAreRecognized(
    _ outputs: [Extents], _ labels: Int, _ last: Last, _ content: PictureTask.ClassMap.Content, _ axis: Int, _ threshold: Double
  ) throws {
    let map = try #require(try Self.task("segment", outputs, labels: labels, last).task.classMap)
    #expect(map.content == content && map.axis == axis && map.threshold == threshold)
  }

  /// torchvision's second output is for training; labels may say otherwise, and so may a name.
  @Test func oneOfSeveralMapsIsTaken() throws {
    let outputs = [[1, 21, 64, 64], [1, 19, 64, 64]]
    #expect(try Self.task("segment", outputs).task.classMap?.output == 0)
    #expect(try Self.task("segment", outputs, labels: 19).task.classMap?.output == 1)
    #expect(try Self.task("segment:output=out1", outputs).task.classMap?.output == 1)
    #expect(try Self.task("segment", [[1, 64, 64]], integers: [0]).task.classMap?.content == .classes)
  }

  @Test func keysReplaceWhatIsUsual() throws {
    let boxes = try #require(
      try Self.task(
        "detect:ssd,score=0.5,iou=0.6,most=7,nms=all,unit=pixels,box=center,scores=sigmoid,background=none", [[1, 9, 4], [1, 9, 3]],
        .softmax
      ).task.boxes)
    #expect(boxes.score == 0.5 && boxes.overlap == 0.6 && boxes.most == 7 && boxes.suppression == .all && boxes.unit == .pixels)
    #expect(boxes.form == .center && boxes.activation == .sigmoid && boxes.background == .none)
  }

  @Test(arguments: [
    ("detct", TaskError.unknownTask("detct")), ("detect:yolo99", .badValue(key: "head", value: "yolo99")),
    ("detect:score=2", .badValue(key: "score", value: "2")), ("detect:score=nan", .badValue(key: "score", value: "nan")),
    ("detect:yolov8,iou=", .badValue(key: "iou", value: "")), ("detect:most=0", .badValue(key: "most", value: "0")),
    ("detect:yolov8,yolov5", .unknownKey("yolov5", task: "detect")), ("detect:score=0.1,score=0.2", .repeatedKey("score")),
    ("segment:score=1", .unknownKey("score", task: "segment")), ("segment:threshold=x", .badValue(key: "threshold", value: "x")),
    ("classify:top=1", .unknownKey("top", task: "classify")),
  ]) func slipsAreNamed(_ argument: String, _ error: TaskError) throws {
    #expect(throws: error) { try TaskRequest(argument: argument) }
    let outcome = try Tool.run("convert", Tool.model, "--task", argument, "-o", "/dev/null")
    #expect(outcome.code == 64)
    expectMessageForm(outcome.err)
  }

  // The command

  static let detector = Tool.root + "/Fixtures/boxes/detector.onnx"
  static let segmentation = Tool.root + "/Fixtures/boxes/segmentation.onnx"

  @Test func detectorsPrintBoxes() throws {
    let scratch = try Scratch(), model = Self.detector, bundle = scratch / "d.o2m"
    try Data("cat\ndog\nbird\n".utf8).write(to: URL(fileURLWithPath: scratch / "names.txt"))
    let converted = try Tool.run(
      "convert", model, "-o", bundle, "--task", "detect:score=0.25", "--labels", scratch / "names.txt", "--preprocess",
      "resize=letterbox:64x64,scale=1/255", "--precision", "float32")
    #expect(converted.code == 0, "\(converted.err)")
    #expect(converted.out.contains("detect: yolov10 head in 'boxes', scores from 0.25, at most 100 boxes"), "\(converted.out)")
    let dumped = try Tool.run("dump", bundle)
    #expect(dumped.out.contains("detect: 'boxes', scores from 0.25, at most 100 boxes\n"), "\(dumped.out)")
    let task = try #require(try Tool.run("dump", bundle, "--json").json["task"] as? [String: Any])
    #expect(task["kind"] as? String == "detect" && task["head"] is NSNull && task["outputs"] as? [String] == ["boxes"])
    // The digit's picture is square, so that a pixel of the input is one share of it.
    let outcome = try Tool.run("run", bundle, "--input", Tool.picture, "--json")
    let result = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
    let boxes = try #require(result["boxes"] as? [[String: Any]])
    #expect(boxes.map { $0["label"] as? String } == ["dog", "cat"] && boxes.map { $0["class"] as? Int } == [1, 0])
    let side = try #require(boxes[0]["x"] as? Double) / 8
    for (key, number) in [("y", 16.0), ("width", 32), ("height", 32)] {
      let found = try #require(boxes[0][key] as? Double)
      #expect((found / side - number).magnitude < 0.1)
    }
    let text = try Tool.run("run", bundle, "--input", Tool.picture)
    #expect(text.code == 0 && text.out.contains(" 1  dog\n") && text.out.contains(" 0  cat\n") && !text.out.contains("bird"))
    #expect(try Tool.run("run", bundle, "--input", Tool.picture, "--top", "1").out.split(separator: "\n").count == 2)
    // Above all scores there is none.
    let strict = try Tool.run("convert", model, "-o", bundle, "--task", "detect:score=1", "--preprocess", "resize=64x64")
    #expect(strict.code == 0)
    #expect(try Tool.run("run", bundle, "--input", Tool.picture).out == "no boxes\n")

    let refused = try Tool.run("convert", model, "-o", bundle, "--task", "detect:ssd")
    #expect(refused.code == 64 && refused.err.contains("its outputs are not those of a ssd head: 'boxes' [1, 3, 6]"))
    expectMessageForm(refused.err)
  }

  /// A head that the model does not decode, from the file to the boxes; the bundle states a version of its own.
  @Test func levelsPrintBoxes() throws {
    let scratch = try Scratch(), bundle = scratch / "l.o2m", model = Tool.root + "/Fixtures/boxes/levels.onnx"
    try Data("cat\ndog\n".utf8).write(to: URL(fileURLWithPath: scratch / "names.txt"))
    func convert(_ task: String) throws -> Outcome {
      try Tool.run(
        "convert", model, "-o", bundle, "--task", task, "--labels", scratch / "names.txt", "--preprocess", "resize=64x64,scale=1/255",
        "--precision", "float32")
    }
    let asked = try convert("detect")
    #expect(asked.code == 64 && asked.err.contains("may be those of yolov3-raw or yolov4-raw: 'p4' [1, 21, 4, 4]"), "\(asked.err)")
    expectMessageForm(asked.err)
    let converted = try convert("detect:yolov3-raw,score=0.01")
    #expect(converted.code == 0 && converted.out.contains("yolov3-raw head in 'p4', 'p5', 2 classes"), "\(converted.out)\(converted.err)")
    #expect(try Tool.run("dump", bundle).out.contains("format 1.13"))
    let outcome = try Tool.run("run", bundle, "--input", Tool.picture, "--json")
    let boxes = try #require(((try outcome.json["results"] as? [[String: Any]])?.first)?["boxes"] as? [[String: Any]])
    #expect(!boxes.isEmpty)
    let verified = try Tool.run("verify", model, bundle, "--pictures", (Tool.picture as NSString).deletingLastPathComponent)
    #expect(verified.code == 0 && verified.out.contains("overlap of a pair    100.0 % on average"), "\(verified.out)\(verified.err)")
  }

  @Test func segmentationsPrintShares() throws {
    let scratch = try Scratch(), bundle = scratch / "s.o2m"
    let converted = try Tool.run(
      "convert", Self.segmentation, "-o", bundle, "--task", "segment", "--preprocess", "resize=16x16,scale=1/255")
    #expect(converted.code == 0 && converted.out.contains("segment: 'map', 3 classes"), "\(converted.out)\(converted.err)")
    let outcome = try Tool.run("run", bundle, "--input", Tool.picture, "--json")
    let map = try #require((try outcome.json["results"] as? [[String: Any]])?.first?["map"] as? [String: Any])
    // Gray is as much of every class: the first.
    let classes = try #require(map["classes"] as? [[String: Any]])
    #expect(classes.count == 1 && classes[0]["class"] as? Int == 0 && classes[0]["share"] as? Double == 1)
    #expect(try Tool.run("run", bundle, "--input", Tool.picture).out.hasPrefix("map of "))
  }

  /// Boxes that a bundle moved, lost or found are counted, with the pictures.
  @Test func boxesAreCompared() throws {
    func box(_ label: Int, _ x: Float, _ score: Float = 0.5) -> DetectedBox {
      var box = DetectedBox()
      (box.label, box.score, box.x, box.y, box.width, box.height) = (label, score, x, 0, 10, 10)
      return box
    }
    var boxes = BoxComparison()
    boxes.add("same", model: [box(0, 0), box(1, 50)], bundle: [box(1, 50, 0.75), box(0, 0)])
    #expect(boxes.pairs == 2 && boxes.differing == [] && boxes.leastOverlap == 1 && boxes.largestScoreDifference == 0.25)
    boxes.add("moved", model: [box(0, 0)], bundle: [box(0, 2), box(0, 1)])
    #expect(boxes.pairs == 3 && boxes.differing == ["moved"] && (boxes.leastOverlap - 9.0 / 11).magnitude < 1e-6)
    boxes.add("other class", model: [box(0, 0)], bundle: [box(1, 0)])
    boxes.add("too far", model: [box(0, 0)], bundle: [box(0, 5)])
    boxes.add("lost", model: [box(0, 0)], bundle: [])
    boxes.add("none", model: [], bundle: [])
    #expect(boxes.model == 6 && boxes.bundle == 6 && boxes.pairs == 3)
    #expect(boxes.differing == ["moved", "other class", "too far", "lost"])

    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.run("convert", Self.detector, "-o", bundle, "--task", "detect", "--preprocess", "resize=64x64").code == 0)
    let outcome = try Tool.run("verify", Self.detector, bundle, "--pictures", Tool.digits + "/pictures")
    #expect(outcome.code == 0 && outcome.out.contains("pairs of one class   120\n"), "\(outcome.out)\(outcome.err)")
  }

  // Trained detectors

  static let models = ProcessInfo.processInfo.environment["O2M_MODELS"] ?? ""

  /// A box that numpy found with onnxruntime's outputs, the same preparation by Pillow, and suppression by its definition.
  struct Expected {
    var model: String
    var photo: String
    var label: Int
    var score: Double
    var ends: [Double]
  }

  static let seen = [
    Expected(model: "fastestdet", photo: "detect_street.jpg", label: 0, score: 0.9289, ends: [431.6, 43.4, 572.7, 458.3]),
    Expected(model: "fastestdet", photo: "detect_street.jpg", label: 0, score: 0.9019, ends: [191.9, 60.8, 323.2, 452.8]),
    Expected(model: "fastestdet", photo: "detect_street.jpg", label: 16, score: 0.8548, ends: [354.4, 288.5, 470.7, 453.4]),
    Expected(model: "fastestdet", photo: "detect_street.jpg", label: 2, score: 0.8374, ends: [67.4, 111.4, 212.5, 272.6]),
    Expected(model: "fastestdet", photo: "detect_street.jpg", label: 2, score: 0.8358, ends: [0, 81.2, 87.8, 320.3]),
    Expected(model: "fastestdet", photo: "detect_dogs.jpg", label: 16, score: 0.8272, ends: [412.4, 162.0, 582.0, 372.8]),
    Expected(model: "ultraface_rfb_320", photo: "detect_faces.jpg", label: 0, score: 1.0, ends: [178.4, 108.8, 298.7, 276.0]),
    Expected(model: "ultraface_rfb_320", photo: "detect_faces.jpg", label: 0, score: 0.9998, ends: [352.4, 64.1, 469.3, 227.7]),
    Expected(model: "ultraface_rfb_320", photo: "detect_faces.jpg", label: 0, score: 0.9995, ends: [593.0, 159.5, 661.1, 249.7]),
    Expected(model: "ultraface_rfb_320", photo: "detect_faces.jpg", label: 0, score: 0.9952, ends: [8.9, 136.1, 67.7, 215.2]),
    Expected(model: "ultraface_rfb_320", photo: "detect_grace_hopper.jpg", label: 0, score: 1.0, ends: [161.1, 114.4, 335.9, 312.1]),
  ]

  @Test(
    .enabled(if: !models.isEmpty, "O2M_MODELS names no folder"),
    arguments: [
      ("fastestdet", "detect:fastestdet,score=0.8", "resize=352x352,filter=box,order=bgr,scale=1/255"),
      ("ultraface_rfb_320", "detect:score=0.9", "resize=320x240,scale=1/128,mean=0.9921875"),
    ])
  func trainedDetectorsSeeWhatIsThere(_ model: String, _ task: String, _ preparation: String) throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    try Data("face\n".utf8).write(to: URL(fileURLWithPath: scratch / "labels.txt"))
    let labels = model == "fastestdet" ? [] : ["--labels", scratch / "labels.txt"]
    let converted = try Tool.start(
      Tool.binary,
      [
        "convert", "\(Self.models)/\(model)/model.onnx", "-o", bundle, "--precision", "float32", "--task", task, "--preprocess",
        preparation,
      ]
        + labels, in: Tool.root, environment: [:])
    #expect(converted.code == 0, "\(converted.err)")
    for photo in Set(Self.seen.filter { $0.model == model }.map(\.photo)) {
      let outcome = try Tool.run("run", bundle, "--input", "\(Self.models)/photos/\(photo)", "--json")
      let result = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
      let boxes = try #require(result["boxes"] as? [[String: Any]])
      let expected = Self.seen.filter { $0.model == model && $0.photo == photo }
      try #require(boxes.count >= expected.count)
      for (box, expected) in zip(boxes, expected) {
        func number(_ key: String) throws -> Double { try #require(box[key] as? Double) }
        let score = try number("score")
        #expect(box["class"] as? Int == expected.label && (score - expected.score).magnitude < 0.002)
        let ends = try [number("x"), number("y"), number("x") + number("width"), number("y") + number("height")]
        for (a, b) in zip(ends, expected.ends) { #expect((a - b).magnitude < 0.6, "\(photo): \(ends) is \(expected.ends)") }
      }
    }
  }

  static let wild = ProcessInfo.processInfo.environment["O2M_WILD"] ?? ""

  /// A YOLOX that nobody here trained, with its raw grids, on its own input: boxes as its authors' decoding and suppression by its
  /// definition make of the stored output.
  @Test(.enabled(if: !wild.isEmpty, "O2M_WILD names no folder")) func rawGridsAreDecoded() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m", folder = Self.wild + "/ddddocr_det"
    try Data("text\n".utf8).write(to: URL(fileURLWithPath: scratch / "labels.txt"))
    let converted = try Tool.run(
      "convert", folder + "/model.onnx", "-o", bundle, "--precision", "float32", "--task", "detect", "--labels", scratch / "labels.txt")
    #expect(converted.code == 0 && converted.out.contains("detect: yolox head"), "\(converted.out)\(converted.err)")
    let outcome = try Tool.run("run", bundle, "--input", folder + "/test_data_set_0/input_0.pb", "--json")
    let result = try #require((try outcome.json["results"] as? [[String: Any]])?.first)
    let boxes = try #require(result["boxes"] as? [[String: Any]])
    let expected = [
      (0.6961, [219.56, 49.59, 301.32, 113.48]), (0.6487, [48.79, 38.6, 98.77, 110.14]), (0.2718, [156.56, 37.48, 220.24, 111.22]),
    ]
    #expect(boxes.count == expected.count)
    for (box, expected) in zip(boxes, expected) {
      func number(_ key: String) throws -> Double { try #require(box[key] as? Double) }
      let ends = try [number("x"), number("y"), number("x") + number("width"), number("y") + number("height")], score = try number("score")
      #expect((score - expected.0).magnitude < 1e-3 && zip(ends, expected.1).allSatisfy { ($0 - $1).magnitude < 0.05 }, "\(ends)")
    }
  }
}
