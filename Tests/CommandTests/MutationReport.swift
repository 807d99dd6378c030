import Foundation
import O2MTestSupport

/// Counts by end, and each kind of failure with a file that shows it.
struct MutationReport {
  struct Finding {
    var kind: String
    var type: String
    var field: String
    var seeds: [Int]
    var value: String
    var fixture: String
    var message: String
    /// Of the first seed, in the folder of findings.
    var file: String
  }

  private(set) var counts: [String: Int] = [:]
  private(set) var findings: [Finding] = []
  private var places: [String: Int] = [:]
  private var slowest: MutationOutcome?
  private var largest: MutationOutcome?
  private let folder: String

  /// - Parameter folder: gets the report, and below `findings` the models.
  init(in folder: String) throws {
    self.folder = folder
    try? FileManager.default.removeItem(atPath: folder + "/findings")
    try FileManager.default.createDirectory(atPath: folder + "/findings", withIntermediateDirectories: true)
  }

  mutating func add(_ outcomes: [MutationOutcome]) throws {
    for outcome in outcomes {
      counts[outcome.kind, default: 0] += 1
      if outcome.milliseconds > slowest?.milliseconds ?? -1 { slowest = outcome }
      if outcome.kilobytes > largest?.kilobytes ?? -1 { largest = outcome }
      if !outcome.isAnswer { try addFinding(outcome) }
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/mutations.txt"))
  }

  /// Elements of one list are one finding, and so are several changes with one first.
  private mutating func addFinding(_ outcome: MutationOutcome) throws {
    guard let model = MutatedModel(seed: outcome.seed), let first = model.mutations.first else { return }
    let field = first.place.field.replacing(/\[\d+\]/, with: "")
    let key = [outcome.kind, first.place.type, field, "\(model.mutations.count > 1)"].joined(separator: "|")
    if let index = places[key] {
      findings[index].seeds.append(outcome.seed)
      return
    }
    places[key] = findings.count
    let file = "\(outcome.kind) \(first.place.type) \(outcome.seed).onnx".replacing(/[^A-Za-z0-9.]+/, with: "-")
    try Data(model.bytes).write(to: URL(fileURLWithPath: folder + "/findings/" + file))
    let changes = model.mutations.map { "\($0.place.type) \($0.place.field) = \($0.value)" }
    findings.append(
      Finding(
        kind: outcome.kind, type: first.place.type, field: field, seeds: [outcome.seed], value: changes.joined(separator: "; "),
        fixture: model.fixture, message: outcome.message, file: file))
  }

  /// A line for each count, then two or three for each finding.
  var text: String {
    var lines = counts.sorted { $0.key < $1.key }.map { "\($0.value) ended with \($0.key)" }
    if let slowest { lines.append("the slowest answer took \(slowest.milliseconds) ms: seed \(slowest.seed)") }
    if let largest { lines.append("the largest took \(largest.kilobytes) KB: seed \(largest.seed)") }
    lines.append("\(findings.count) findings")
    for finding in findings.sorted(by: { ($0.kind, $0.type, $0.field) < ($1.kind, $1.type, $1.field) }) {
      lines.append("\(finding.kind) | \(finding.type) | \(finding.field) | \(finding.seeds.count) times | \(finding.file)")
      lines.append("    seed \(finding.seeds[0]) of \(finding.fixture): \(finding.value)")
      if !finding.message.isEmpty { lines.append("    \(finding.message)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
