import Foundation
import O2MConvert
import O2MImport
import O2MRuntime
import O2MTensor
import Testing

/// Model and bundle on the user's pictures.
struct PicturesTests {
  private static let pictures = Tool.digits + "/pictures"

  /// The name of a picture ends with what it shows.
  private static func shown(_ name: String) -> String { name.firstMatch(of: /label(\d)/).map { String($0.1) } ?? "" }

  /// The digits with a bias of the last layer that is far more than scores differ: all of them are 0.
  static func writeModelOfOneClass(to path: String) throws {
    var model = try bytes(Tool.model)
    let name = try #require(model.range(of: Data("classifier.bias".utf8), options: .backwards))
    // TensorProto.raw_data of ten floats, before the name or behind it.
    let field = Data([0x4A, 40])
    let after = model.range(of: field, in: name.upperBound..<min(name.upperBound + 8, model.endIndex))
    let before = model.range(of: field, in: max(name.lowerBound - 60, 0)..<name.lowerBound)
    let place = try #require(after ?? before).upperBound
    withUnsafeBytes(of: Float(1000)) { model.replaceSubrange(place..<place + 4, with: $0) }
    try model.write(to: URL(fileURLWithPath: path))
  }

  private func verify(_ bundle: String, _ more: String...) throws -> [String: Any] {
    let outcome = try Tool.start(
      Tool.binary, ["verify", Tool.model, bundle, "--format", "json", "--pictures"] + more, in: Tool.root, environment: [:])
    #expect(outcome.code == 0, "\(outcome.err)")
    return try #require(try outcome.json["pictures"] as? [String: Any])
  }

