import Foundation
import Testing

/// What a run of the command line left behind.
struct Outcome {
  var code: Int32
  var out: String
  var err: String

  /// The top level of the JSON on stdout.
  var json: [String: Any] {
    get throws { try #require(JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any]) }
  }
}

enum Tool {
  /// The package's root, found from this file.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  static let broken = root + "/Fixtures/broken"
  static let digits = root + "/Fixtures/models/digits"
  static let model = digits + "/model.onnx"
  static let picture = digits + "/pictures/digit_00_label2.png"
  /// A model with other inputs.
  static let other = root + "/Fixtures/ops/Abs/int32/model.onnx"

  /// The tool is built beside the program that runs these tests.
  static let binary: String = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: runner).deletingLastPathComponent().appendingPathComponent("onnx2mobile").path
  }()

  static func run(_ arguments: String..., in folder: String = Tool.root) throws -> Outcome {
    try start(binary, arguments, in: folder, environment: [:])
  }

  /// Runs a program to its end. Its output goes through files, so that no full pipe can stop it.
  static func start(_ program: String, _ arguments: [String], in folder: String, environment: [String: String]) throws -> Outcome {
    let scratch = try Scratch()
    let files = (out: scratch / "out", err: scratch / "err")
    let end = try ChildProcess(program, arguments, in: folder, environment: environment, output: files.out, error: files.err).wait()
    guard case .code(let code) = end else {
      Issue.record("\(program) \(arguments) ended with \(end)")
      return Outcome(code: -1, out: "", err: "")
    }
    return Outcome(
      code: code, out: try String(contentsOfFile: files.out, encoding: .utf8), err: try String(contentsOfFile: files.err, encoding: .utf8))
  }

  /// The digits as a bundle with labels and preparation.
  static func convertDigits(to bundle: String, _ more: [String] = []) throws -> Outcome {
    try start(
      binary, ["convert", model, "-o", bundle, "--labels", digits + "/labels.txt", "--preprocess", digits + "/preprocess.json"] + more,
      in: root, environment: [:])
  }
}

/// A folder of its own for a test, removed with the last reference to it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static func / (folder: Scratch, name: String) -> String { folder.path + "/" + name }
}

func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

/// `error:` and what is wrong, where there are several reasons each on a line of its own, then at most one line of help: no traces, no
/// names of Swift types.
func expectMessageForm(_ text: String, _ comment: Comment? = nil) {
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  #expect(lines.first?.hasPrefix("error: ") == true, comment)
  #expect(lines.first?.hasSuffix(".") == false, comment)
  var rest = lines.dropFirst()
  if let words = lines.first?.split(separator: " "), words.last == "reasons:", words.count > 1, let count = Int(words[words.count - 2]) {
    #expect(rest.prefix(count).allSatisfy { $0.hasPrefix("  ") && !$0.hasPrefix("  help: ") }, comment)
    rest = rest.dropFirst(count)
  }
  #expect(rest.count == 1 || (rest.count == 2 && rest.first?.hasPrefix("  help: ") == true), comment)
  for word in ["O2M", "Fault", "Optional(", "Fatal"] { #expect(!text.replacingOccurrences(of: "O2M_", with: "").contains(word), comment) }
}
