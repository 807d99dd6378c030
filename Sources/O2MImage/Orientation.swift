import O2MRuntime

/// How a camera was held: what shows a stored picture upright.
///
/// - Spec: EXIF 2.32, tag 0x0112 of the first directory. 1 as stored, 2 mirrored, 3 turned by half, 4 upside down, 5 transposed, 6 to be
///   turned by a quarter to the right, 7 transposed over the other diagonal, 8 to be turned to the left.
enum Orientation: Int {
  case stored = 1, mirrored, half, flipped, transposed, right, transversed, left

  /// What the directory that begins `exif` says; as stored where it says nothing that can be read.
  init(exif: ArraySlice<UInt8>) {
    self = .stored
    let bytes = Array(exif)
    let isLittle = bytes.starts(with: [0x49, 0x49, 0x2A, 0])
    guard isLittle || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) else { return }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - count else { return nil }
      let part = bytes[offset..<offset + count]
      return (isLittle ? part.reversed() : Array(part)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let tag = number(start, 2) else { return }
      guard tag == 0x0112 else { continue }
      // A 16-bit number, in the first half of the field.
      if number(start + 2, 2) == 3, let value = number(start + 8, 2) { self = Orientation(rawValue: value) ?? .stored }
      return
    }
  }

  /// What the first EXIF segment of a JPEG says.
  init(jpeg bytes: [UInt8]) {
    self = .stored
    let mark = Array("Exif\0\0".utf8)
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF {
      let marker = bytes[offset + 1]
      // A marker may be filled up; those of two bytes have no length; the first scan ends the notes.
      if marker == 0xFF { offset += 1; continue }
      if marker == 0x01 || (0xD0...0xD8).contains(marker) { offset += 2; continue }
      if marker == 0xD9 || marker == 0xDA { return }
      let end = offset + 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
      guard end <= bytes.count, end >= offset + 4 else { return }
      let segment = bytes[(offset + 4)..<end]
      if marker == 0xE1, segment.starts(with: mark) {
        self.init(exif: segment.dropFirst(mark.count))
        return
      }
      offset = end
    }
  }
}

extension Picture {
  /// The picture as it is to be shown.
  func upright(_ orientation: Orientation) -> Picture {
    guard orientation != .stored else { return self }
    let isTurned = orientation.rawValue >= Orientation.transposed.rawValue
    let width = extent.width, height = extent.height
    let target = isTurned ? Extent(width: height, height: width) : extent
    let result = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, filled in
      for y in 0..<target.height {
        for x in 0..<target.width {
          let (column, row) =
            switch orientation {
            case .stored: (x, y)
            case .mirrored: (width - 1 - x, y)
            case .half: (width - 1 - x, height - 1 - y)
            case .flipped: (x, height - 1 - y)
            case .transposed: (y, x)
            case .right: (y, height - 1 - x)
            case .transversed: (width - 1 - y, height - 1 - x)
            case .left: (width - 1 - y, x)
            }
          let source = (row * width + column) * Self.channels, place = (y * target.width + x) * Self.channels
          for channel in 0..<Self.channels { output[place + channel] = pixels[source + channel] }
        }
      }
      filled = pixels.count
    }
    return Picture(target, pixels: result)
  }
}