  /// The same pictures by a list, by folders named as labels, and by folders named as numbers.
  @Test func accuracyIsThatOfTheLabels() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.pictures).filter { $0.hasSuffix(".png") }.sorted()
    let labels = try String(contentsOfFile: Tool.digits + "/labels.txt", encoding: .utf8).split(separator: "\n").map(String.init)
    for folder in ["words", "numbers"] {
      for name in names {
        let own = Self.shown(name), target = scratch / "\(folder)/\(folder == "words" ? labels[Int(own) ?? 0] : own)"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Self.pictures + "/" + name, toPath: target + "/" + name)
      }
    }
    // The first picture is said to show something else: one less is right.
    var lines = names.map { "\($0),\(labels[Int(Self.shown($0)) ?? 0])" }
    lines[0] = "\(names[0])\t\((Int(Self.shown(names[0])) ?? 0) + 1)"
    try Data(("# what they show\n\n" + lines.joined(separator: "\r\n")).utf8).write(to: URL(fileURLWithPath: scratch / "list.csv"))

    let byWord = try verify(bundle, scratch / "words", "--labels-from", "folders")
    let byNumber = try verify(bundle, scratch / "numbers", "--labels-from", "folders")
    let byList = try verify(bundle, Self.pictures, "--labels-from", scratch / "list.csv"), plain = try verify(bundle, Self.pictures)
    func hits(_ report: [String: Any], _ who: String) -> Int? {
      ((report[who] as? [String: Any])?["top1"] as? [String: Any])?["hits"] as? Int
    }
    for who in ["model_accuracy", "bundle_accuracy"] {
      #expect(hits(byWord, who) == names.count && hits(byNumber, who) == names.count && hits(byList, who) == names.count - 1)
      #expect(plain[who] is NSNull)
    }
    let agreement = try #require(plain["top1_agreement"] as? [String: Any])
    #expect(agreement["hits"] as? Int == names.count && agreement["high"] as? Double == 1)
    #expect(plain["count"] as? Int == names.count && plain["output"] as? String == "logits")
    let text = try Tool.run("verify", Tool.model, bundle, "--pictures", Self.pictures).out
    #expect(text.contains("same best class") && text.contains("60 of 60  100.0 %") && text.contains(" 94.0 % to 100.0 %"), "\(text)")
  }

  /// A bundle of other weights flips classes, and each flip has its margin.
  @Test func flipsAreListed() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m", other = scratch / "other.onnx"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    try Self.writeModelOfOneClass(to: other)
    let outcome = try Tool.run(
      "verify", other, bundle, "--pictures", Self.pictures, "--allow-other-model", "--format", "json", "--min-top1", "0.5")
    #expect(outcome.code == 1)
    let report = try #require(try outcome.json["pictures"] as? [String: Any])
    let flips = try #require(report["flips"] as? [[String: Any]]), share = try #require(report["top1_agreement"] as? [String: Any])
    #expect(flips.count == 60 - (share["hits"] as? Int ?? 0) && flips.count > 30)
    for flip in flips {
      #expect(flip["model_class"] as? Int == 0 && flip["bundle_class"] as? Int != 0)
      #expect(try #require(flip["margin"] as? Double) > 0.99)
    }
    let text = try Tool.run("verify", other, bundle, "--pictures", Self.pictures, "--allow-other-model")
    #expect(text.out.contains("\n  flipped ") && text.out.contains(" more, which --format json has\n"))
  }

  @Test func slipsAreNamed() throws {
    let scratch = try Scratch(), bundle = scratch / "d.o2m"
    #expect(try Tool.convertDigits(to: bundle).code == 0)
    try FileManager.default.createDirectory(atPath: scratch / "none", withIntermediateDirectories: true)
    for (name, text) in [("no.csv", "a.png"), ("unknown.csv", "a.png,1\nb.png,eleven"), ("others.csv", "a.png,1"), ("latin.csv", "\u{E9}")]
    {
      try text.data(using: name == "latin.csv" ? .isoLatin1 : .utf8)?.write(to: URL(fileURLWithPath: scratch / name))
    }
    for (arguments, code, words) in [
      (["--pictures", scratch / "none"], 64, "it holds no .jpg, .jpeg or .png"),
      (["--pictures", scratch / "missing"], 66, "cannot be opened"),
      (["--pictures", Self.pictures, "--labels-from", "folders"], 64, "the folder 'pictures' is no class of the bundle"),
      (["--pictures", Self.pictures, "--labels-from", scratch / "no.csv"], 65, "line 1: no class stands behind the picture"),
      (["--pictures", Self.pictures, "--labels-from", scratch / "unknown.csv"], 65, "line 2: 'eleven' is no class of the bundle"),
      (["--pictures", Self.pictures, "--labels-from", scratch / "others.csv"], 64, "it names none of the pictures"),
      (["--pictures", Self.pictures, "--labels-from", scratch / "latin.csv"], 65, "is not UTF-8 text"),
      (["--pictures", Self.pictures, "--labels-from", scratch / "missing"], 66, "cannot be opened"),
      (["--labels-from", "folders"], 64, "--labels-from goes with --pictures"),
    ] as [([String], Int32, String)] {
      let outcome = try Tool.start(Tool.binary, ["verify", Tool.model, bundle] + arguments, in: Tool.root, environment: [:])
      #expect(outcome.code == code && outcome.err.contains(words), "\(arguments): \(outcome.err)")
      expectMessageForm(outcome.err)
    }
  }

  /// Of two rows of scores the one with a class for each label is compared, and its shares stay what they are.
  @Test func theNamedOutputIsCompared() throws {
    var model = ModelWriter()
    model.input("image", .float32, [1, 1, 8, 8])
    model.initializer("three", Tensor([64, 3], (0..<192).map { Float($0 % 7) / 64 - 0.05 }))
    model.initializer("row", .indices([1, 64]))
    model.node("Reshape", ["image", "row"], ["pixels"])
    model.node("MatMul", ["pixels", "three"], ["products"])
    model.node("Sigmoid", ["products"], ["digit"])
    model.node("Slice", ["products", "first", "end", "axis"], ["kind"])
    for (name, value) in [("first", 0), ("end", 2), ("axis", 1)] { model.initializer(name, .indices([value])) }
    model.output("kind")
    model.output("digit")
    let scratch = try Scratch(), path = scratch / "m.onnx", bundle = scratch / "m.o2m"
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
    try Data("one\ntwo\nthree\n".utf8).write(to: URL(fileURLWithPath: scratch / "labels.txt"))
    let converted = try Tool.run(
      "convert", path, "-o", bundle, "--precision", "float32", "--labels", scratch / "labels.txt", "--preprocess",
      "resize=8x8,scale=1/255,layout=nchw")
    #expect(converted.code == 0, "\(converted.err)")
    let outcome = try Tool.run("verify", path, bundle, "--json", "--pictures", Self.pictures)
    let report = try #require(try outcome.json["pictures"] as? [String: Any])
    #expect(report["output"] as? String == "digit")
  }

  /// Against the formula's values as published tables have them.
  @Test(arguments: [
    (0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (95, 100, 0.8882, 0.9785),
  ])
  func intervalsAreWilsons(hits: Int, count: Int, low: Double, high: Double) {
    let interval = Proportion(hits: hits, count: count).interval
    #expect((interval.lowerBound - low).magnitude < 1e-4 && (interval.upperBound - high).magnitude < 1e-4)
  }

  @Test func scoresAreRanked() throws {
    let scores = try #require(ClassScores(Tensor([1, 4], [1, .infinity, .nan, 1] as [Float])))
    #expect(scores.order == [1, 0, 3, 2] && scores.shares == nil)
    let shares = try #require(ClassScores(Tensor([1, 2, 1, 1], [0.25, 0.75] as [Float]))?.shares)
    #expect(shares == [0.25, 0.75], "they are a distribution already")
    #expect(ClassScores(Tensor([2, 2], [1, 2, 3, 4] as [Float])) == nil && ClassScores(Tensor([2], [1, 2] as [Int32])) == nil)
  }
}
