import Dispatch
import O2MBundle
import O2MImport
import O2MRuntime

/// What a model is, byte for byte: SHA-256 of its file, and of every file of external data that it reads.
public struct SourceIdentity: Sendable {
  public private(set) var hash: [UInt8] = []
  public private(set) var bytes = 0
  /// By path.
  public private(set) var externalData: [Manifest.SourceFile] = []

  /// Of no model.
  init() {}

  /// Of a model without external data.
  init(_ model: UnsafeRawBufferPointer) { (hash, bytes) = (sha256(model), model.count) }

  private func reading(_ external: ExternalFiles) throws(ImportError) -> SourceIdentity {
    var whole = self
    for path in external.paths {
      var hash = SHA256(), bytes = 0
      try external.read(path) {
        hash.add($0)
        bytes += $0.count
      }
      // A bundle holds texts of so many bytes; the end of a path tells files apart.
      let path = String(decoding: path.utf8.suffix(BundleFormat.maximumText - 16), as: UTF8.self)
      whole.externalData.append(Manifest.SourceFile(path: UTF8Text(path), bytes: bytes, hash: hash.digest()))
    }
    return whole
  }

  /// The identity of a model whose external data is read beside other work: a gigabyte takes seconds.
  final class Pending: @unchecked Sendable {
    private let work = DispatchGroup()
    private var result: Result<SourceIdentity, ImportError>

    init(_ model: SourceIdentity, _ external: ExternalFiles) {
      result = .success(model)
      guard !external.paths.isEmpty else { return }
      DispatchQueue.global().async(group: work) {
        self.result = Result { () throws(ImportError) in try model.reading(external) }
      }
    }

    /// Waits until all is read.
    func identity() throws(ImportError) -> SourceIdentity {
      work.wait()
      return try result.get()
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
