import HostSystem
import O2MConvert
import O2MImport
import O2MRuntime
import O2MTensor

/// What `run` feeds a bundle one run after another: data sets, or chunks of its inputs. State is given for the first run at most.
struct ChunkInputs {
  /// What each run is fed, for people: a file, a set, or a place in a file.
  let names: [String]
  private let runs: [[(tensor: Tensor, picture: Extent?)?]]

  var count: Int { runs.count }

  /// The tensors of a run; nil for state that goes on.
  subscript(run: Int) -> [(tensor: Tensor, picture: Extent?)?] { runs[run] }

  /// The data sets in `folder`, in their order.
  init(dataIn folder: String, for model: Model, of file: String) throws {
    guard let sets = DataSet.all(in: folder) else { throw BundleMessages.failure(.data(folder: folder, .cannotOpen), of: file) }
    guard !sets.isEmpty else { throw BundleMessages.failure(.data(folder: folder, .none), of: file) }
    let ports = model.manifest.inputs, state = Set(model.state.links.map { ports[$0.input].name })
    var names: [String] = [], runs: [[(tensor: Tensor, picture: Extent?)?]] = []
    for set in sets {
      do throws(DataSetError) {
        let tensors = try set.inputs(named: ports.map(\.name), optional: state)
        for case (let port, let tensor?) in zip(ports, tensors) {
          let needed = TensorType(port.type)
          guard tensor.type == needed || model.shapes != nil && tensor.element == port.type.element else {
            throw .inputType(name: port.name, found: tensor.type, needed: needed)
          }
        }
        runs.append(
          tensors.enumerated().map { input, tensor in
            state.contains(ports[input].name) && !runs.isEmpty ? nil : tensor.map { ($0, nil) }
          })
        names.append(set.folder)
      } catch { throw BundleMessages.failure(.data(folder: set.folder, error), of: file) }
    }
    (self.names, self.runs) = (names, runs)
  }

  /// The chunks of `given`: each file of an input that has several, or each entry of the first axis of a tensor that has one more axis than
  /// its input. An input with one file has it in every run.
  init(_ given: [InputFile], for model: Model, of file: String) throws {
    let ports = model.manifest.inputs, preparation = model.manifest.preprocessing
    var paths: [String: [String]] = [:]
    for entry in given {
      let (name, path) = try RunInputs.resolve(entry, among: ports.map(\.name), asking: model.state, of: file)
      paths[name, default: []] += try RunInputs.files(path, ofTensors: true, of: file)
    }
    var chunks: [(name: String, values: [(tensor: Tensor, picture: Extent?)], names: [String])] = []
    for (index, port) in ports.enumerated() {
      guard let files = paths[port.name] else {
        guard model.state.output(for: index) != nil else { throw RunInputs.missing(port.name, of: file) }
        continue
      }
      var values: [(tensor: Tensor, picture: Extent?)] = [], names: [String] = []
      for path in files {
        if let slices = try Self.slices(path, port) {
          values += slices.map { ($0, nil) }
          names += slices.indices.map { "\(path), chunk \($0)" }
        } else {
          values.append(
            try InputTensor.load(path, for: TensorType(port.type), of: file, preprocessing: preparation, ofAnyShape: model.shapes != nil))
          names.append(path)
        }
      }
      guard model.state.output(for: index) == nil || values.count == 1 else {
        throw Failure(
          .usage, "\(file): '\(port.name)' is state, and \(values.count) chunks are given for it",
          help: "give one file, which the first run begins with, or none")
      }
      chunks.append((port.name, values, names))
    }
    let several = chunks.filter { $0.values.count != 1 }
    if let first = several.first, let other = several.first(where: { $0.values.count != first.values.count }) {
      throw Failure(
        .usage,
        "\(file): '\(first.name)' has \(Format.count(first.values.count, "chunk")), '\(other.name)' has \(other.values.count)",
        help: "give each input as many chunks, or one for all runs")
    }
    names = several.first?.names ?? chunks.first?.names ?? [file]
    runs = names.indices.map { run in
      ports.enumerated().map { index, port in
        guard let entry = chunks.first(where: { $0.name == port.name }), run == 0 || model.state.output(for: index) == nil else {
          return nil
        }
        return entry.values[entry.values.count == 1 ? 0 : run]
      }
    }
  }

  /// The entries of a tensor along an axis that it has before those of the input; nil where it has none, or the file is no tensor.
  private static func slices(_ path: String, _ port: Manifest.Port) throws -> [Tensor]? {
    guard path.hasSuffix(".npy") || path.hasSuffix(".pb") else { return nil }
    let tensor = try InputTensor.load(path), shape = tensor.shape
    guard shape.rank == port.type.shape.rank + 1, tensor.element == port.type.element,
      Shape(Array(shape.dims.dropFirst())) == port.type.shape
    else { return nil }
    guard shape[0] > 0 else { throw Failure(.usage, "\(path): it holds no chunk", help: "give at least one along the first axis") }
    let count = port.type.shape.count * tensor.element.size, bytes = tensor.bytes
    return (0..<shape[0]).map { Tensor(tensor.element, port.type.shape, bytes: Array(bytes[$0 * count..<($0 + 1) * count])) }
  }
}
