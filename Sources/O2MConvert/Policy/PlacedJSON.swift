/// Why a text is no JSON; lines and columns count from 1, columns in bytes.
public struct JSONFault: Error, Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    case notUTF8
    /// The text ends inside a value.
    case ended
    /// Something else stands where a value, a comma, a colon or a bracket has to.
    case unexpected
    /// A word that is neither a number, `true`, `false` nor `null`; a number that JSON writes otherwise.
    case word
    case escape
    case control
    case nesting(limit: Int)
    case repeatedKey(String)
    /// Something follows the value.
    case more
  }

  public var line: Int
  public var column: Int
  public var reason: Reason

  public init(line: Int, column: Int, reason: Reason) {
    self.line = line
    self.column = column
    self.reason = reason
  }
}

/// A value of a JSON text, with the line where it begins, for files that people write.
///
/// - Spec: RFC 8259; a key stands once in an object, and values are nested 32 deep at most.
public struct PlacedJSON: Equatable, Sendable {
  public struct Member: Equatable, Sendable {
    public var key: String
    /// Of the key.
    public var line: Int
    public var value: PlacedJSON
  }

  public indirect enum Content: Equatable, Sendable {
    case object([Member])
    case list([PlacedJSON])
    case text(String)
    case number(Double)
    case truth(Bool)
    case null
  }

  public var line: Int
  public var content: Content

  /// The member of an object by its key.
  public subscript(key: String) -> PlacedJSON? {
    if case .object(let members) = content { members.first { $0.key == key }?.value } else { nil }
  }

  public var members: [Member]? { if case .object(let members) = content { members } else { nil } }
  public var list: [PlacedJSON]? { if case .list(let items) = content { items } else { nil } }
  public var number: Double? { if case .number(let number) = content { number } else { nil } }
  public var text: String? { if case .text(let text) = content { text } else { nil } }
  public var truth: Bool? { if case .truth(let truth) = content { truth } else { nil } }

  public init(_ bytes: [UInt8]) throws(JSONFault) {
    var reader = JSONReader(bytes: bytes)
    self = try reader.document()
  }

  fileprivate init(_ line: Int, _ content: Content) {
    self.line = line
    self.content = content
  }
}

private struct JSONReader {
  let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  private var lineStart = 0
  private static let deepest = 32

  init(bytes: [UInt8]) { self.bytes = bytes }

  private func fault(_ reason: JSONFault.Reason) -> JSONFault { JSONFault(line: line, column: offset - lineStart + 1, reason: reason) }

  mutating func document() throws(JSONFault) -> PlacedJSON {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw fault(.notUTF8) }
    // A mark of the byte order, as some editors write it.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { (offset, lineStart) = (3, 3) }
    let value = try value(depth: 0)
    skipSpace()
    guard offset == bytes.count else { throw fault(.more) }
    return value
  }

  private mutating func skipSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x0A:
        line += 1
        lineStart = offset + 1
      case 0x20, 0x09, 0x0D: break
      default: return
      }
      offset += 1
    }
  }

  /// The next byte that is no space.
  private mutating func peek() throws(JSONFault) -> UInt8 {
    skipSpace()
    guard offset < bytes.count else { throw fault(.ended) }
    return bytes[offset]
  }

  private mutating func expect(_ byte: Character) throws(JSONFault) {
    guard try peek() == byte.asciiValue else { throw fault(.unexpected) }
    offset += 1
  }

  private mutating func value(depth: Int) throws(JSONFault) -> PlacedJSON {
    let first = try peek(), start = line
    guard depth <= Self.deepest else { throw fault(.nesting(limit: Self.deepest)) }
    switch Character(UnicodeScalar(first)) {
    case "{": return PlacedJSON(start, .object(try members(depth)))
    case "[": return PlacedJSON(start, .list(try items(depth)))
    case "\"": return PlacedJSON(start, .text(try text()))
    default: return PlacedJSON(start, try word())
    }
  }

  private mutating func members(_ depth: Int) throws(JSONFault) -> [PlacedJSON.Member] {
    offset += 1
    var members: [PlacedJSON.Member] = [], keys: Set<String> = []
    while try peek() != UInt8(ascii: "}") {
      if !members.isEmpty { try expect(",") }
      guard try peek() == UInt8(ascii: "\"") else { throw fault(.unexpected) }
      let place = self, key = try text()
      guard keys.insert(key).inserted else { throw place.fault(.repeatedKey(key)) }
      try expect(":")
      members.append(.init(key: key, line: place.line, value: try value(depth: depth + 1)))
    }
    offset += 1
    return members
  }

  private mutating func items(_ depth: Int) throws(JSONFault) -> [PlacedJSON] {
    offset += 1
    var items: [PlacedJSON] = []
    while try peek() != UInt8(ascii: "]") {
      if !items.isEmpty { try expect(",") }
      items.append(try value(depth: depth + 1))
    }
    offset += 1
    return items
  }

  private mutating func text() throws(JSONFault) -> String {
    offset += 1
    var units: [UInt8] = []
    while true {
      guard offset < bytes.count else { throw fault(.ended) }
      let byte = bytes[offset]
      guard byte >= 0x20 else { throw fault(.control) }
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): units += try escaped()
      default: units.append(byte)
      }
    }
  }

  private mutating func escaped() throws(JSONFault) -> [UInt8] {
    guard offset < bytes.count else { throw fault(.ended) }
    let letter = Character(UnicodeScalar(bytes[offset]))
    if letter == "u" { return Array(String(try scalar()).utf8) }
    let plain: [Character: UInt8] = [
      "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 0x08, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09,
    ]
    guard let byte = plain[letter] else { throw fault(.escape) }
    offset += 1
    return [byte]
  }

  /// `u`, four digits, and those of the other half where the first is one of a pair.
  private mutating func scalar() throws(JSONFault) -> Character {
    let first = try unit()
    guard (0xD800..<0xE000).contains(first) else { return Character(UnicodeScalar(UInt32(first)) ?? "\u{FFFD}") }
    guard first < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\") else { throw fault(.escape) }
    offset += 1
    let second = try unit()
    guard (0xDC00..<0xE000).contains(second) else { throw fault(.escape) }
    return Character(UnicodeScalar(0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00) ?? "\u{FFFD}")
  }

  private mutating func unit() throws(JSONFault) -> UInt16 {
    guard offset + 5 <= bytes.count, bytes[offset] == UInt8(ascii: "u"),
      bytes[offset + 1..<offset + 5].allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: bytes[offset + 1..<offset + 5], as: UTF8.self), radix: 16)
    else { throw fault(.escape) }
    offset += 5
    return unit
  }

  private mutating func word() throws(JSONFault) -> PlacedJSON.Content {
    let rest = bytes[offset...].prefix { byte in
      Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber || "+-.".utf8.contains(byte)
    }
    guard !rest.isEmpty else { throw fault(.unexpected) }
    let word = String(decoding: rest, as: UTF8.self), content: PlacedJSON.Content
    switch word {
    case "true": content = .truth(true)
    case "false": content = .truth(false)
    case "null": content = .null
    default:
      guard word.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil, let number = Double(word), number.isFinite else {
        throw fault(.word)
      }
      content = .number(number)
    }
    offset += rest.count
    return content
  }
}
