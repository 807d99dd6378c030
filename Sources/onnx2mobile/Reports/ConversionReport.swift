import HostSystem
import O2MConvert
import O2MGraph
import O2MImport
import O2MParity

/// What `convert` says at the end; the JSON keys are a contract.
struct ConversionReport: Encodable {
  struct PassEntry: Encodable {
    var name: String
    var rewrites: Int
  }

  struct StateEntry: Encodable {
    var input: String
    var output: String
  }

  var bundle: String
  var sourceBytes: Int
  var bundleBytes: Int
  var nodesImported: Int
  var nodesOptimized: Int
  var passes: [PassEntry]
  var precision: String
  @OrNull var task: TaskEntry?
  /// The inputs that take an output of the run before; absent where there are none.
  var state: [StateEntry]?
  @OrNull var parity: JudgedParity?
  /// What the file says that is not so.
  var warnings: [String]
  var seconds: Double

  enum CodingKeys: String, CodingKey {
    case bundle, sourceBytes = "source_bytes", bundleBytes = "bundle_bytes", nodesImported = "nodes_imported"
    case nodesOptimized = "nodes_optimized", passes, precision, task, state, parity, warnings, seconds
  }

  init(_ conversion: Conversion, bundle: String, seconds: Double) {
    self.bundle = bundle
    self.seconds = seconds
    sourceBytes = conversion.imported.fileBytes + conversion.imported.external.byteCount
    bundleBytes = conversion.bundle.count
    nodesImported = conversion.imported.graph.nodeCount
    nodesOptimized = conversion.optimized.nodeCount
    passes = conversion.passes.map { PassEntry(name: $0.name, rewrites: $0.rewrites) }
    precision = conversion.options.precision.rawValue
    task = TaskEntry(conversion)
    let graph = conversion.imported.graph
    state = conversion.state.links.map {
      StateEntry(input: graph[graph.inputs[$0.input]].name, output: graph[graph.outputs[$0.output]].name)
    }
    if state?.isEmpty == true { state = nil }
    parity = conversion.parity.flatMap { report in conversion.evidence.map { JudgedParity(report: report, evidence: $0) } }
    warnings = NoteMessages.texts(conversion.imported.warnings)
  }

  func text(_ conversion: Conversion, explain: Bool, isWritten: Bool) -> String {
    var text = ""
    for note in conversion.imported.notes { text += "note: \(NoteMessages.text(note))\n" }
    let total = conversion.imported.graph.totalCost
    var table = Table([.left, .left])
    table.add(
      "model",
      "\(Format.scaled(sourceBytes))B, opset \(conversion.imported.opset), \(Format.count(nodesImported, "node")), "
        + "\(Format.count(total.parameters, "parameter")), \(Format.scaled(total.macs)) MACs")
    let counts = passes.filter { $0.rewrites > 0 }.map { "\($0.name) \($0.rewrites)" }
    for (index, line) in Self.wrapped(counts.isEmpty ? ["none"] : counts, width: Terminal.width - 16).enumerated() {
      table.add(index == 0 ? "passes" : "", line)
    }
    table.add("graph", Format.count(nodesOptimized, "node"))
    for symbol in conversion.symbols {
      table.add(
        "extent",
        "\(symbol.name) \(ShapeMessages.range(symbol.range.minimum, symbol.range.maximum, symbol.range.step)), typically \(symbol.typical)")
    }
    if !conversion.measuredSizes.isEmpty {
      let names = conversion.symbols.map(\.name)
      let sizes = conversion.measuredSizes.map { zip(names, $0).map { "\($0)=\($1)" }.joined(separator: " ") }
      for (index, line) in Self.wrapped(sizes, width: Terminal.width - 16).enumerated() {
        table.add(index == 0 ? "measured" : "", (index == 0 ? "also at " : "") + line)
      }
    }
    for (index, line) in Self.wrapped(weights(conversion), width: Terminal.width - 16).enumerated() {
      table.add(index == 0 ? "weights" : "", line)
    }
    for (index, entry) in (state ?? []).enumerated() {
      table.add(index == 0 ? "state" : "", "\(entry.input.shortened(to: 30)) takes \(entry.output.shortened(to: 30)) of the run before")
    }
    if let task, conversion.options.task != nil { table.add("task", task.text(conversion.task)) }
    if let parity {
      for output in parity.report.comparisons {
        var words = ParityText.words(output)
        if output.tolerance != parity.report.tolerance { words.append("asked for \(ParityText.bounds(output.tolerance))") }
        for (index, line) in Self.wrapped(words, width: Terminal.width - 12).enumerated() {
          table.add(index == 0 ? "parity" : "", line)
        }
      }
      for (index, output) in parity.report.outputs.enumerated() where !parity.report.chunked.isEmpty {
        for (line, text) in Self.wrapped(Self.chunks(parity.report, output), width: Terminal.width - 12).enumerated() {
          table.add(index == 0 && line == 0 ? "chunks" : "", text)
        }
      }
      if let worst = ChunkText.worst(parity.report) { table.add("", worst) }
      if let text = ParityText.choices(parity.report) {
        let words = text.split(separator: " ").map { String($0) }
        for (index, line) in Self.wrapped(words, separator: " ", width: Terminal.width - 12).enumerated() {
          table.add(index == 0 ? "choices" : "", line)
        }
      }
      table.add("verdict", "\(parity.verdict): \(ParityText.bounds(conversion.options.tolerance))")
      if parity.evidence.kind != .seeded { table.add("evidence", parity.reason) }
    } else {
      table.add("parity", "not measured (--no-verify)")
    }
    let share = Double(bundleBytes) / Double(max(1, sourceBytes)) * 100
    table.add(
      "bundle",
      "\(isWritten ? bundle : "not written"), \(Format.scaled(bundleBytes))B, \(Format.fixed(share, 1)) % of the model, "
        + "\(Format.fixed(seconds, 1)) s"
    )
    text += table.text
    if explain {
      if let choice = conversion.choice { text += Self.weights(choice) }
      text += Self.skips(conversion.passes)
    }
    return text
  }

