import O2MConvert
import O2MImport

/// `IN=OUT` of `--state`.
enum StateArgument {
  /// What the arguments ask of the model at `path`.
  static func requests(_ arguments: [String], of path: String) throws -> [StateRequest] {
    guard !arguments.isEmpty else { return [] }
    let signature: ModelSignature
    do throws(ImportError) { signature = try ModelSignature(path: path) } catch { throw ImportMessages.failure(error, file: path) }
    let inputs = signature.inputs.map(\.name) + signature.stored, outputs = signature.outputs.map(\.name)
    return try arguments.map { argument in
      guard let request = StateRequest(argument: argument, inputs: inputs, outputs: outputs) else {
        throw Failure(.usage, "--state takes INPUT=OUTPUT, not '\(argument)'", help: "write --state h=hn, with names of the model")
      }
      return request
    }
  }
}
