import O2MBundle
import O2MImport
import O2MRuntime

/// What a model is, byte for byte: SHA-256 of its file, and of every file of external data that it reads.
public struct SourceIdentity: Sendable {
  public private(set) var hash: [UInt8] = []
  public private(set) var bytes = 0
  /// By path.
  public private(set) var externalData: [Manifest.SourceFile] = []

  /// Reads along while a model is imported: `importModel(path:options:inspecting:)` calls `add`.
  final class Reader {
    private var model = SourceIdentity()
    private var current: (path: String, bytes: Int, hash: SHA256)?

    func add(_ part: SourcePart, _ bytes: UnsafeRawBufferPointer) {
      switch part {
      case .model: (model.hash, model.bytes) = (sha256(bytes), bytes.count)
      case .external(let path):
        if current?.path != path {
          finish()
          current = (path, 0, SHA256())
        }
        current?.bytes += bytes.count
        current?.hash.add(bytes)
      }
    }

    private func finish() {
      guard let file = current else { return }
      // A bundle holds texts of so many bytes; the end of a path tells files apart.
      let path = String(decoding: file.path.utf8.suffix(BundleFormat.maximumText - 16), as: UTF8.self)
      model.externalData.append(Manifest.SourceFile(path: path, bytes: file.bytes, hash: file.hash.digest()))
      current = nil
    }

    /// What was read.
    var identity: SourceIdentity {
      finish()
      return model
    }
  }
}

/// A model beside the one that a bundle says it was made from.
public struct SourceComparison: Sendable {
  /// A file of either model. A hash is nil where that model has no such file, or the bundle holds no hash of it.
  public struct File: Equatable, Sendable {
    /// nil for the ONNX file.
    public var path: String?
    public var found: [UInt8]?
    public var stored: [UInt8]?

    public var isSame: Bool { found == stored }
  }

  public enum Status: String, Sendable {
    /// Every file is that of the bundle's source.
    case same
    case other
    /// The ONNX file is; the bundle is of a format that holds no hashes of external data, and the model has some.
    case partial
    /// The bundle holds no hash.
    case unknown
  }

  public let status: Status
  /// The ONNX file, then external data by path; those of the model alone where the bundle holds no hashes of them.
  public let files: [File]

  public init(_ found: SourceIdentity, _ manifest: Manifest) {
    let stored = manifest.sourceHash.isEmpty ? nil : manifest.sourceHash
    let own = Dictionary(found.externalData.map { ($0.path, $0.hash) }) { first, _ in first }
    let held = Dictionary((manifest.externalData ?? []).map { ($0.path, $0.hash) }) { first, _ in first }
    let paths = Set(own.keys).union(held.keys).sorted()
    let external = paths.map { File(path: $0, found: own[$0], stored: held[$0]) }
    let model = File(path: nil, found: found.hash, stored: stored)
    files = [model] + external
    if stored == nil {
      status = .unknown
    } else if !model.isSame {
      status = .other
    } else if manifest.externalData == nil {
      status = external.isEmpty ? .same : .partial
    } else {
      status = external.allSatisfy(\.isSame) ? .same : .other
    }
  }

  /// The first file that is not the bundle's.
  public var difference: File? { status == .other ? files.first { !$0.isSame } : nil }
}
