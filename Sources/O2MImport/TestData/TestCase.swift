import HostSystem

/// One folder of ONNX's standard test layout: `model.onnx` and `test_data_set_K/{input,output}_I.pb`.
public struct TestCase: Sendable, CustomStringConvertible {
  /// The folder's path below the suite's, such as `node/test_abs`.
  public var name: String
  public var folder: String

  public var description: String { name }
  public var model: String { folder + "/model.onnx" }

  /// The allowed difference, `absolute + relative · |expected|`.
  ///
  /// - Spec: onnx.backend.test.loader: 1e-3 and 1e-7, unless the case's `data.json` says otherwise.
  public var bounds: (relative: Double, absolute: Double) {
    struct Stated: Decodable {
      var rtol: Double?
      var atol: Double?
    }
    let stated = FileManager.default.contents(atPath: folder + "/data.json").flatMap { try? JSONDecoder().decode(Stated.self, from: $0) }
    return (stated?.rtol ?? 1e-3, stated?.atol ?? 1e-7)
  }

  /// Its data sets, by number.
  public var dataSets: [DataSet] { DataSet.all(in: folder) ?? [] }

  /// Every case below `folder`, at any depth, by name; nil where the folder cannot be read.
  public static func all(in folder: String) -> [TestCase]? {
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { return nil }
    return names.filter { $0 == "model.onnx" || $0.hasSuffix("/model.onnx") }.sorted().map { path in
      let name = String(path.dropLast("model.onnx".count).dropLast())
      return TestCase(
        name: name.isEmpty ? folder.lastPathName : name, folder: name.isEmpty ? folder : folder + "/" + name)
    }
  }
}
