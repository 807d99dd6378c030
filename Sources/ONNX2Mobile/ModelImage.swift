/// A picture as a camera or a decoder gives it: where its pixels lie, and how they are to be seen.
///
/// Pixels are 8 bits a channel. Only those that the input needs are read.
public struct ModelImage: Sendable {
  /// How pixels lie in memory; the numbers are those of o2m.h.
  public enum Format: UInt32, CaseIterable, Sendable {
    /// One byte, three, or four beside each other; the fourth is not read.
    case gray = 1, rgb, rgba, bgra
    /// Luma, and for each 2 × 2 pixels a U and a V: pairs in a second plane, U first or V first, or two planes.
    case nv12, nv21, i420
  }

  /// How luma and chroma are made of red, green and blue.
  public enum Matrix: UInt32, CaseIterable, Sendable { case bt601, bt709 }

  /// Luma in 16...235 and chroma in 16...240, or both in 0...255.
  public enum Range: UInt32, CaseIterable, Sendable { case video, full }

  /// The angle to the right by which what is stored must be turned to stand upright.
  public enum Rotation: Int, CaseIterable, Sendable { case degrees0 = 0, degrees90 = 90, degrees180 = 180, degrees270 = 270 }

  /// A part of a picture, in stored pixels from the left and the top.
  public struct Crop: Equatable, Sendable {
    public var left: Int
    public var top: Int
    public var width: Int
    public var height: Int

    public init(left: Int, top: Int, width: Int, height: Int) {
      (self.left, self.top, self.width, self.height) = (left, top, width, height)
    }
  }

  /// A plane of somebody's memory: its first row, and bytes from one row to the next; 0 for rows without gaps.
  public struct Plane {
    public var start: UnsafeRawPointer
    public var bytesPerRow: Int

    public init(_ start: UnsafeRawPointer, bytesPerRow: Int = 0) { (self.start, self.bytesPerRow) = (start, bytesPerRow) }
  }

  public let format: Format
  /// Of what is stored, in pixels.
  public let width: Int
  public let height: Int
  /// Those of luma and chroma; other formats have none.
  public var matrix = Matrix.bt601
  public var range = Range.video
  public var rotation = Rotation.degrees0
  /// Whether the upright picture is then mirrored, left to right, as the preview of a front camera is.
  public var isMirrored = false
  /// What of the picture counts; nil for all.
  public var crop: Crop?
  let pixels: any PixelSource

  /// Pixels in an array, the planes one behind the other.
  ///
  /// - Parameter bytesPerRow: of each plane; rows have no gaps where it is absent.
  /// - Errors: `.argument` where the array does not have that many bytes.
  public init(_ bytes: [UInt8], format: Format, width: Int, height: Int, bytesPerRow: [Int]? = nil) throws(ModelError) {
    let source = try ArrayPixels(bytes, Layout(format, width, height, bytesPerRow))
    self.init(source, format, width, height)
  }

  /// Pixels in somebody's memory, which must not change until the call that takes the image has returned. `owner` lives as long as the
  /// image.
  public init(borrowing planes: [Plane], format: Format, width: Int, height: Int, owner: (any Sendable)? = nil) throws(ModelError) {
    let needed = format.planeCount
    guard planes.count == needed else {
      throw .wrong("\(format) pixels lie in \(needed) plane(s), there are \(planes.count)", found: planes.count, expected: needed)
    }
    self.init(BorrowedPixels(planes: planes, owner: owner), format, width, height)
  }

  init(_ pixels: any PixelSource, _ format: Format, _ width: Int, _ height: Int) {
    (self.pixels, self.format, self.width, self.height) = (pixels, format, width, height)
  }

  /// Turns the picture as EXIF's tag "Orientation" says, which is also the number of ImageIO's `CGImagePropertyOrientation`.
  ///
  /// - Errors: `.argument` where `number` is not in 1...8.
  public mutating func setOrientation(exif number: Int) throws(ModelError) {
    let turns: [Rotation] = [
      .degrees0, .degrees0, .degrees180, .degrees180, .degrees90, .degrees90, .degrees270, .degrees270,
    ]
    guard turns.indices.contains(number - 1) else {
      throw .wrong("an orientation of \(number): EXIF has 1 to 8", found: number, expected: 8)
    }
    rotation = turns[number - 1]
    isMirrored = [2, 4, 5, 7].contains(number)
  }
}

extension ModelImage.Format {
  var planeCount: Int {
    switch self {
    case .gray, .rgb, .rgba, .bgra: 1
    case .nv12, .nv21: 2
    case .i420: 3
    }
  }

  /// Bytes of a row of a plane, and its rows.
  func extent(of plane: Int, _ width: Int, _ height: Int) -> (bytesPerRow: Int, rows: Int) {
    let half = (width: (width + 1) / 2, height: (height + 1) / 2)
    return switch self {
    case .gray: (width, height)
    case .rgb: (3 * width, height)
    case .rgba, .bgra: (4 * width, height)
    case .nv12, .nv21: plane == 0 ? (width, height) : (2 * half.width, half.height)
    case .i420: plane == 0 ? (width, height) : (half.width, half.height)
    }
  }
}
