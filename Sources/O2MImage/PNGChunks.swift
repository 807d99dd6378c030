/// The notes of a PNG file beside its pixels.
///
/// - Spec: PNG third edition, 5.3: length, type, data, check sum; 11.3 for what each type says.
struct PNGChunks {
  /// The file without what says how its colours look: the stored values count, as those that models are trained on.
  private(set) var plain: [UInt8] = []
  private(set) var orientation = Orientation.stored

  private static let looks = ["gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI"].map { Array($0.utf8) }
  private static let exif = Array("eXIf".utf8)

  /// What cannot be cut into chunks stays as it is: the decoder refuses it.
  init(_ bytes: [UInt8]) {
    var offset = min(8, bytes.count), kept = 0
    plain.reserveCapacity(bytes.count)
    while offset + 12 <= bytes.count {
      let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - offset - 12 else { break }
      let type = Array(bytes[offset + 4..<offset + 8]), end = offset + 12 + length
      if type == Self.exif { orientation = Orientation(exif: bytes[offset + 8..<offset + 8 + length]) }
      if Self.looks.contains(type) {
        plain += bytes[kept..<offset]
        kept = end
      }
      offset = end
    }
    plain += bytes[kept...]
  }
}
