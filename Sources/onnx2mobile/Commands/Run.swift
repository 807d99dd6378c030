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
  @Flag(help: "Use the reference evaluator (always so for an ONNX model).")
  var reference = false

  func validate() throws {
    let names = input.map { $0.name ?? "" }
    if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
      throw ValidationError(twice.isEmpty ? "two files without an input's name: give NAME=FILE" : "--input is given twice for '\(twice)'")
    }
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
        let opened = try OpenedBundle(file)
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
    // Tensors pin what the model leaves open.
    var shapes: [String: [Int]] = [:]
    for entry in input where entry.path.hasSuffix(".npy") || entry.path.hasSuffix(".pb") {
      guard let name = entry.name else { continue }
      shapes[name] = try InputTensor.load(entry.path).shape.dims
    }
    let imported: ImportedModel
    do throws(ImportError) { imported = try importModel(path: file, inputShapes: shapes) } catch {
      throw ImportMessages.failure(error, file: file)
    }
    let graph = imported.graph
    let inputs = try tensors(for: graph.inputs.map { (graph[$0].name, graph[$0].type) }, "")
    do throws(EvaluationError) {
      return zip(graph.outputs.map { graph[$0].name }, try Evaluator(graph).run(inputs)).map { ($0, $1) }
    } catch { throw ConversionMessages.failure(error, file: file, values: .given) }
  }

  /// One tensor for each input, from the files that the user gave.
  private func tensors(for types: [(name: String, type: TensorType)], _ preprocessing: String) throws -> [Tensor] {
    let names = types.map(\.name)
    for entry in input {
      guard let name = entry.name else {
        guard types.count == 1 else {
          throw Failure(
            .usage, "\(file): which of its inputs is \(entry.path)?",
            help: "give --input NAME=\(entry.path); the inputs are \(names.joined(separator: ", "))")
        }
        continue
      }
      guard names.contains(name) else {
        throw Failure(.usage, "\(file): it has no input '\(name)'", help: "the inputs are \(names.joined(separator: ", "))")
      }
    }
    return try types.map { entry in
      guard let given = input.last(where: { $0.name == entry.name || $0.name == nil }) else {
        throw Failure(
          .usage, "\(file): input '\(entry.name)' is not given", help: "give --input \(entry.name)=FILE with a .npy, .pb, .jpg or .png")
      }
      return try InputTensor.load(given.path, for: entry.type, preprocessing: preprocessing)
    }
  }

  private func write(_ results: [(name: String, tensor: Tensor)], to folder: String) throws {
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw Failure(.cannotWrite, "\(folder): cannot be created")
    }
    for result in results {
      let path = folder + "/" + result.name.replacingOccurrences(of: "/", with: "_") + ".npy"
      let bytes: [UInt8]
      do throws(NpyError) { bytes = try Npy.encode(result.tensor) } catch { throw NpyMessages.failure(error, file: path) }
      try Files.write(bytes, to: path)
    }
  }
}

/// A tensor from a file of one of the kinds that `run` takes.
enum InputTensor {
  static func load(_ path: String) throws -> Tensor {
    if path.hasSuffix(".pb") {
      do throws(ImportError) { return try TensorFile(path: path).tensor } catch { throw ImportMessages.failure(error, file: path) }
    }
    do throws(NpyError) { return try Npy.read(path) } catch { throw NpyMessages.failure(error, file: path) }
  }

  static func load(_ path: String, for type: TensorType, preprocessing: String) throws -> Tensor {
    let shape = type.shape ?? []
    guard path.hasSuffix(".npy") || path.hasSuffix(".pb") else {
      do throws(ImageError) {
        let prepared = try Preprocessing(text: preprocessing).tensor(try Picture(path: path), expected: shape)
        guard type.element == .float32 else {
          return Tensor(type.element, shape, rounding: prepared.doubles())
        }
        return prepared.reshaped(shape)
      } catch { throw ImageMessages.failure(error, file: path) }
    }
    let tensor = try load(path)
    guard tensor.type == type else {
      throw Failure(
        .usage, "\(path): it is \(tensor.element.name) \(tensor.shape.dims), the input is \(type.element.name) \(shape.dims)",
        help: "store it with this type and shape")
    }
    return tensor
  }
}

/// The best classes of a row of scores.
struct TopClasses {
  let text: String

  /// Scores that are no probabilities yet get a softmax.
  init(_ tensor: Tensor, count: Int, labels: [String], name: String) throws {
    let scores = tensor.doubles()
    guard tensor.element.isFloat, scores.count >= 2, tensor.shape.dims.filter({ $0 > 1 }).count == 1 else {
      throw Failure(.usage, "output '\(name)' \(tensor.shape.dims) is no row of class scores", help: "leave out --top, or use --output-dir")
    }
    let sum = scores.reduce(0, +)
    let isDistribution = scores.allSatisfy { $0 >= 0 && $0 <= 1 } && (sum - 1).magnitude < 1e-3
    let largest = scores.max() ?? 0
    let weights = isDistribution ? scores : scores.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    // The lower index wins a tie, so that the order is the same everywhere.
    let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    var table = Table([.right, .right, .left])
    for index in order.prefix(count) {
      table.add("\(Format.fixed(weights[index] / total * 100, 1)) %", "\(index)", index < labels.count ? labels[index] : "")
    }
    text = table.text
  }
}

/// An output in a few lines.
enum OutputText {
  static func text(_ name: String, _ tensor: Tensor) -> String {
    let values = tensor.doubles()
    let shown = values.prefix(8).map { tensor.element.isFloat ? "\(Float($0))" : "\(Int($0))" }.joined(separator: ", ")
    let range = values.isEmpty ? "" : ", \(Format.scientific(values.min() ?? 0)) to \(Format.scientific(values.max() ?? 0))"
    return "\(name): \(tensor.element.name) \(tensor.shape.dims)\(range)\n  \(shown)\(values.count > 8 ? ", …" : "")\n"
  }
}
