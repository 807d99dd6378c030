extension StringProtocol {
  /// Without the spaces and tabs around it.
  public var trimmed: String { trimmed { $0.isWhitespace && !$0.isNewline } }

  /// Without the characters around it that `isDropped` takes.
  public func trimmed(where isDropped: (Character) -> Bool) -> String {
    guard let first = firstIndex(where: { !isDropped($0) }), let last = lastIndex(where: { !isDropped($0) }) else { return "" }
    return String(self[first...last])
  }

  /// The last name of a path; `/` for the root.
  public var lastPathName: String {
    let names = split(maxSplits: .max, omittingEmptySubsequences: true) { (character: Character) in character == "/" }
    return names.last.map { String($0) } ?? (hasPrefix("/") ? "/" : "")
  }

  /// What stands behind the last dot of a path's last name, and the name without both; none where the name begins with its only dot.
  public var stemAndExtension: (stem: String, extension: String) {
    let name = lastPathName
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex, name.index(after: dot) < name.endIndex else { return (name, "") }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }
}

/// Whether a file's name stands before another one: numbers in them count by their value, so that `chunk_10` stands behind `chunk_9`.
public func isInOrder(_ a: String, _ b: String) -> Bool {
  var x = a[...], y = b[...]
  while let first = x.first, let second = y.first {
    guard first.isNumber, second.isNumber else {
      guard first == second else { return first < second }
      x.removeFirst()
      y.removeFirst()
      continue
    }
    let one = x.prefix(while: \.isNumber), other = y.prefix(while: \.isNumber)
    let value = one.drop { $0 == "0" }, otherValue = other.drop { $0 == "0" }
    guard value == otherValue else { return (value.count, String(value)) < (otherValue.count, String(otherValue)) }
    x = x.dropFirst(one.count)
    y = y.dropFirst(other.count)
  }
  return x.isEmpty && !y.isEmpty || x.isEmpty == y.isEmpty && a < b
}

/// Whether a folder is there, behind links too.
public func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
