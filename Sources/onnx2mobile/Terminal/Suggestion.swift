/// What somebody meant who wrote something else.
enum Suggestion {
  /// The one of `known` that is nearest to `word`: at most a third of its letters differ, or one begins the other.
  static func nearest(to word: String, among known: [String]) -> String? {
    let word = word.lowercased()
    guard word.count >= 2 else { return nil }
    let ranked = known.map { ($0, distance(word, $0.lowercased())) }.min { $0.1 < $1.1 }
    guard let (best, steps) = ranked else { return nil }
    if steps <= max(1, best.count / 3) { return best }
    let longer = known.filter { $0.lowercased().hasPrefix(word) }
    return longer.count == 1 ? longer[0] : nil
  }

  /// `; did you mean 'convert'?`, or nothing.
  static func text(for word: String, among known: [String]) -> String {
    nearest(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// How many letters have to be put in, left out, replaced, or swapped with their neighbour.
  private static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    var rows = [Array(0...b.count)]
    for i in 1...max(1, a.count) where i <= a.count {
      var row = [i]
      for j in 1...max(1, b.count) where j <= b.count {
        var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { least = min(least, rows[i - 2][j - 2] + 1) }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
