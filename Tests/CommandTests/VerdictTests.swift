import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// A verdict that fails says what failed, in text and JSON; no figure in it looks like a good one.
struct VerdictTests {
  /// Stored outputs that are not those of `y = x`, and the word for it.
  static let wrong: [(output: Tensor, word: String, text: String)] = [
    (Tensor([1, 3], [.nan, 1, 2] as [Float]), "not_finite", "1 element is NaN or infinite on one side only"),
    (Tensor([1, 3], [0, -.infinity, .infinity] as [Float]), "not_finite", "2 elements are NaN or infinite on one side only"),
    (Tensor([3, 1], [0, 1, 2] as [Float]), "type", "1 case has another shape or element type"),
    (Tensor([1, 3], [0, 1, 2] as [Double]), "type", "1 case has another shape or element type"),
    (Tensor([1, 3], [0, 1, 3] as [Float]), "element", "an element differs by"),
  ]

  @Test(arguments: wrong.indices)
  func aFailureIsNamed(index: Int) throws {
    let scratch = try Scratch(), (output, word, words) = Self.wrong[index]
    var model = ModelWriter()
    model.input("x", .float32, [1, 3])
    model.node("Identity", ["x"], ["y"])
    model.output("y")
    try FileManager.default.createDirectory(atPath: scratch / "test_data_set_0", withIntermediateDirectories: true)
    for (name, bytes) in [
      ("m.onnx", model.bytes), ("test_data_set_0/input_0.pb", TensorFile(name: "x", tensor: Tensor([1, 3], [0, 1, 2] as [Float])).bytes),
      ("test_data_set_0/output_0.pb", TensorFile(name: "y", tensor: output).bytes),
    ] { try Data(bytes).write(to: URL(fileURLWithPath: scratch / name)) }
    #expect(try Tool.run("convert", "m.onnx", "--precision", "float32", in: scratch.path).code == 0)

    let shown = try Tool.run("verify", "m.onnx", "m.o2m", "--data", ".", in: scratch.path)
    #expect(shown.code == 1 && shown.out.contains("  y: \(words)") && shown.err.contains(words))
    #expect(!shown.out.contains("exact"), "\(shown.out)")
    let report = try Tool.run("verify", "m.onnx", "m.o2m", "--data", ".", "--format", "json", in: scratch.path).json
    #expect(report["verdict"] as? String == "fail")
    let figures = try #require((report["outputs"] as? [[String: Any]])?.first)
    #expect((figures["failures"] as? [String])?.contains(word) == true)
    #expect(try #require(figures["sqnr_db"] as? Double) < 80)
    if word != "element" {
      #expect(figures["max_abs"] as? String == "inf" && figures["rmse"] as? String == "inf" && figures["cosine"] as? Double == 0)
    }
  }
}
