import HostSystem
import O2MConvert

/// A model that shows a fault, with what goes in and what the references make of it, in ONNX's layout.
package enum ReproductionFolder {
  /// It stands in every such folder, and nothing else is written over.
  private static let note = "README.txt"
  private static let text = """
    The smallest model that shows a fault of onnx2mobile, found by `onnx2mobile verify --bisect`. Its weights and inputs are drawn, its
    names are new. Another search may write over this folder.

    """

  /// Refuses, before the work, what a reproduction cannot be written to: a name that is none, a file, a folder with other things in it.
  package static func check(_ folder: String) throws {
    guard !folder.isEmpty, folder != "-" else {
      throw Failure(.usage, "'\(folder)' is no folder", help: "give the name of one with --output")
    }
    guard FileManager.default.fileExists(atPath: folder) else { return }
    guard isFolder(folder) else {
      throw Failure(.cannotWrite, "\(folder): is there and is no folder", help: "give another name with --output")
    }
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Failure(.cannotWrite, "\(folder): cannot be read", help: "give another folder with --output")
    }
    guard entries.isEmpty || Files.start(of: folder + "/" + note, count: text.utf8.count) == Array(text.utf8) else {
      throw Failure(
        .cannotWrite, "\(folder): holds other files, which are not written over",
        help: "give another folder with --output, or empty this one")
    }
  }

  package static func write(_ reproduction: Reproduction, to folder: String) throws {
    try check(folder)
    let data = folder + "/test_data_set_0"
    try? FileManager.default.removeItem(atPath: data)
    try Files.makeFolder(data, help: "give another folder with --output")
    try Files.write(Array(text.utf8), to: folder + "/" + note)
    try Files.write(reproduction.model, to: folder + "/model.onnx")
    for (kind, files) in [("input", reproduction.inputs), ("output", reproduction.outputs)] {
      for (index, file) in files.enumerated() { try Files.write(file.bytes, to: "\(data)/\(kind)_\(index).pb") }
    }
  }
}
