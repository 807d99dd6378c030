import O2MConvert
import O2MParity

extension DiffReport {
  /// Both sides, what they have in common, and a table for each kind of difference.
  var text: String {
    var head = Table([.left, .left, .right, .right, .right, .right])
    head.add("", "file", "nodes", "params", "MACs", "bytes")
    for (letter, side) in [("a", a), ("b", b)] {
      head.add(
        letter, "\(side.file) (\(side.stage))", Format.grouped(side.nodes), Format.scaled(side.parameters), Format.scaled(side.macs),
        Format.scaled(side.bytes))
    }
    let changed = nodes.filter { !$0.isQuiet }
    var text = head.text + "\n" + summary + "\n"
    text +=
      "\(Format.count(matched, "node")) matched" + (renamed > 0 ? ", \(renamed) renamed" : "") + (moved > 0 ? ", \(moved) moved" : "")
      + "\n"
    text += portText + changeText(changed) + loneText("a", onlyA) + loneText("b", onlyB) + weightText
    if let run { text += Self.text(run) }
    return text
  }

  /// Whether they are the same, and how much is not.
  var summary: String {
    let changed = nodes.filter { !$0.isQuiet }
    var found: [String] = []
    if !ports.isEmpty { found.append(Format.count(ports.count, "input or output", "inputs or outputs")) }
    if !changed.isEmpty { found.append("\(Format.count(changed.count, "node")) changed") }
    if !onlyA.isEmpty { found.append("\(onlyA.count) only in a") }
    if !onlyB.isEmpty { found.append("\(onlyB.count) only in b") }
    if !weights.isEmpty { found.append("\(Format.count(weights.count, "weight")) changed") }
    return "\(same ? "same" : "different")" + (found.isEmpty ? "" : ": " + found.joined(separator: ", "))
  }

  private var portText: String {
    guard !ports.isEmpty else { return "" }
    var table = Table([.left, .left, .left], indent: "  ")
    table.add("port", "a", "b")
    for port in ports { table.add(port.port, port.a ?? "", port.b ?? "") }
    return "\n" + table.text
  }

  private func changeText(_ changed: [NodeChange]) -> String {
    guard !changed.isEmpty else { return "" }
    var table = Table([.left, .left, .left, .left], indent: "  ", unfolds: true)
    table.add("node", "operator", "changed", "from, to")
    for node in changed {
      let texts = node.aText == node.bText ? "" : [node.aText, node.bText].map { $0.isEmpty ? "-" : $0 }.joined(separator: ", ")
      table.add(
        node.a == node.b || !node.changes.contains("renamed") ? node.a : "\(node.a), \(node.b)", node.op,
        node.changes.filter { $0 != "renamed" && $0 != "moved" }.joined(separator: " "), texts)
    }
    return "\n" + table.text
  }

  private func loneText(_ side: String, _ nodes: [Lone]) -> String {
    guard !nodes.isEmpty else { return "" }
    var table = Table([.left, .left, .left], indent: "  ")
    table.add("only in \(side)", "operator", side == "a" ? "went into" : "came from")
    for node in nodes { table.add(node.name, node.op, node.into ?? "") }
    return "\n" + table.text
  }

  private var weightText: String {
    guard !weights.isEmpty else { return "" }
    var table = Table([.left, .right, .right, .right, .right, .right], indent: "  ")
    table.add("weight", "|a|", "|b|", "|b − a|", "max |Δ|", "SQNR")
    for weight in weights {
      let names = [weight.a ?? "-", weight.b ?? "-"]
      let isPair = weight.a == nil || weight.b == nil || weight.difference == nil
      table.add(
        isPair ? "\(weight.node): \(names.joined(separator: ", "))" : names[0], Format.scientific(weight.aNorm),
        Format.scientific(weight.bNorm), weight.difference.map(Format.scientific) ?? "", weight.largest.map(Format.scientific) ?? "",
        weight.sqnr.map(ParityText.decibels) ?? "")
    }
    return "\n" + table.text
  }

  private static func text(_ run: ParityReport) -> String {
    var table = Table([.left, .right, .right, .right, .right, .right], indent: "  ")
    table.add("output", "max |Δ|", "mean |Δ|", "rmse", "SQNR", "cosine")
    for output in run.outputs {
      table.add(
        [output.name.shortened(to: 30)] + [output.maxAbs, output.meanAbs, output.rmse].map(Format.scientific)
          + [ParityText.decibels(output.sqnr), Format.fixed(output.cosine, 6)])
    }
    return "\nnumbers of b against a, \(Format.count(run.cases, "drawn case")):\n" + table.text
  }
}

extension DiffReport.NodeChange {
  /// Whether only its name or its place is another.
  var isQuiet: Bool { changes.allSatisfy { $0 == "renamed" || $0 == "moved" } }
}
