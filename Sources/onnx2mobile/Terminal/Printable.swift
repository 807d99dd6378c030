extension String {
  /// The text without what steers a terminal: control characters but the line end, and marks that turn the direction of writing, as
  /// `\u001b`. In JSON that means the same text.
  var printable: String { escaped { $0 == "\n" } }

  /// The same on one line: a name may hold line ends.
  var onOneLine: String { escaped { _ in false } }

  /// A name, or a sentence with names in it, as reports and messages show it: on one line, the middle of long words left out.
  var brief: String {
    let line = onOneLine
    guard line.utf8.count > Self.longWord else { return line }
    return line.split(separator: " ", omittingEmptySubsequences: false).map { String($0).shortened(to: Self.longWord) }
      .joined(separator: " ")
  }

  /// More than any name needs, and most paths.
  private static let longWord = 240

  private func escaped(but kept: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { Self.steers($0) && !kept($0) }) else { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if Self.steers(scalar), !kept(scalar) {
        let digits = String(scalar.value, radix: 16)
        text.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
      } else {
        text.append(scalar)
      }
    }
    return String(text)
  }

  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
