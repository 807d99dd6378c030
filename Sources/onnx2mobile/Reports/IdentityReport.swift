import O2MConvert

/// Whether the model is the one that the bundle was made from; the JSON keys are a contract.
struct IdentityReport: Encodable, Sendable {
  struct File: Encodable, Sendable {
    /// Below the model's folder.
    var path: String
    /// Of the file that is there; null where the model reads none.
    @OrNull var sha256: String?
    /// As the bundle has it; null where it has none.
    @OrNull var bundleSHA256: String?

    enum CodingKeys: String, CodingKey { case path, sha256, bundleSHA256 = "bundle_sha256" }

    init(path: String, sha256: String?, bundleSHA256: String?) {
      self.path = path
      self.sha256 = sha256
      self.bundleSHA256 = bundleSHA256
    }

    var isSame: Bool { sha256 == bundleSHA256 }
  }

  /// `same`, `other`, `partial` where a bundle of an older format holds no hash of external data, `unknown` where it holds none at all.
  let status: String
  /// Whether another model was asked for.
  let isAllowed: Bool
  /// The model, then its external data.
  let files: [File]

  enum CodingKeys: String, CodingKey { case status, isAllowed = "other_model_allowed", files }

  init(_ source: SourceComparison, model: String, allowsOther: Bool) {
    status = source.status.rawValue
    isAllowed = allowsOther
    files = source.files.map { file in
      File(path: file.path ?? Files.name(model), sha256: file.found.map(\.hex), bundleSHA256: file.stored.map(\.hex))
    }
  }

  /// Whether the verdict fails for it.
  var isRefused: Bool { isOther && !isAllowed }
  var isOther: Bool { status == SourceComparison.Status.other.rawValue }

  /// The lines of the report.
  var lines: [String] {
    let model = files[0].path, own = "source: \(model), SHA-256 \(files[0].sha256?.prefix(16) ?? "")…"
    switch SourceComparison.Status(rawValue: status) {
    case .same: return [own]
    case .unknown: return ["source: the bundle holds no hash of the model that it was made from"]
    case .partial:
      let external = files.dropFirst().map(\.path)
      let more = external.count > 1 ? " and \(Format.count(external.count - 1, "more file"))" : ""
      return [own, "source: this bundle is of an older format and holds no hash of \(external.first ?? "")\(more)"]
    case .other, nil:
      return files.filter { !$0.isSame }.flatMap { file in
        [
          "source: \(file.path) is not what this bundle was made from", "  SHA-256 of \(file.path): \(file.sha256 ?? "it is not read")",
          "  SHA-256 in the bundle: \(file.bundleSHA256 ?? "there is none")",
        ]
      }
    }
  }
}

extension [UInt8] {
  /// Two digits for each byte.
  var hex: String { map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() }
}
