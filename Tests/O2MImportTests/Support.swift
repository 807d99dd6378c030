import Foundation
import O2MImport

/// A folder that goes away with the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// A folder inside of another that goes away.
  init(at path: String) throws { self.path = path }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// What importing a file of these bytes gives.
func imported(
  _ bytes: [UInt8], shapes: [String: [Int]] = [:], values: [String: InputValue] = [:]
) throws -> Result<ImportedModel, ImportError> {
  let folder = try TemporaryFolder()
  let path = try folder.write(bytes, as: "model.onnx")
  var options = ImportOptions(inputShapes: shapes)
  options.inputValues = values
  do throws(ImportError) { return .success(try importModel(path: path, options: options)) } catch { return .failure(error) }
}

extension Result {
  var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
