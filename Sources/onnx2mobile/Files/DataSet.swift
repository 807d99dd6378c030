import Foundation
import O2MImport
import O2MTensor

/// One folder of ONNX's test layout: `input_I.pb` and, where they are stored, `output_I.pb`.
struct DataSet {
  let folder: String

  /// The sets inside `folder`, by number; or `folder` itself where it is one.
  static func all(in folder: String) throws -> [DataSet] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Failure(.cannotOpen, "\(folder): cannot be opened", help: "give a folder with test_data_set_0 and so on")
    }
    if names.contains("input_0.pb") { return [DataSet(folder: folder)] }
    let sets = names.filter { $0.hasPrefix("test_data_set_") }.compactMap { name in Int(name.dropFirst(14)).map { ($0, name) } }
    guard !sets.isEmpty else {
      throw Failure(.usage, "\(folder): it holds no test_data_set_K and no input_0.pb", help: "give a folder in ONNX's test layout")
    }
    return sets.sorted { $0.0 < $1.0 }.map { DataSet(folder: folder + "/" + $0.1) }
  }

  /// The inputs in the order of `types`: by name where the files have names, else by number.
  func inputs(types: [(name: String, type: TensorType)]) throws -> [Tensor] {
    var files: [TensorFile] = []
    while let file = try file("input", files.count) { files.append(file) }
    guard files.count == types.count else {
      throw Failure(.damaged, "\(folder): \(files.count) inputs are stored, the model takes \(types.count)")
    }
    return try types.enumerated().map { index, entry in
      let file = files.first { $0.name == entry.name } ?? files[index]
      guard file.tensor.type == entry.type else {
        throw Failure(
          .damaged,
          "\(folder): input '\(entry.name)' is \(file.tensor.element.name) \(file.tensor.shape.dims), the model takes \(entry.type.element.name) \(entry.type.dims.compactMap(\.value))",
          help: "convert with --input-shape \(entry.name):\(file.tensor.shape.dims.map(String.init).joined(separator: ","))")
      }
      return file.tensor
    }
  }

  /// The stored outputs; nil where there are none.
  func outputs(count: Int) throws -> [Tensor]? {
    var tensors: [Tensor] = []
    while let file = try file("output", tensors.count) { tensors.append(file.tensor) }
    if tensors.isEmpty { return nil }
    guard tensors.count == count else {
      throw Failure(.damaged, "\(folder): \(tensors.count) outputs are stored, the model gives \(count)")
    }
    return tensors
  }

  private func file(_ kind: String, _ index: Int) throws -> TensorFile? {
    let path = "\(folder)/\(kind)_\(index).pb"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do throws(ImportError) { return try TensorFile(path: path) } catch { throw ImportMessages.failure(error, file: path) }
  }
}
