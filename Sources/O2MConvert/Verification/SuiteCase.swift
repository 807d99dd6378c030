import Foundation
import O2MImport
import O2MParity

/// One folder of ONNX's standard test layout: `model.onnx` and `test_data_set_K/{input,output}_I.pb`.
public struct SuiteCase: Sendable {
  /// The folder's path below the suite's, such as `node/test_abs`.
  public var name: String
  public var folder: String

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

  /// The folders of its data sets, by number.
  public var dataSets: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix("test_data_set_") }.compactMap { name in Int(name.dropFirst(14)).map { ($0, name) } }
      .sorted { $0.0 < $1.0 }.map { folder + "/" + $0.1 }
  }

  /// Every case below `folder`, at any depth, by name; nil where the folder cannot be read.
  public static func all(in folder: String) -> [SuiteCase]? {
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { return nil }
    return names.filter { $0 == "model.onnx" || $0.hasSuffix("/model.onnx") }.sorted().map { path in
      let name = String(path.dropLast("model.onnx".count).dropLast())
      return SuiteCase(
        name: name.isEmpty ? (folder as NSString).lastPathComponent : name, folder: name.isEmpty ? folder : folder + "/" + name)
    }
  }
}

/// How one case ended.
public enum SuiteVerdict: Sendable {
  /// Every output holds. `pinned` inputs were made constants, because a shape or a branch depends on them.
  case passed(pinned: [String])
  /// It ran, and an output does not hold.
  case failed(SuiteFailure)
  /// The model or a value of it uses what is not supported.
  case unsupported(ConversionError)
  /// All of the model's inputs were made constants, so that a bundle would hold the outputs and compute nothing.
  case constant(pinned: [String])
}

/// Why a case does not hold.
public enum SuiteFailure: Sendable {
  /// There is no `test_data_set_K`.
  case noData
  case outputCount(expected: Int, found: Int)
  /// A list where a tensor is stored, or the other way, or lists of two lengths.
  case kind(name: String)
  /// An output differs from the stored one by more than the tolerance.
  case output(name: String, Comparison, Tolerance)
  /// Strings are compared exactly.
  case strings(name: String, found: StringTensor, expected: StringTensor)
  case stopped(ConversionError)
}
