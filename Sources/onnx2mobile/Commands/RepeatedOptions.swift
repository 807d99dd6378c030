import ArgumentParser

/// Options that the parser takes once and whose last value it would keep in silence.
enum RepeatedOptions {
  /// - Parameter options: each with all of its spellings.
  /// - Errors: the first that stands twice before `--`.
  static func check(_ arguments: [String], once options: [[String]]) throws {
    for spellings in options {
      let count = arguments.prefix { $0 != "--" }.count { argument in
        spellings.contains { argument == $0 || $0.hasPrefix("--") && argument.hasPrefix($0 + "=") }
      }
      guard count < 2 else { throw ValidationError("\(spellings[spellings.count - 1]) is given twice: it takes one value") }
    }
  }
}
