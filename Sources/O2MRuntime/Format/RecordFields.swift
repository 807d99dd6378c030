import O2MOps
import O2MTensor

extension RecordWriter {
  /// A count of bytes and that many bytes of UTF-8.
  public mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    for byte in text.utf8 { put(byte) }
  }

  public mutating func put(_ texts: [String]) {
    put(UInt32(texts.count))
    for text in texts { put(text) }
  }
}

extension RecordReader {
  /// Text of at most `limit` bytes; what is no UTF-8 becomes U+FFFD.
  public mutating func text(limit: Int = BundleFormat.maximumText) throws(FormatFault) -> String {
    let start = offset
    let length = try count(of: 1)
    guard length <= limit else { throw .value(offset: start, found: length, limit: limit) }
    return String(decoding: try raw(length), as: UTF8.self)
  }

  public mutating func texts(limit: Int = BundleFormat.maximumText) throws(FormatFault) -> [String] {
    var texts: [String] = []
    for _ in 0..<(try count(of: 4)) { texts.append(try text(limit: limit)) }
    return texts
  }
}