  /// The SQNR of an output in the chunks of the first sequence.
  private static func chunks(_ report: ParityReport, _ output: Comparison) -> [String] {
    guard let first = report.chunked.first else { return [] }
    return output.sqnrs[first].prefix(ChunkText.mostRows).enumerated().map { index, sqnr in
      (index == 0 ? "\(output.name.shortened(to: 30)): " : "") + ParityText.decibels(sqnr)
    }
  }

  private func weights(_ conversion: Conversion) -> [String] {
    guard let choice = conversion.choice else { return [precision] }
    let kept = choice.kept
    let narrow = precision == "float16" ? "float16" : "int8"
    guard !choice.candidates.isEmpty else { return ["none that can be rounded"] }
    guard !kept.isEmpty else {
      return ["\(narrow): \(choice.candidates.count == 1 ? "the tensor" : "all \(choice.candidates.count) tensors")"]
    }
    var names = kept.prefix(3).map { $0.name.shortened(to: 30) }
    if kept.count > 3 { names.append("and \(kept.count - 3) more") }
    let types = [choice.wide, .float32].filter { type in kept.contains { choice.precisions[$0.id] == type } }.map { "\($0.name)" }
    let wide = types.prefix(choice.wide == .float32 ? 1 : 2).joined(separator: " or ")
    return ["\(narrow): \(choice.candidates.count - kept.count) of \(choice.candidates.count) tensors; \(wide): \(names[0])"]
      + names.dropFirst()
  }

  /// What rounding each weight costs, worst first.
  private static func weights(_ choice: MixedPrecision.Decision) -> String {
    var table = Table([.left, .right, .right, .left], indent: "  ")
    table.add("weight", "elements", "SQNR", "stored as")
    for candidate in choice.candidates.sorted(by: { $0.noise != $1.noise ? $0.noise > $1.noise : $0.id < $1.id }) {
      table.add(
        candidate.name.shortened(to: 44), Format.grouped(candidate.count),
        ParityText.decibels(candidate.sqnr),
        choice.precisions[candidate.id].map { "\($0.name)" } ?? "")
    }
    return "\nwhat rounding one weight alone leaves, and what was chosen (predicted \(ParityText.decibels(choice.predictedSQNR))):\n"
      + table.text
  }

  /// Words joined by commas, broken into lines.
  static func wrapped(_ words: [String], separator: String = ", ", width: Int) -> [String] {
    var lines = [""]
    for (index, word) in words.enumerated() {
      let piece = word + (index + 1 < words.count ? separator : "")
      if lines[lines.count - 1].count + piece.count > width, !lines[lines.count - 1].isEmpty { lines.append("") }
      lines[lines.count - 1] += piece
    }
    return lines
  }

  /// One line per pass and reason.
  private static func skips(_ passes: [PassReport]) -> String {
    guard passes.contains(where: { !$0.skips.isEmpty }) else { return "\nno pass declined\n" }
    var text = "\nwhy passes declined:\n"
    var table = Table([.left, .right, .left, .left], indent: "  ")
    for pass in passes {
      var reasons: [(reason: String, nodes: [String])] = []
      for skip in pass.skips {
        if let index = reasons.firstIndex(where: { $0.reason == skip.reason }) {
          reasons[index].nodes.append(skip.node)
        } else {
          reasons.append((skip.reason, [skip.node]))
        }
      }
      for entry in reasons { table.add(pass.name, "\(entry.nodes.count)", entry.reason, entry.nodes[0].shortened(to: 30)) }
    }
    text += table.text
    return text
  }
}
