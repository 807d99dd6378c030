import O2MOps
import O2MTensor

/// Each string of `x` with that of `y` behind it.
///
/// - Spec: ONNX StringConcat-20.
/// - Shapes: `x`, `y` string, broadcast → string.
struct StringConcat: StringOperator {
  static let name = "StringConcat"
  static let versions = [20]

  init(_ node: ProtoNode) throws(OpFault) { try node.requireOperands(2...2) }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    let (shape, values) = try pairs(inputs) { $0 + $1 }
    return [.strings(StringTensor(shape, values))]
  }
}

/// Whether two strings have the same bytes.
///
/// - Spec: ONNX Equal-19, the form over strings.
/// - Shapes: `a`, `b` string, broadcast → bool.
struct StringEqual: StringOperator {
  static let name = "Equal"
  static let versions = [19]

  init(_ node: ProtoNode) throws(OpFault) { try node.requireOperands(2...2) }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    let (shape, values) = try pairs(inputs) { $0.isSame(as: $1) ? 1 : 0 }
    return [.tensor(Tensor(.bool, shape, wrapping: values))]
  }
}

/// `combine` over the strings of both inputs, broadcast together.
private func pairs<R>(_ inputs: [OnnxValue<Tensor>?], _ combine: (String, String) -> R) throws(OpFault) -> (Shape, [R]) {
  let a = try inputs.strings(0), b = try inputs.strings(1)
  // The rule looks at shapes only; no element type of a graph is that of strings.
  let shape = try [a.shape, b.shape].map { InputFact(TensorType(.int64, $0)) }.broadcastShape()
  return (shape, broadcast(a.values, a.shape, b.values, b.shape, to: shape, combine))
}

/// The parts of every string between delimiters, and how many they are.
///
/// - Spec: ONNX StringSplit-20. Without a delimiter runs of white space divide, and those at the ends go away. After `maxsplit` divisions
///   the rest stays whole.
/// - Shapes: `x` string `[*]` → string `[*, most]`, filled up with empty strings; int64 `[*]`.
struct StringSplit: StringOperator {
  static let name = "StringSplit"
  static let versions = [20]

  private let delimiter: [Unicode.Scalar]
  private let limit: Int

  init(_ node: ProtoNode) throws(OpFault) {
    try node.requireOperands(1...1, outputs: 1...2)
    delimiter = Array((try node.string(.delimiter) ?? "").unicodeScalars)
    let limit = try node.int(.maxsplit) ?? .max
    self.limit = limit < 0 ? .max : limit
  }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    let x = try inputs.strings(0)
    let lists = x.values.map { delimiter.isEmpty ? words($0) : parts($0) }
    let most = lists.map(\.count).max() ?? 0
    let filled = lists.flatMap { $0 + [String](repeating: "", count: most - $0.count) }
    return [
      .strings(StringTensor(Shape(x.shape.dims + [most]), filled)), .tensor(Tensor(.int64, x.shape, wrapping: lists.map(\.count))),
    ]
  }

  private func words(_ text: String) -> [String] {
    let whole = text.drop { $0.isWhitespace }
    var words = whole.split(maxSplits: limit, omittingEmptySubsequences: true) { $0.isWhitespace }.map(String.init)
    // What stays whole keeps the spaces inside it, and loses those around it.
    if words.count > limit, let last = words.popLast() {
      var rest = last[...].drop { $0.isWhitespace }
      while rest.last?.isWhitespace == true { rest.removeLast() }
      if !rest.isEmpty { words.append(String(rest)) }
    }
    return words
  }

  private func parts(_ text: String) -> [String] {
    var parts: [String] = []
    var rest = Array(text.unicodeScalars)[...]
    func joined(_ scalars: some Sequence<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }
    var start = rest.startIndex
    while parts.count < limit, start + delimiter.count <= rest.endIndex {
      if rest[start..<start + delimiter.count].elementsEqual(delimiter) {
        parts.append(joined(rest[..<start]))
        rest = rest[(start + delimiter.count)...]
        start = rest.startIndex
      } else {
        start += 1
      }
    }
    return parts + [joined(rest)]
  }
}

/// The strings without stop words, in lower or upper case.
///
/// - Spec: ONNX StringNormalizer-10. Where every string is a stop word, one empty string is left.
/// - Shapes: `x` string `[C]` or `[1, C]` → `[K]` or `[1, K]`.
/// - Errors: `.unsupported(.locale)` for a locale whose letters have cases of their own.
struct StringNormalizer: StringOperator {
  static let name = "StringNormalizer"
  static let versions = [10]

  private enum Change: String { case lower = "LOWER", upper = "UPPER", none = "NONE" }

  private let change: Change
  private let isCaseSensitive: Bool
  private let stopWords: Set<[UInt8]>

  init(_ node: ProtoNode) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let change = Change(rawValue: try node.string(.case_change_action) ?? "NONE") else {
      throw .attribute(.case_change_action, .unknownValue)
    }
    self.change = change
    isCaseSensitive = try node.flag(.is_case_sensitive, default: false)
    // Turkish, Azeri and Lithuanian write their i's in their own way.
    if let locale = try node.string(.locale), change != .none, ["tr", "az", "lt"].contains(locale.prefix(2).lowercased()) {
      throw .unsupported(.locale)
    }
    let isCaseSensitive = isCaseSensitive
    stopWords = Set((try node.strings(.stopwords) ?? []).map { Self.key($0, isCaseSensitive) })
  }

  private static func key(_ word: String, _ isCaseSensitive: Bool) -> [UInt8] { Array((isCaseSensitive ? word : word.lowercased()).utf8) }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    let x = try inputs.strings(0)
    guard x.shape.rank == 1 || x.shape.rank == 2 else { throw .rank(input: 0, expected: 1...2, found: x.shape.rank) }
    guard x.shape.rank == 1 || x.shape[0] == 1 else { throw .extent(input: 0, axis: 0, expected: 1, found: x.shape[0]) }
    var kept = x.values.filter { !stopWords.contains(Self.key($0, isCaseSensitive)) }
    switch change {
    case .lower: kept = kept.map { $0.lowercased() }
    case .upper: kept = kept.map { $0.uppercased() }
    case .none: break
    }
    if kept.isEmpty { kept = [""] }
    return [.strings(StringTensor(x.shape.rank == 1 ? [kept.count] : [1, kept.count], kept))]
  }
}

/// Whether a regular expression matches the whole of each string.
///
/// - Spec: ONNX RegexFullMatch-20, whose patterns are RE2's. Swift's `Regex` reads them; `\C`, which it does not know, is refused.
/// - Shapes: `x` string `[*]` → bool `[*]`.
/// - Errors: `.attribute(.pattern, .unknownValue)` for a pattern that cannot be read.
struct RegexFullMatch: StringOperator {
  static let name = "RegexFullMatch"
  static let versions = [20]

  private let expression: Regex<AnyRegexOutput>

  init(_ node: ProtoNode) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let pattern = try node.string(.pattern) else { throw .attribute(.pattern, .missing) }
    do { expression = try Regex(pattern) } catch { throw .attribute(.pattern, .unknownValue) }
  }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    let x = try inputs.strings(0)
    // Code points, as RE2 counts them, not what a reader takes for one character.
    let expression = expression.matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses().wordBoundaryKind(.simple)
    return [.tensor(Tensor(.bool, x.shape, wrapping: x.values.map { (try? expression.wholeMatch(in: $0)) != nil ? 1 : 0 }))]
  }
}
