/// Columns of text, aligned, for a terminal of 80 to 120 columns.
struct Table {
  enum Side { case left, right }

  private var rows: [[String]] = []
  private let sides: [Side]
  private let indent: String

  init(_ sides: [Side], indent: String = "") {
    self.sides = sides
    self.indent = indent
  }

  mutating func add(_ cells: String...) { rows.append(cells) }
  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// One line per row; two spaces between columns, no spaces at the end.
  var text: String {
    let widths = sides.indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = indent
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
        line += (column == 0 ? "" : "  ") + (sides[column] == .left ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
