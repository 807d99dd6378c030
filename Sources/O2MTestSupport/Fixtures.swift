import Foundation
import O2MImport
import O2MTensor

/// A folder in ONNX's standard test layout: `model.onnx` and `test_data_set_K/{input,output}_I.pb`.
package struct FixtureCase: Sendable, CustomStringConvertible {
  /// Inputs and expected outputs of one run, as files in the order of the model's inputs and outputs.
  package struct DataSet: Sendable {
    package let inputs: [String]
    package let outputs: [String]

    package func loadInputs() throws -> [Tensor] { try inputs.map { try TensorFile(path: $0).tensor } }
    package func loadOutputs() throws -> [Tensor] { try outputs.map { try TensorFile(path: $0).tensor } }
  }

  /// The folders below the one that was searched: `Conv/1d`.
  package let name: String
  package let folder: String
  package let dataSets: [DataSet]

  package var model: String { folder + "/model.onnx" }
  package var description: String { name }

  /// nil where `folder` holds no model.
  init?(name: String, folder: String) {
    guard FileManager.default.fileExists(atPath: folder + "/model.onnx") else { return nil }
    self.name = name
    self.folder = folder
    var sets: [DataSet] = []
    while FileManager.default.fileExists(atPath: folder + "/test_data_set_\(sets.count)") {
      let place = folder + "/test_data_set_\(sets.count)"
      func files(_ kind: String) -> [String] {
        let all = (0...).lazy.map { "\(place)/\(kind)_\($0).pb" }
        return Array(all.prefix { FileManager.default.fileExists(atPath: $0) })
      }
      sets.append(DataSet(inputs: files("input"), outputs: files("output")))
    }
    dataSets = sets
  }
}

/// Where the fixtures lie, and what there is.
package enum Fixtures {
  /// The folder `Fixtures` of the package.
  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures").path

  /// One case for each behaviour of each operator.
  package static let operators = names(in: root + "/ops").flatMap { op in
    names(in: root + "/ops/" + op).compactMap { FixtureCase(name: op + "/" + $0, folder: root + "/ops/" + op + "/" + $0) }
  }

  /// The trained models that are part of the package.
  package static let models = cases(in: root + "/models")

  /// The models of the folder that the environment variable `O2M_MODELS` names; none without it.
  package static let externalModels = ProcessInfo.processInfo.environment["O2M_MODELS"].map { cases(in: $0) } ?? []

  /// The case folders directly inside `folder`, by name.
  package static func cases(in folder: String) -> [FixtureCase] {
    names(in: folder).compactMap { FixtureCase(name: $0, folder: folder + "/" + $0) }
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}

/// A folder of its own that goes away with the value.
package final class ScratchFolder: Sendable {
  package let path: String

  package init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("o2m-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { path + "/" + name }
}
