import Foundation
import O2MBundle
import O2MConvert
import O2MImport
import O2MRuntime
import O2MTestSupport
import O2MUnpack
import Testing

/// A bundle names the file that it was made from by hash and length.
struct SourceTests {
  private func relu(count: Int) -> [UInt8] {
    var model = ModelWriter()
    model.input("x", .float32, [.fixed(count)])
    model.node("Relu", ["x"], ["y"])
    model.output("y")
    return model.bytes
  }

  /// The file is read once: what becomes of it while the conversion goes on changes nothing.
  @Test(arguments: [nil, 5])
  func theHashIsThatOfTheImportedBytes(replacement: Int?) throws {
    let folder = try ScratchFolder()
    let path = folder.file("model.onnx"), bytes = relu(count: 3)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let other = replacement.map { Data(relu(count: $0)) }
    var options = ConversionOptions()
    options.precision = .float32
    options.verifies = false
    let conversion = try Conversion(path: path, options: options) { progress in
      guard progress.stage == .passes else { return }
      try? FileManager.default.removeItem(atPath: path)
      try? other?.write(to: URL(fileURLWithPath: path))
    }
    #expect(FileManager.default.contents(atPath: path) == other)
    let manifest = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }.manifest
    #expect(manifest.sourceHash == bytes.withUnsafeBytes { sha256($0) })
    #expect(manifest.sourceBytes == bytes.count)
  }

  /// A read that fails is an error: there is no hash of nothing, and no bundle.
  ///
  /// The file system says that this file has a page, and gives a line.
  @Test(.enabled(if: FileManager.default.contents(atPath: "/sys/kernel/mm/transparent_hugepage/enabled") != nil))
  func aFileThatEndsEarlyIsAnError() throws {
    do throws(ConversionError) {
      _ = try Conversion(path: "/sys/kernel/mm/transparent_hugepage/enabled")
      Issue.record("a line of text was converted")
    } catch {
      guard case .importing(.cannotRead(0)) = error else { throw error }
    }
  }
}
