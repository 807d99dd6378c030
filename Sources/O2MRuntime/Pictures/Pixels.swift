/// A picture in somebody's memory, as a camera or a decoder gives it.
public struct Pixels {
  public enum Format: UInt32, CaseIterable, Sendable {
    /// One byte, three, or four beside each other; the fourth is not read.
    case gray = 1, rgb, rgba, bgra
    /// Luma, and for each 2 × 2 pixels a U and a V: pairs in one plane, U first or V first, or two planes.
    case nv12, nv21, i420
  }

  /// How luma and chroma are made of red, green and blue.
  public enum Matrix: UInt32, CaseIterable, Sendable { case bt601, bt709 }

  /// Luma in 16...235 and chroma in 16...240, or both in 0...255.
  public enum Range: UInt32, CaseIterable, Sendable { case video, full }

  /// All but where the pixels lie.
  public struct Form: Equatable, Sendable {
    public var format: Format
    /// Those of luma and chroma; other formats have none.
    public var matrix = Matrix.bt601
    public var range = Range.video
    /// Of the whole picture, as it is stored.
    public var extent: Extent
    /// What of it counts, in stored pixels from the left and the top; nil for all.
    public var crop: (left: Int, top: Int, extent: Extent)?
    /// Degrees by which what is stored must be turned to the right to stand upright: 0, 90, 180 or 270.
    public var rotation = 0
    /// Whether the upright picture is then mirrored, left to right.
    public var isMirrored = false

    public init(_ format: Format, _ extent: Extent) {
      self.format = format
      self.extent = extent
    }

    public static func == (a: Form, b: Form) -> Bool {
      a.format == b.format && a.matrix == b.matrix && a.range == b.range && a.extent == b.extent && a.rotation == b.rotation
        && a.isMirrored == b.isMirrored && a.area == b.area && a.origin == b.origin
    }

    /// The pixels that count.
    var area: Extent { crop?.extent ?? extent }
    var origin: Extent { crop.map { Extent(width: $0.left, height: $0.top) } ?? Extent(width: 0, height: 0) }
    /// Whether rows become columns.
    var isTurned: Bool { rotation == 90 || rotation == 270 }

    /// - Errors: `.argument`, `.tooManyPixels`.
    func check() throws(PictureFault) {
      let limit = Preprocessing.pixelLimit
      try Self.check(.side, extent.width, 1...limit)
      try Self.check(.side, extent.height, 1...limit)
      guard extent.width <= limit / extent.height else {
        throw .tooManyPixels(width: extent.width, height: extent.height, limit: limit)
      }
      guard rotation % 90 == 0 else { throw .argument(.rotation, found: rotation, limit: 270) }
      try Self.check(.rotation, rotation, 0...270)
      guard let crop else { return }
      try Self.check(.crop, crop.left, 0...extent.width - 1)
      try Self.check(.crop, crop.top, 0...extent.height - 1)
      try Self.check(.crop, crop.extent.width, 1...extent.width - crop.left)
      try Self.check(.crop, crop.extent.height, 1...extent.height - crop.top)
    }

    private static func check(_ argument: PictureFault.Argument, _ value: Int, _ range: ClosedRange<Int>) throws(PictureFault) {
      guard range.contains(value) else { throw .argument(argument, found: value, limit: range.upperBound) }
    }

    /// Bytes that a row of a plane has at least; 0 where there is no such plane.
    func rowBytes(_ plane: Int) -> Int {
      switch format {
      case .gray: plane == 0 ? extent.width : 0
      case .rgb: plane == 0 ? 3 * extent.width : 0
      case .rgba, .bgra: plane == 0 ? 4 * extent.width : 0
      case .nv12, .nv21: plane == 0 ? extent.width : plane == 1 ? (extent.width + 1) / 2 * 2 : 0
      case .i420: plane == 0 ? extent.width : (extent.width + 1) / 2
      }
    }
  }

  public var form: Form
  /// The first row of each plane, and bytes from one row to the next; 0 for rows without gaps.
  public var planes: (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?)
  public var strides: (Int, Int, Int)

  public init(
    _ form: Form, planes: (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?, UnsafePointer<UInt8>?), strides: (Int, Int, Int) = (0, 0, 0)
  ) {
    self.form = form
    self.planes = planes
    self.strides = strides
  }

  /// The strides, those of rows without gaps filled in.
  ///
  /// - Errors: `.argument` where a plane is missing or its rows overlap.
  func checkedStrides() throws(PictureFault) -> (Int, Int, Int) {
    func stride(_ plane: Int, _ start: UnsafePointer<UInt8>?, _ given: Int) throws(PictureFault) -> Int {
      let least = form.rowBytes(plane)
      guard least == 0 || start != nil else { throw .argument(.plane, found: 0, limit: 1) }
      guard given == 0 || given >= least else { throw .argument(.stride, found: given, limit: least) }
      return given == 0 ? least : given
    }
    return (try stride(0, planes.0, strides.0), try stride(1, planes.1, strides.1), try stride(2, planes.2, strides.2))
  }
}
