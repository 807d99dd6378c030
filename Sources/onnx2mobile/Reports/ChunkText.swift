import O2MParity

/// The chunks of sequences: how far the bundle, with its own state, has moved from the model with its own.
enum ChunkText {
  /// As many chunks are shown of a sequence; the worst is always among them.
  static let mostRows = 12
  static let mostOutputs = 4

  /// A head and rows for each sequence; none where cases stand by themselves.
  static func tables(_ report: ParityReport) -> [(title: String, rows: [[String]])] {
    let outputs = report.outputs.prefix(mostOutputs), worst = report.worstChunk
    return report.chunked.enumerated().map { number, range in
      let rows = shown(range.count, worst: worst?.sequence == number ? worst?.chunk : nil).map { chunk in
        ["\(chunk + 1)"] + outputs.map { ParityText.decibels($0.sqnrs[range.lowerBound + chunk]) }
      }
      let title = report.chunked.count == 1 ? "one sequence" : "sequence \(number + 1)"
      let more = report.outputs.count > mostOutputs ? ", the first \(mostOutputs) outputs" : ""
      return (
        "\(title) of \(range.count) chunks, SQNR with the state of each side\(more)",
        [["chunk"] + outputs.map { $0.name.shortened(to: 24) }] + rows
      )
    }
  }

  static func text(_ report: ParityReport) -> String {
    tables(report).map { title, rows in
      var table = Table([.right] + rows[0].dropFirst().map { _ in .right }, indent: "  ")
      for row in rows { table.add(row) }
      return title + "\n\n" + table.text + "\n"
    }.joined()
  }

  /// `worst chunk: 7 of 8, 'hn' with 41.2 dB`; nil where there is no sequence.
  static func worst(_ report: ParityReport) -> String? {
    guard let (sequence, chunk, output) = report.worstChunk else { return nil }
    let range = report.chunked[sequence], comparison = report.outputs[output]
    let place = report.chunked.count == 1 ? "" : " of sequence \(sequence + 1)"
    return "worst chunk: \(chunk + 1) of \(range.count)\(place), \(comparison.name.brief) with "
      + ParityText.decibels(comparison.sqnrs[range.lowerBound + chunk])
  }

  /// `the 8 chunks of sequence 1: 61.3 dB, 58.7 dB, ...`, every chunk of one output.
  static func figures(_ report: ParityReport, _ output: Comparison) -> [String] {
    report.chunked.enumerated().map { number, range in
      let place = report.chunked.count == 1 ? "" : " of sequence \(number + 1)"
      return "the \(range.count) chunks\(place): " + range.map { ParityText.decibels(output.sqnrs[$0]) }.joined(separator: ", ")
    }
  }

  /// The first chunks, some between, the worst and the last, ascending.
  private static func shown(_ count: Int, worst: Int?) -> [Int] {
    guard count > mostRows else { return Array(0..<count) }
    let pieces = mostRows - 2
    var chunks = (0...pieces).map { $0 * (count - 1) / pieces }
    if let worst, !chunks.contains(worst) { chunks.append(worst) }
    return chunks.sorted()
  }
}
