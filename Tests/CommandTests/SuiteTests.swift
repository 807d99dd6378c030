import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// `verify --suite` over cases in ONNX's layout.
struct SuiteTests {
  static let operators = Tool.root + "/Fixtures/ops"

  @Test(arguments: ["reference", "bundle"])
  func allCasesOfAnOperatorPass(route: String) throws {
    let outcome = try Tool.run("verify", "--suite", Self.operators, "--filter", "Softmax/*", "--through", route, "--format", "json")
    #expect(outcome.code == 0)
    let report = try outcome.json
    #expect(Set(report.keys) == ["total", "passed", "failed", "unsupported", "cases"])
    let cases = try #require(report["cases"] as? [[String: Any]])
    #expect(cases.count > 5)
    for item in cases {
      #expect(Set(item.keys) == ["name", "status", "reason"])
      #expect(item["status"] as? String == "passed")
    }
    for key in ["total", "passed"] { #expect(report[key] as? Int == cases.count) }
  }

  @Test func anOutputThatDiffersFailsAndIsNamed() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Tool.digits, toPath: scratch / "digits")
    // The digits' second picture is no answer to the first.
    try FileManager.default.removeItem(atPath: scratch / "digits/test_data_set_0/output_0.pb")
    try FileManager.default.copyItem(
      atPath: Tool.digits + "/test_data_set_1/output_0.pb", toPath: scratch / "digits/test_data_set_0/output_0.pb")
    let outcome = try Tool.run("verify", "--suite", scratch.path)
    #expect(outcome.code == 1)
    #expect(outcome.out.contains("1 case, 0 passed, 1 failed, 0 unsupported"))
    #expect(outcome.err.contains("an element differs by"))
    expectMessageForm(outcome.err)
  }

  @Test func whatIsNotSupportedIsNoFailure() throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Tool.digits, toPath: scratch / "case")
    try FileManager.default.removeItem(atPath: scratch / "case/model.onnx")
    try FileManager.default.copyItem(atPath: Tool.broken + "/unsupported-ops.onnx", toPath: scratch / "case/model.onnx")
    let input = TensorFile(name: "x", tensor: Tensor([1, 3, 8, 8], [Float](repeating: 0, count: 192)))
    for set in 0..<10 {
      try Data(input.bytes).write(to: URL(fileURLWithPath: scratch / "case/test_data_set_\(set)/input_0.pb"))
    }
    let outcome = try Tool.run("verify", "--suite", scratch.path, "--format", "json")
    #expect(outcome.code == 69, "\(outcome.err)")
    #expect(try outcome.json["unsupported"] as? Int == 1)
    expectMessageForm(outcome.err)
  }

  /// Data without names is matched by its place among the model's inputs, also behind one that became a constant.
  @Test(arguments: ["reference", "bundle"])
  func dataWithoutNamesGoesByPlace(route: String) throws {
    let scratch = try Scratch()
    var model = ModelWriter()
    model.input("size", .int64, [2])
    model.input("x", .float32, [4])
    model.node("Reshape", ["x", "size"], ["y"])
    model.output("y")
    let x: [Float] = [1, 2, 3, 4]
    let files = [
      ("model.onnx", model.bytes),
      ("test_data_set_0/input_0.pb", TensorFile(name: "", tensor: .indices([2, 2])).bytes),
      ("test_data_set_0/input_1.pb", TensorFile(name: "", tensor: Tensor([4], x)).bytes),
      ("test_data_set_0/output_0.pb", TensorFile(name: "", tensor: Tensor([2, 2], x)).bytes),
    ]
    try FileManager.default.createDirectory(atPath: scratch / "test_data_set_0", withIntermediateDirectories: true)
    for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: scratch / name)) }
    let outcome = try Tool.run("verify", "--suite", scratch.path, "--through", route)
    #expect(outcome.code == 0, "\(outcome.err)")
  }

  /// A file that is missing is damage of the case, not of the tool's making.
  @Test(arguments: ["reference", "bundle"])
  func aMissingInputFails(route: String) throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(atPath: Self.operators + "/Add/\(try firstCase("Add"))", toPath: scratch / "case")
    try FileManager.default.removeItem(atPath: scratch / "case/test_data_set_0/input_1.pb")
    let outcome = try Tool.run("verify", "--suite", scratch.path, "--through", route)
    #expect(outcome.code == 1 && outcome.err.contains("1 input is stored from input_0.pb on, the model takes 2"), "\(outcome.err)")
    expectMessageForm(outcome.err)
  }

  private func firstCase(_ type: String) throws -> String {
    try #require(try FileManager.default.contentsOfDirectory(atPath: Self.operators + "/" + type).sorted().first { !$0.contains(".") })
  }

  @Test func aFolderWithoutCasesIsAnError() throws {
    #expect(try Tool.run("verify", "--suite", "/nowhere").code == 66)
    let outcome = try Tool.run("verify", "--suite", Self.operators, "--filter", "no-such-case*")
    #expect(outcome.code == 64)
    expectMessageForm(outcome.err)
  }

  @Test func theReportGoesToAFile() throws {
    let scratch = try Scratch()
    let outcome = try Tool.run(
      "verify", "--suite", Self.operators, "--filter", "Relu/*", "--format", "json", "--report", scratch / "r.json")
    #expect(outcome.code == 0 && outcome.out.isEmpty)
    #expect(try bytes(scratch / "r.json").count > 50)
  }
}
