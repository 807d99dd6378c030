import O2MImport
import O2MOps
import O2MTensor

/// The operators that are supported, as `dump --operators` prints them and the documentation holds them.
enum OperatorTable {
  struct Row: Encodable {
    var name: String
    /// The versions of the operator that differ.
    var versions: [Int]
    /// Whether the reference evaluates it: always, for what is listed.
    var reference = true
    /// kernel, reference, parts, constant or none.
    var device: String
    /// The element types of the first input; empty where the parts decide.
    var elements: [String]
  }

  static var rows: [Row] {
    SupportedOperator.all.map { entry in
      Row(name: entry.name, versions: entry.versions, device: entry.device.rawValue, elements: entry.elements.map(types) ?? [])
    }
  }

  private static func types(_ elements: ElementClass) -> [String] { ElementType.allCases.filter(elements.contains).map { "\($0.name)" } }

  /// The class in a word or two; the legend says what it holds.
  private static func word(_ elements: ElementClass) -> String {
    switch elements {
    case .any: "any"
    case .floats: "floats"
    case .heldFloats: "all floats"
    case .numbers: "numbers"
    case .signed: "signed"
    case .integers: "all integers"
    case .wholeIntegers: "integers"
    case .bool: "bool"
    case .comparable: "numbers, bool"
    case .quantized: "quantized"
    }
  }

  static var text: String {
    let all = SupportedOperator.all
    var table = Table([.left, .left, .left, .left])
    table.add("operator", "versions", "in a bundle", "element types")
    for entry in all {
      table.add(
        entry.name, entry.versions.map(String.init).joined(separator: " "), entry.device == .none ? "—" : entry.device.rawValue,
        entry.elements.map(word) ?? "")
    }
    var text = table.text + "\n\(all.count) operators; the reference evaluates all of them.\n\n"
    for (word, meaning) in [
      ("kernel", "vectorised kernels for all or some of its forms, the plain reference for the others"),
      ("reference", "the plain reference"),
      ("parts", "it becomes other operators at import"), ("constant", "it is evaluated at import, where its operands are known"),
      ("—", "branches, loops and lists: written out at import where that is known; branches and loops else are steps"),
    ] { text += line(word, meaning, at: 11) }
    text += "\n"
    let used = ElementClass.allCases.filter { elements in
      elements != .bool && elements != .comparable && all.contains { $0.elements == elements }
    }
    for elements in used {
      let listed = elements == .any ? "all but strings" : types(elements).joined(separator: " ")
      text += line(word(elements), listed, at: 13)
    }
    let internals = OpCode.allCases.filter { $0.versions == nil }.map { "\($0.name)" }.joined(separator: ", ")
    let made = "The passes make: \(internals)"
    return text + "\n\(Terminal.columns.map { made.wrapped(to: $0) } ?? made)\n"
  }

  /// A word, and what it means from `column` on.
  private static func line(_ word: String, _ meaning: String, at column: Int) -> String {
    let margin = String(repeating: " ", count: column)
    return word.padding(to: column) + meaning.wrapped(to: (Terminal.columns ?? 120) - column, indent: margin) + "\n"
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
