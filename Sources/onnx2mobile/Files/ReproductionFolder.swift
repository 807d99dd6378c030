import Foundation
import O2MConvert

/// A model that shows a fault, with what goes in and what the references make of it, in ONNX's layout.
package enum ReproductionFolder {
  package static func write(_ reproduction: Reproduction, to folder: String) throws {
    let data = folder + "/test_data_set_0"
    do { try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true) } catch {
      throw Failure(.cannotWrite, "\(folder): cannot be created", help: "give another folder with --output")
    }
    try Files.write(reproduction.model, to: folder + "/model.onnx")
    for (kind, files) in [("input", reproduction.inputs), ("output", reproduction.outputs)] {
      for (index, file) in files.enumerated() { try Files.write(file.bytes, to: "\(data)/\(kind)_\(index).pb") }
    }
  }
}
