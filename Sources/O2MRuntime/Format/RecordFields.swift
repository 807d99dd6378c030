import O2MOps
import O2MTensor

extension RecordWriter {
  /// A count of bytes and that many bytes of UTF-8.
  public mutating func put(_ text: UTF8Text) {
    put(UInt32(text.bytes.count))
    put(raw: text.bytes)
  }

  public mutating func put(_ texts: [UTF8Text]) {
    put(UInt32(texts.count))
    for text in texts { put(text) }
  }
}

extension RecordReader {
  /// Text of at most `limit` bytes; what is no UTF-8 is a fault.
  public mutating func text(limit: Int = BundleFormat.maximumText) throws(FormatFault) -> UTF8Text {
    let start = offset
    let length = try count(of: 1)
    guard length <= limit else { throw .value(offset: start, found: length, limit: limit) }
    let first = offset, bytes = try raw(length)
    if let place = bytes.firstNoUTF8 { throw .value(offset: first + place, found: Int(bytes[place]), limit: 0x80) }
    return UTF8Text(valid: bytes)
  }

  public mutating func texts(limit: Int = BundleFormat.maximumText) throws(FormatFault) -> [UTF8Text] {
    var texts: [UTF8Text] = []
    for _ in 0..<(try count(of: 4)) { texts.append(try text(limit: limit)) }
    return texts
  }
}
