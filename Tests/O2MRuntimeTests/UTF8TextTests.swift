import O2MOps
import O2MRuntime
import Testing

/// What reading the bytes as a text of a bundle gives.
private func read(_ bytes: [UInt8]) throws -> String {
  var record = RecordWriter()
  record.put(UInt32(bytes.count))
  for byte in bytes { record.put(byte) }
  let all = record.bytes
  return try all.withUnsafeBytes { raw in
    var reader = RecordReader(raw, range: 0..<all.count)
    return String(try reader.text())
  }
}

/// Bytes at the bounds of every range of Unicode's table 3-7.
private let bounds: [UInt8] = [
  0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4,
  0xF5, 0xF8, 0xFF,
]

/// Swift's own rules, which repair what is no UTF-8, are the reference.
@Test func textsAreUTF8() throws {
  var wrong = 0
  for a in bounds {
    for b in bounds {
      for c in bounds {
        for d in [0x42, 0x80, 0xBF, 0xC0] as [UInt8] {
          let bytes = [a, b, c, d], expected = String(decoding: bytes, as: UTF8.self), isValid = Array(expected.utf8) == bytes
          let found = try? read(bytes)
          if found != (isValid ? expected : nil) { wrong += 1 }
        }
      }
    }
  }
  #expect(wrong == 0)
}

/// The fault names the first byte of the first character that is none; four bytes of the count stand before the text.
@Test(
  arguments: [
    ([0x41, 0xFF], 1), ([0x41, 0xC3, 0xA4, 0xC3], 3), ([0xED, 0xA0, 0x80], 0), ([0x41, 0xE2, 0x82], 1), ([0xF4, 0x90, 0x80, 0x80], 0),
    ([0x41, 0xC0, 0xAF], 1),
  ] as [([UInt8], Int)])
func otherBytesAreRefused(bytes: [UInt8], place: Int) {
  #expect(throws: FormatFault.value(offset: 4 + place, found: Int(bytes[place]), limit: 0x80)) { try read(bytes) }
}

@Test(arguments: [0, 1, 9, 10, 99, 100, 65535, .max, .min, -1, -10] as [Int])
func numbersAreWrittenAsAStringHasThem(number: Int) {
  let text: UTF8Text = "a\(number)b", bits: UTF8Text = "\(UInt64(bitPattern: Int64(number)))"
  #expect(String(text) == "a\(number)b" && String(bits) == "\(UInt64(bitPattern: Int64(number)))")
}

@Test func textsAreStringsToTheHost() {
  var manifest = Manifest()
  #expect(manifest.labels.isEmpty && manifest.tool == "")
  manifest.labels = ["größer", ""]
  manifest.tool = "größer"
  #expect(manifest.$labels == ["größer", ""] && manifest.$tool == "größer" && manifest.labels == ["größer", ""])
  #expect(manifest.$tool.bytes == Array("größer".utf8))
}
