import HostSystem

/// What the text is read on.
enum Terminal {
  /// How many columns it has: what COLUMNS says, else the terminal on stdout; nil where there is none.
  static let columns: Int? = {
    var size = winsize()
    let told = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
    let columns = told ?? (ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil)
    return columns.map { max($0, 60) }
  }()

  /// Those of the terminal on stderr; nil where there is none, and each message is a line.
  static let errorColumns: Int? = {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? max(Int(size.ws_col), 60) : nil
  }()

  /// The columns of a text that nobody reads on a terminal.
  static var width: Int { columns ?? 100 }
}

extension String {
  /// The words in lines of at most `width` characters where they allow; those after the first stand behind `indent`, which is not counted.
  func wrapped(to width: Int = Terminal.width, indent: String = "") -> String {
    var lines = [""]
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      let last = lines[lines.count - 1]
      if last.isEmpty || last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.joined(separator: "\n" + indent)
  }
}
