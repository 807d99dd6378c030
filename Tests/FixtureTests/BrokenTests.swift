import Foundation
import O2MImport
import O2MTestSupport
import Testing

/// Each file of Fixtures/broken is refused with the kind of error that its exit code stands for, and none of them crashes.
struct BrokenTests {
  struct Expectation: Decodable, Sendable, CustomStringConvertible {
    var file = ""
    var exit: Int32
    var description: String { file }

    enum CodingKeys: CodingKey { case exit }
  }

  static let folder = Fixtures.root + "/broken/"

  static let expectations: [Expectation] = {
    guard let data = FileManager.default.contents(atPath: folder + "expected.json"),
      let table = try? JSONDecoder().decode([String: Expectation].self, from: data)
    else { return [] }
    return table.sorted { $0.key < $1.key }.map { Expectation(file: $0.key, exit: $0.value.exit) }
  }()

  @Test func everyFileIsListed() throws {
    #expect(Self.expectations.count >= 60)
    let listed = Set(Self.expectations.map { $0.file })
    for file in try FileManager.default.contentsOfDirectory(atPath: Self.folder) where file.hasSuffix(".onnx") {
      #expect(listed.contains(file))
    }
  }

  @Test(arguments: expectations)
  func isRefused(expectation: Expectation) {
    var kind: ImportErrorKind?
    do throws(ImportError) { _ = try importModel(path: Self.folder + expectation.file) } catch {
      kind = error.kind
      if kind?.exitCode != expectation.exit { print("\(expectation.file): \(error)") }
    }
    #expect(kind?.exitCode ?? 0 == expectation.exit)
  }
}

extension ImportErrorKind {
  /// What the command line exits with.
  var exitCode: Int32 {
    switch self {
    case .usage: 64
    case .invalid: 65
    case .cannotOpen: 66
    case .unsupported: 69
    }
  }
}
