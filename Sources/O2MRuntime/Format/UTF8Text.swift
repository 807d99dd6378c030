/// Text as the bytes that a bundle has, and that o2m.h gives. The device side does without `String`, which brings Unicode's rules along.
///
/// As a wrapper it is a `String` to the host: `name` is the string, `$name` the bytes.
@propertyWrapper
public struct UTF8Text: Equatable, Sendable {
  public private(set) var bytes: [UInt8]

  public init() { bytes = [] }
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// Text of bytes that `firstNoUTF8` has nothing against.
  init(valid bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

  public init(wrappedValue: String) { self.init(wrappedValue) }
  public var wrappedValue: String {
    get { String(self) }
    set { self = UTF8Text(newValue) }
  }
  public var projectedValue: UTF8Text {
    get { self }
    set { self = newValue }
  }
}

extension String {
  public init(_ text: UTF8Text) { self.init(decoding: text.bytes, as: UTF8.self) }
}

/// Sentences are written as those of a `String` are.
extension UTF8Text: ExpressibleByStringInterpolation {
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = UTF8Text()

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: StaticString) {
      text.bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }
    public mutating func appendInterpolation(_ name: StaticString) { appendLiteral(name) }
    public mutating func appendInterpolation(_ other: UTF8Text) { text.bytes.append(contentsOf: other.bytes) }
    public mutating func appendInterpolation(_ number: Int) { appendInterpolation(Int64(number)) }
    public mutating func appendInterpolation(_ number: Int64) {
      if number < 0 { text.bytes.append(UInt8(ascii: "-")) }
      appendInterpolation(UInt64(number.magnitude))
    }
    public mutating func appendInterpolation(_ number: UInt64) {
      if number > 9 { appendInterpolation(number / 10) }
      text.bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
  }

  public init(stringLiteral literal: StaticString) {
    var writer = StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    writer.appendLiteral(literal)
    self = writer.text
  }

  public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.text }
}

/// A list of texts, likewise.
@propertyWrapper
public struct UTF8Texts: Equatable, Sendable {
  public private(set) var texts: [UTF8Text]

  public init() { texts = [] }
  public init(_ texts: [UTF8Text]) { self.texts = texts }
  public init(wrappedValue: [String]) { texts = wrappedValue.map { UTF8Text($0) } }

  public var wrappedValue: [String] {
    get { texts.map { String($0) } }
    set { self = UTF8Texts(wrappedValue: newValue) }
  }
  public var projectedValue: [UTF8Text] {
    get { texts }
    set { texts = newValue }
  }
}

extension UnsafeRawBufferPointer {
  /// Where the first character begins that is none, is cut short or has not its shortest form; nil in UTF-8.
  ///
  /// - Spec: Unicode 15, table 3-7.
  var firstNoUTF8: Int? {
    var at = 0
    while at < count {
      let start = at, lead = self[at]
      at += 1
      guard lead >= 0x80 else { continue }
      guard lead >= 0xC0, lead < 0xF8 else { return start }
      let following = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3
      guard following <= count - at else { return start }
      var scalar = UInt32(lead) & 0x3F >> UInt32(following)
      for next in self[at..<at + following] {
        guard next & 0xC0 == 0x80 else { return start }
        scalar = scalar << 6 | UInt32(next & 0x3F)
      }
      at += following
      let least: UInt32 = following == 1 ? 0x80 : following == 2 ? 0x800 : 0x10000
      guard scalar >= least, scalar < 0x110000, scalar & ~0x7FF != 0xD800 else { return start }
    }
    return nil
  }
}
