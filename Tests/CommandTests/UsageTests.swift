import Foundation
import Testing

/// What the parser refuses, and what it prints when it is asked for help.
struct UsageTests {
  static let refused: [[String]] = [
    ["nonsense"], ["convert"], ["convert", "m.onnx", "--nonsense"], ["convert", "m.onnx", "--input-shape", "x"],
    ["convert", "m.onnx", "--input-shape", "x:-1,3"], ["convert", "m.onnx", "--input-shape", "x:9223372036854775807,2"],
    ["convert", "m.onnx", "--input-shape", "x:T,9223372036854775807,2"], ["convert", "m.onnx", "--input-shape", "x:T,"],
    ["convert", "m.onnx", "--symbol", "T"], ["convert", "m.onnx", "--symbol", "T=5..1"], ["convert", "m.onnx", "--symbol", "T=1..5/0"],
    ["convert", "m.onnx", "--symbol", "3=1..5"], ["convert", "m.onnx", "--typical", "T"], ["convert", "m.onnx", "--typical", "T=-1"],
    ["convert", "m.onnx", "--zstd-level", "23"], ["convert", "m.onnx", "--stop-after", "some"],
    ["convert", "m.onnx", "--skip-pass", "nonsense"],
    ["convert", "m.onnx", "--no-verify", "--min-sqnr", "3"], ["convert", "m.onnx", "-o", "m.onnx"],
    ["verify"], ["verify", "a.o2m", "--data", "d"], ["verify", "a.o2m", "--pictures", "d"],
    ["verify", "a", "b", "--max-fall", "3"], ["verify", "a", "b", "--baseline", "c", "--max-fall", "-1"],
    ["verify", "--suite", "d", "--config", "c"], ["verify", "a.o2m", "--random", "2"],
    ["verify", "a", "b", "--through", "bundle"], ["verify", "a", "b", "--filter", "*"], ["verify", "--suite", "d", "a"],
    ["verify", "--suite", "d", "--data", "e"], ["verify", "--suite", "d", "--through", "nonsense"],
    ["verify", "a.o2m", "--bisect"], ["verify", "a", "b", "c", "--bisect"], ["verify", "a", "b", "-o", "d"],
    ["verify", "--suite", "d", "--bisect"],
    ["verify", "a", "b", "--random", "0"], ["verify", "a", "b", "--min-top1", "2"], ["verify", "a", "b", "--rtol", "-1"],
    ["dump"], ["dump", "a", "--operators"], ["dump", "--operators", "--weights"], ["dump", "a", "--json", "--format", "text"],
    ["bench", "a", "--json", "--format", "text"], ["convert", "a", "--json", "--format", "text"],
    ["dump", "a", "--precision", "float16"],
    ["run", "a", "--top", "0"], ["run", "a", "--input", "x="],
    ["bench", "a", "--threads", "0"], ["unpack", "a"],
    // Of the contract, and not built yet.
    ["verify", "a.o2m", "--per-layer"], ["verify", "--suite", "d", "--per-layer"], ["verify", "a", "b", "--format", "html"],
    ["dump", "a", "--profile", "p.json"], ["dump", "a", "--format", "html", "--node", "x"], ["dump", "--operators", "--format", "html"],
    ["convert", "m.onnx", "--precision", "int8"], ["convert", "m.onnx", "--calibration", "d"],
  ]

  @Test(arguments: refused)
  func isUsageError(arguments: [String]) throws {
    let outcome = try Tool.start(Tool.binary, arguments, in: Tool.root, environment: [:])
    #expect(outcome.code == 64)
    #expect(outcome.out.isEmpty)
    expectMessageForm(outcome.err)
  }

  @Test(arguments: ["convert", "verify", "dump", "diff", "run", "unpack", "bench"])
  func helpShowsAnExample(command: String) throws {
    let outcome = try Tool.start(Tool.binary, [command, "--help"], in: Tool.root, environment: ["COLUMNS": "80"])
    #expect(outcome.code == 0)
    #expect(outcome.out.contains("Example:\n  onnx2mobile \(command) "))
    for line in outcome.out.split(separator: "\n") { #expect(line.count <= 100) }
  }

  @Test func versionAndCompletions() throws {
    let version = try Tool.run("--version")
    #expect(version.code == 0)
    #expect(version.out.split(separator: ".").count == 3)
    for shell in ["bash", "zsh", "fish"] {
      let script = try Tool.run("--generate-completion-script", shell)
      #expect(script.code == 0)
      #expect(script.out.contains("min-sqnr"))
    }
  }

  /// The same help whether a pass is listed by `convert` or refused by name.
  @Test func convertListsThePasses() throws {
    let help = try Tool.run("convert", "--help").out.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(help.contains("Passes, in order: fold-constants, "))
    #expect(help.contains("fuse-expand-into-depthwise."))
  }

  /// Who wrote nearly the right word is told it.
  @Test(arguments: [
    (["convrt", "m.onnx"], "there is no command 'convrt'; did you mean 'convert'?"),
    (["help", "verfy"], "there is no command 'verfy'; did you mean 'verify'?"),
    (["inspect"], "there is no command 'inspect'"),
    (["convert", "m.onnx", "--precison", "float32"], "'--precison'; did you mean '--precision'?"),
    (["convert", "m.onnx", "--precision", "flot16"], "'float32', 'float16' or 'int8-weights'; did you mean 'float16'?"),
    (["convert", "m.onnx", "--precision", "int8"], "did you mean 'int8-weights'?"),
    (["verify", "a", "b", "--format", "jsn"], "did you mean 'json'?"),
    (["dump", "a", "--stage", "optimised"], "did you mean 'optimized'?"),
    (["convert", "m.onnx", "--skip-pass", "fold-batchnom"], "there is no pass 'fold-batchnom'; did you mean 'fold-batchnorm'?"),
    (["convert", "m.onnx", "--preprocess", "imagnet"], "did you mean 'imagenet'?"),
    (["convert", "m.onnx", "--preprocess", "risize=4x4"], "did you mean 'resize'?"),
    (["convert", "m.onnx", "--preprocess", "filter=bilinaer"], "did you mean 'bilinear'?"),
    (["convert", "m.onnx", "--preprocess", "order=rbg"], "did you mean 'rgb'?"),
    (["convert", "m.onnx", "--preprocess", "crop=huge"], "'huge' is no value of 'crop'"),
  ])
  func theWordThatWasMeantIsNamed(arguments: [String], words: String) throws {
    let outcome = try Tool.start(Tool.binary, arguments, in: Tool.root, environment: [:])
    #expect(outcome.code == 64)
    #expect(outcome.err.split(separator: "\n")[0].hasSuffix(words), "\(outcome.err)")
    expectMessageForm(outcome.err)
  }
}
