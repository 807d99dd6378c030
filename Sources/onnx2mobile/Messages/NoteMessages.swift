import HostSystem
import O2MImport
import O2MTensor

/// The wording of what an import decided, and of what it found wrong and could do without.
enum NoteMessages {
  static func text(_ note: ImportNote) -> String {
    switch note {
    case .assumedBatch(let dim):
      "the batch of '\(dim.input)'\(dim.symbol.isEmpty ? "" : " ('\(dim.symbol)')") is taken as 1; --input-shape gives another"
    case .changedExtent(let dim):
      "'\(dim.input)' gets \(dim.given) along axis \(dim.axis), the file says \(dim.noted); other shapes that it notes are not compared"
    case .ignoredAttribute(let node, let attribute):
      "node '\(node.name)' (\(node.type)): attribute '\(attribute)' has no meaning and is ignored"
    case .ignoredTraining: "training information is ignored"
    case .leftOut(let node): "node '\(node.name)' (\(ImportMessages.type(node))) is not supported and left out: no output needs it"
    case .ignoredQuantizationNotes(let count): "\(count) quantization annotations are ignored"
    case .droppedLabels(let node):
      "node '\(node.name)' (\(node.type)): its labels are strings and are left out; the scores stay, and --labels names their columns"
    case .mapAsTensor(let node):
      "node '\(node.name)' (\(node.type)): the map from labels to scores becomes a tensor of the scores, in the order of the labels"
    }
  }

  /// A line for each output and symbol; values in between are told by the first.
  static func texts(_ warnings: [ImportWarning]) -> [String] {
    var lines: [String] = [], others = 0
    var between: String?
    for warning in warnings {
      switch warning {
      case .shape(let name, true, let noted, let inferred):
        lines.append("output '\(name)' is declared as \(FaultMessages.text(noted)), it is \(FaultMessages.text(inferred))")
      case .shape(let name, false, let noted, let inferred):
        if between != nil { others += 1 }
        between = between ?? "'\(name)' is noted as \(FaultMessages.text(noted)), its inputs make it \(FaultMessages.text(inferred))"
      case .symbol(let symbol, let input, let axis, let given, let before):
        lines.append("'\(symbol)' is \(before) and \(given) in '\(input)' (axis \(axis)): it is taken for no name of an extent")
      }
    }
    let more = others == 0 ? "" : ", and so are \(others) more values"
    return lines + (between.map { [$0 + more] } ?? [])
  }

  /// A note on stderr.
  static func write(_ note: String, file: String) {
    ("note: \(file): \(note)".brief + "\n").writeToStandardError()
  }

  /// The warnings on stderr.
  static func write(_ warnings: [ImportWarning], file: String) {
    for line in texts(warnings) { ("warning: \(file): \(line)".brief + "\n").writeToStandardError() }
  }
}
