import Foundation
import O2MGraph
import O2MOps
import O2MPasses
import O2MTensor
import O2MTestSupport
import Testing

/// A small graph and what one pass makes of it.
struct PassCase: Sendable, CustomStringConvertible {
  let pass: String
  /// Tells the cases of a pass apart.
  let name: String
  /// How many patches the pass makes.
  let rewrites: Int
  /// The reasons that it gives when nothing is left to do, in order.
  let skips: [String]
  let agreement: Agreement
  let build: @Sendable (inout GraphBuilder) throws -> Void

  var description: String { name.isEmpty ? pass : pass + "-" + name }

  /// A graph that the pass changes.
  static func applies(
    _ pass: String, _ name: String = "", _ rewrites: Int = 1, skips: [String] = [], _ agreement: Agreement = .exact,
    _ build: @escaping @Sendable (inout GraphBuilder) throws -> Void
  ) -> PassCase {
    PassCase(pass: pass, name: name, rewrites: rewrites, skips: skips, agreement: agreement, build: build)
  }

  /// A graph that the pass leaves alone, and why.
  static func skips(
    _ pass: String, _ name: String, _ reasons: String..., build: @escaping @Sendable (inout GraphBuilder) throws -> Void
  ) -> PassCase {
    PassCase(pass: pass, name: name, rewrites: 0, skips: reasons, agreement: .exact, build: build)
  }

  /// - Parameter emptyAxis: as in `GraphBuilder`.
  func graph(emptyAxis: Int? = nil) throws -> Graph {
    var builder = GraphBuilder(description)
    builder.emptyAxis = emptyAxis
    try build(&builder)
    return builder.graph
  }

  /// The pass alone.
  func driver() throws -> Driver { Driver([try #require(Pipeline.passes.first { "\($0.name)" == pass })]) }

  static let all = cleaning + layers + fusing + shuffles + depthwise + patterns + transformers + attention + einsums
}

/// Text that a test expects, one file for each case.
enum Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")

  /// Compares `text` with the stored one, or stores it where `O2M_REWRITE_GOLDENS` is 1.
  static func expect(_ text: String, _ name: String) throws {
    let file = folder.appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["O2M_REWRITE_GOLDENS"] == "1" {
      return try Data(text.utf8).write(to: file)
    }
    let stored = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    guard stored != text else { return }
    let old = stored.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = new.difference(from: old).map { change in
      switch change {
      case .remove(let line, let element, _): "- \(line + 1): \(element)"
      case .insert(let line, let element, _): "+ \(line + 1): \(element)"
      }
    }
    Issue.record("\(name).txt differs:\n\(lines.joined(separator: "\n"))")
  }
}
