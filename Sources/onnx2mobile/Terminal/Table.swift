/// Columns of text, aligned, as wide as the terminal at most.
///
/// Where rows are wider, the last column of two goes on in the next line; of more columns the widest that hold words are shortened, or
/// the last one gets lines of its own.
struct Table {
  enum Side { case left, right }

  private var rows: [[String]] = []
  private let sides: [Side]
  private let indent: String
  private let width: Int
  private let unfolds: Bool
  /// A column of words keeps so many characters.
  private static let leastWidth = 10

  /// - Parameter unfolds: whether the last column goes on in lines of its own where there is no room, instead of being shortened.
  init(_ sides: [Side], indent: String = "", width: Int = Terminal.columns ?? .max, unfolds: Bool = false) {
    self.sides = sides
    self.indent = indent
    self.width = width
    self.unfolds = unfolds
  }

  mutating func add(_ cells: String...) { add(cells) }
  mutating func add(_ cells: [String]) { rows.append(cells.map(\.brief)) }

  /// One line per row; two spaces between columns, no spaces at the end.
  var text: String {
    var widths = sides.indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    var excess = indent.count + widths.reduce(0, +) + 2 * max(0, sides.count - 1) - width
    if sides == [.left, .left] { return wrapped(widths[0]) }
    if unfolds, excess > 0 { return unfolded }
    while excess > 0 {
      let words = widths.indices.filter { sides[$0] == .left && widths[$0] > Self.leastWidth }
      guard let widest = words.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return rows.map { row in
      var line = indent
      for (column, cell) in row.enumerated() {
        let cell = sides[column] == .left ? cell.shortened(to: widths[column]) : cell
        let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
        line += (column == 0 ? "" : "  ") + (sides[column] == .left ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  private var unfolded: String {
    var others = Table(sides.dropLast(), indent: indent, width: width)
    for row in rows { others.add(row.dropLast()) }
    let margin = indent + "    "
    return zip(others.text.split(separator: "\n"), rows).map { line, row in
      let last = row.last.map { $0.isEmpty ? "" : margin + $0.wrapped(to: width - margin.count, indent: margin) + "\n" } ?? ""
      return line + "\n" + last
    }.joined()
  }

  private func wrapped(_ first: Int) -> String {
    let start = indent.count + first + 2, margin = String(repeating: " ", count: start)
    return rows.map { row in
      var line = indent + row[0] + String(repeating: " ", count: first - row[0].count + 2)
      line += row[1].wrapped(to: max(width - start, 20), indent: margin)
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
