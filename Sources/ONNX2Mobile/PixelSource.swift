internal import CO2MRuntime

/// What keeps the memory of a picture, and lets a call see it.
protocol PixelSource: Sendable {
  /// Calls `body` with the planes, of which nothing may be kept.
  func withPlanes<Value>(_ body: ([ModelImage.Plane]) throws(ModelError) -> Value) throws(ModelError) -> Value
}

struct BorrowedPixels: PixelSource, @unchecked Sendable {
  let planes: [ModelImage.Plane]
  let owner: (any Sendable)?

  func withPlanes<Value>(_ body: ([ModelImage.Plane]) throws(ModelError) -> Value) throws(ModelError) -> Value {
    defer { withExtendedLifetime(owner) {} }
    return try body(planes)
  }
}

/// Where planes lie that follow each other.
struct Layout {
  var offsets: [Int] = []
  var bytesPerRow: [Int] = []
  /// Bytes of all planes, and of all but the gap behind the last row.
  var whole = 0
  var least = 0
  /// What it is of, for messages.
  let name: String

  /// - Errors: `.argument` where a side is not positive, or rows overlap.
  init(_ format: ModelImage.Format, _ width: Int, _ height: Int, _ given: [Int]?) throws(ModelError) {
    name = "\(width)x\(height) pixels as \(format)"
    // A side of 2^27 pixels is the most that the runtime takes.
    guard (1...1 << 27).contains(width), (1...1 << 27).contains(height) else {
      throw .wrong("\(name): sides have 1 to \(1 << 27) pixels", found: max(width, height), expected: 1 << 27)
    }
    guard given == nil || given?.count == format.planeCount else {
      throw .wrong("\(name) lie in \(format.planeCount) plane(s), there are rows for \(given?.count ?? 0)", found: given?.count ?? 0)
    }
    for plane in 0..<format.planeCount {
      let (tight, rows) = format.extent(of: plane, width, height), row = given?[plane] ?? tight
      guard row >= tight, row <= Int.max / (4 * rows) else {
        throw .wrong("\(name): a row of plane \(plane) has \(tight) bytes, not \(row)", found: row, expected: tight)
      }
      offsets.append(whole)
      bytesPerRow.append(row)
      least = whole + row * (rows - 1) + tight
      whole += row * rows
    }
  }
}

struct ArrayPixels: PixelSource {
  private let bytes: [UInt8]
  private let layout: Layout

  init(_ bytes: [UInt8], _ layout: Layout) throws(ModelError) {
    guard bytes.count == layout.whole || bytes.count == layout.least else {
      throw .wrong("\(layout.name) are \(layout.whole) bytes, there are \(bytes.count)", found: bytes.count, expected: layout.whole)
    }
    (self.bytes, self.layout) = (bytes, layout)
  }

  func withPlanes<Value>(_ body: ([ModelImage.Plane]) throws(ModelError) -> Value) throws(ModelError) -> Value {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(ModelError) in
        // There is a first byte: sides are positive.
        try body(zip(layout.offsets, layout.bytesPerRow).map { ModelImage.Plane(bytes.baseAddress! + $0, bytesPerRow: $1) })
      }
    }.get()
  }
}

extension ModelImage {
  /// Calls `body` with the picture as the runtime takes it.
  func withRuntimeImage<Value>(_ body: (UnsafePointer<o2m_image>) throws(ModelError) -> Value) throws(ModelError) -> Value {
    try pixels.withPlanes { (planes) throws(ModelError) in
      var image = o2m_image()
      (image.format, image.matrix, image.range) = (format.rawValue, matrix.rawValue, range.rawValue)
      (image.rotation, image.mirror) = (UInt32(rotation.rawValue), isMirrored ? 1 : 0)
      (image.width, image.height) = (UInt32(clamping: width), UInt32(clamping: height))
      if let crop {
        guard crop.left >= 0, crop.top >= 0, crop.width > 0, crop.height > 0 else {
          throw .wrong("a crop of \(crop.width)x\(crop.height) at \(crop.left), \(crop.top) is no part of the picture")
        }
        (image.crop_left, image.crop_top) = (UInt32(clamping: crop.left), UInt32(clamping: crop.top))
        (image.crop_width, image.crop_height) = (UInt32(clamping: crop.width), UInt32(clamping: crop.height))
      }
      if planes.count > 0 { (image.planes.0, image.strides.0) = (planes[0].start, planes[0].bytesPerRow) }
      if planes.count > 1 { (image.planes.1, image.strides.1) = (planes[1].start, planes[1].bytesPerRow) }
      if planes.count > 2 { (image.planes.2, image.strides.2) = (planes[2].start, planes[2].bytesPerRow) }
      return try body(&image)
    }
  }
}
