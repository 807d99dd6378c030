import Foundation
import O2MImport

/// Where the fixtures lie, and what there is.
package enum Fixtures {
  /// The folder `Fixtures` of the package.
  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures").path

  /// One case for each behaviour of each operator, such as `Conv/1d`.
  package static let operators = TestCase.all(in: root + "/ops") ?? []

  /// Models that were refused or gave wrong values once, such as `qdq/QDQ-w4`, with the right values.
  package static let cases = TestCase.all(in: root + "/cases") ?? []
  /// Models whose results are as long as the data say.
  package static let counted = TestCase.all(in: root + "/counted") ?? []
  /// The same with extents that stay open; their data sets have different ones.
  package static let open = TestCase.all(in: root + "/open") ?? []
  /// Models in which a run decides which branch it takes and how often a loop turns.
  package static let control = TestCase.all(in: root + "/control") ?? []

  /// The trained models that are part of the package.
  package static let models = TestCase.all(in: root + "/models") ?? []

  /// The models of the folder that the environment variable `O2M_MODELS` names; none without it.
  package static let externalModels = ProcessInfo.processInfo.environment["O2M_MODELS"].flatMap { TestCase.all(in: $0) } ?? []
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
