import ArgumentParser

@main
struct Onnx2Mobile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx2mobile",
    abstract: "Takes a trained ONNX model to a phone and proves that it is still the same model.",
    discussion: """
      onnx2mobile convert squeezenet.onnx
      onnx2mobile verify squeezenet.onnx squeezenet.o2m --data test_data
      onnx2mobile run squeezenet.o2m --input data=cat.jpg --top 5

      Exit codes: 0 holds; 1 a verdict failed; 64 usage; 65 invalid or damaged file; 66 cannot open; 69 the model uses what is \
      not supported; 70 a fault of ours; 73 cannot write.
      """,
    version: Tool.version,
    subcommands: [Convert.self, Verify.self, Dump.self, Run.self, Unpack.self, Bench.self])
}

enum Tool {
  static let version = "0.1.0"
}
