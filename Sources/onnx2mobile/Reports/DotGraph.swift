import HostSystem

/// A graph as Graphviz reads it.
struct DotGraph {
  private var lines: [String]

  init(named name: String) {
    lines = ["digraph \(Self.label([name])) {", "  rankdir=TB; node [shape=box, fontname=\"Helvetica\", fontsize=10];"]
  }

  mutating func addNode(_ id: String, _ words: String...) { lines.append("  \(id) [label=\(Self.label(words))];") }
  mutating func addPort(_ id: String, _ words: String...) { lines.append("  \(id) [shape=ellipse, label=\(Self.label(words))];") }

  /// What nothing computes has no arrow.
  mutating func addEdge(_ from: String?, _ to: String) { if let from { lines.append("  \(from) -> \(to);") } }

  var text: String { lines.joined(separator: "\n") + "\n}\n" }

  private static func label(_ words: [String]) -> String {
    let text = words.filter { !$0.isEmpty }.map(\.onOneLine).joined(separator: "\n")
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
