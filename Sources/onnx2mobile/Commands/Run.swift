import ArgumentParser
import Foundation
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImage
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a bundle, or a model on the reference evaluator.",
    usage: "onnx2mobile run FILE --input NAME=FILE ... [--output-dir DIR] [--top K]",
    discussion: """
      Example:
        onnx2mobile run squeezenet.o2m --input data=cat.jpg --top 5
        onnx2mobile run model.onnx --input x=x.npy --output-dir out

      A picture is prepared as the bundle's manifest says. --output-dir writes one .npy per output.
      """)

  @Argument(help: ArgumentHelp("A bundle or an ONNX model.", valueName: "FILE"), completion: .file(extensions: ["o2m", "onnx"]))
  var file: String
  @Option(help: ArgumentHelp("An input, as NAME=x.npy, x.pb, x.jpg or x.png.", valueName: "NAME=FILE"))
  var input: [InputFile] = []
  @Option(help: ArgumentHelp("Write each output as OUTPUT_NAME.npy here.", valueName: "DIR"), completion: .directory)
  var outputDir: String?
  @Option(help: ArgumentHelp("Print the K best classes.", valueName: "K"))
  var top: Int?
  @OptionGroup var resources: LimitOptions
  @Flag(help: "Use the reference evaluator (always so for an ONNX model).")
  var reference = false

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 or more, not \(top)") }
  }

  func run() throws {
    try reporting {
      let results: [(name: String, tensor: Tensor)]
      var labels: [String] = []
      if Files.isBundle(file) {
        guard !reference else {
          throw Failure(.usage, "--reference runs an ONNX model, \(file) is a bundle", help: "give the model that the bundle was made from")
        }
        let opened = try OpenedBundle(file, limits: resources.bundleLimits)
        let manifest = opened.model.manifest
        labels = manifest.labels
        let inputs = try tensors(
          for: manifest.inputs.map { ($0.name, TensorType($0.type)) }, manifest.preprocessing)
        let session = try opened.session()
        let outputs = try opened.running { () throws(RunFault) in try session.run(inputs) }
        results = zip(manifest.outputs.map(\.name), outputs).map { ($0, $1) }
      } else {
        results = try evaluate()
      }
      if let outputDir { try write(results, to: outputDir) }
      if let top {
        for result in results { try TopClasses(result.tensor, count: top, labels: labels, name: result.name).text.write() }
      } else if outputDir == nil {
        for result in results { try OutputText.text(result.name, result.tensor).write() }
      }
    }
  }

  private func evaluate() throws -> [(name: String, tensor: Tensor)] {
    let imported: ImportedModel
    let names: [String]
    do throws(ImportError) { names = try ModelSignature(path: file, limits: resources.limits).inputs.map(\.name) } catch {
      throw ImportMessages.failure(error, file: file)
    }
    // Tensors pin what the model leaves open: shapes, and the inputs that a shape or a branch depends on.
    var options = ImportOptions()
    options.limits = resources.limits
    options.knowledge = .pinned
    for entry in input {
      let (name, path) = entry.resolved(among: names)
      guard path.hasSuffix(".npy") || path.hasSuffix(".pb"), let name = name ?? (names.count == 1 ? names[0] : nil) else { continue }
      let tensor = try InputTensor.load(path)
      // The import refuses what is no input.
      if names.contains(name) { options.inputs.append((name, .tensor(tensor))) } else { options.inputShapes[name] = tensor.shape.dims }
    }
    do throws(ImportError) { imported = try importModel(path: file, options: options) } catch {
      throw ShapeSource.data.failure(error, file: file)
    }
    NoteMessages.write(imported.warnings, file: file)
    let graph = imported.graph
    let inputs = try tensors(for: graph.inputs.map { (graph[$0].name, graph[$0].type) }, "", pinned: imported.pinned)
    do throws(EvaluationError) {
      try graph.checkEvaluation()
      return zip(graph.outputs.map { graph[$0].name }, try Evaluator(graph).run(inputs)).map { ($0, $1) }
    } catch { throw ConversionMessages.failure(error, file: file, values: .given) }
  }

  /// One tensor for each input, from the files that the user gave.
  ///
  /// - Parameter pinned: inputs whose files were read before.
  private func tensors(
    for types: [(name: String, type: TensorType)], _ preprocessing: String, pinned: [String] = []
  ) throws -> [Tensor] {
    let names = types.map(\.name), listed = names.map { "'\($0)'" }.joined(separator: ", ")
    var paths: [String: String] = [:]
    for entry in input {
      let (given, path) = entry.resolved(among: names + pinned)
      guard let name = given ?? (names.count == 1 ? names[0] : nil) else {
        throw Failure(.usage, "\(file): which of its inputs is \(path)?", help: "give --input NAME=\(path); the inputs are \(listed)")
      }
      guard !pinned.contains(name) else { continue }
      guard names.contains(name) else {
        throw Failure(
          .usage, "\(file): it has no input '\(name)'" + Suggestion.text(for: name, among: names), help: "the inputs are \(listed)")
      }
      guard paths.updateValue(path, forKey: name) == nil else {
        throw Failure(
          .usage, "\(file): --input is given twice for '\(name)'", help: "give one file for each input; the inputs are \(listed)")
      }
    }
    return try types.map { entry in
      guard let path = paths[entry.name] else {
        throw Failure(
          .usage, "\(file): input '\(entry.name)' is not given", help: "give --input \(entry.name)=FILE with a .npy, .pb, .jpg or .png")
      }
      return try InputTensor.load(path, for: entry.type, preprocessing: preprocessing)
    }
  }

  private func write(_ results: [(name: String, tensor: Tensor)], to folder: String) throws {
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw Failure(.cannotWrite, "\(folder): cannot be created")
    }
    for (file, result) in zip(OutputFiles.names(for: results.map(\.name)), results) {
      let path = folder + "/" + file
      let bytes: [UInt8]
      do throws(NpyError) { bytes = try Npy.encode(result.tensor) } catch { throw NpyMessages.failure(error, file: path) }
      try Files.write(bytes, to: path)
    }
  }
}

/// The files of outputs: `OUTPUT_NAME.npy`, where `/` becomes `_`.
enum OutputFiles {
  /// One for each of `outputs`. Names that hold no `/` come first; another one that would be the same gets `_2`, `_3` and so on.
  static func names(for outputs: [String]) -> [String] {
    var taken = Set(outputs.filter { !$0.contains("/") })
    return outputs.map { output in
      guard output.contains("/") else { return output + ".npy" }
      let plain = output.replacingOccurrences(of: "/", with: "_")
      var name = plain, number = 2
      while !taken.insert(name).inserted {
        name = "\(plain)_\(number)"
        number += 1
      }
      return name + ".npy"
    }
  }
}
