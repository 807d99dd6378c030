/// How well outputs agreed before: a report of `verify` in JSON that was kept.
public struct Baseline: Sendable {
  public struct Output: Equatable, Sendable {
    public var name: String
    public var sqnr: Double
    public var cases: Int

    public init(name: String, sqnr: Double, cases: Int) {
      self.name = name
      self.sqnr = sqnr
      self.cases = cases
    }
  }

  struct Entry: Sendable {
    /// The bundle's file name, and what stands before it.
    var path: String
    var precision: String
    var outputs: [Output]
    /// What the outputs were compared with, and the hash of the model that the bundle was made from; nil where the report does not say.
    var truth: String?
    var source: String?
  }

  /// An output beside itself in the baseline.
  public struct Fall: Equatable, Sendable {
    public var output: String
    public var sqnr: Double
    public var before: Double
    /// Decibels; negative where the output has become better.
    public var fall: Double
    /// Whether both were measured on as many cases.
    public var isSameCount: Bool
  }

  /// The outputs of a bundle beside themselves in the baseline.
  public struct Falls: Sendable {
    public var outputs: [Fall]
    /// What these were compared with in the baseline, and the hash of the model; nil where it does not say.
    public var truth: String?
    public var source: String?
  }

  private let entries: [Entry]

  /// What a report's `schema_version` may be.
  public static let version = 2
  /// Decibels that an output may fall where nobody says another number: the error's power doubles.
  public static let standardFall = 3.0
  /// A number above this is rounding of float32, which other processors do in another order: it counts as this.
  public static let ceiling = 100.0

  public init(_ bytes: [UInt8]) throws(PolicyError) {
    let file: PlacedJSON
    do throws(JSONFault) { file = try PlacedJSON(bytes) } catch { throw .json(error) }
    guard let version = file["schema_version"]?.number else { throw .noReport(key: "schema_version", line: file.line) }
    guard version <= Double(Self.version) else {
      throw .version(found: Int(exactly: version.rounded()) ?? .max, line: file["schema_version"]?.line ?? 1, known: Self.version)
    }
    var entries: [Entry] = []
    // One that could not be compared says nothing of its outputs.
    for report in file["bundles"]?.list ?? [file] where report["error"] == nil { entries.append(try Entry(report)) }
    self.entries = entries
  }

  /// How far the outputs of the bundle at `path` fell; nil where the baseline does not speak of it, or not of all its outputs.
  ///
  /// Of several bundles in the baseline it is the one of this path, else of this file's name, else the only one of this precision.
  public func falls(of outputs: [Output], _ path: String, _ precision: String) -> Falls? {
    func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
    let alike = entries.filter { $0.precision == precision }
    guard
      let entry = entries.first(where: { $0.path == path }) ?? entries.first(where: { name($0.path) == name(path) })
        ?? (alike.count == 1 ? alike[0] : nil)
    else { return nil }
    var falls: [Fall] = []
    for output in outputs {
      guard let before = entry.outputs.first(where: { $0.name == output.name }) else { return nil }
      falls.append(
        Fall(
          output: output.name, sqnr: output.sqnr, before: before.sqnr,
          fall: min(before.sqnr, Self.ceiling) - min(output.sqnr, Self.ceiling), isSameCount: before.cases == output.cases))
    }
    return Falls(outputs: falls, truth: entry.truth, source: entry.source)
  }
}

extension Baseline.Entry {
  init(_ report: PlacedJSON) throws(PolicyError) {
    guard let path = report["bundle"]?.text else { throw .noReport(key: "bundle", line: report.line) }
    guard let precision = report["precision"]?.text else { throw .noReport(key: "precision", line: report.line) }
    guard let list = report["outputs"]?.list else { throw .noReport(key: "outputs", line: report.line) }
    (self.path, self.precision) = (path, precision)
    truth = report["compared_with"]?.text
    source = report["identity"]?["files"]?.list?.first?["bundle_sha256"]?.text
    outputs = []
    for item in list {
      guard let name = item["name"]?.text else { throw .noReport(key: "name", line: item.line) }
      guard let sqnr = item["sqnr_db"]?.number else { throw .noReport(key: "sqnr_db", line: item.line) }
      outputs.append(.init(name: name, sqnr: sqnr, cases: item["cases"]?.number.flatMap { Int(exactly: $0) } ?? 0))
    }
  }
}
