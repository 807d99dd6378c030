import CPNG
import CTurboJPEG
import O2MRuntime
import O2MTensor

import HostSystem

/// Why a picture could not become a tensor. Data only: the command line has the words.
public enum ImageError: Error, Equatable, Sendable {
  case cannotOpen(Int32)  // errno
  case cannotRead(Int32)
  /// Neither a JPEG nor a PNG by its first bytes.
  case unknownFormat
  case damaged
  /// CMYK and YCCK.
  case unsupportedColours
  case tooManyBytes(Int, limit: Int)
  case tooManyPixels(width: Int, height: Int, limit: Int)
  /// The crop does not fit into the resized picture.
  case cropTooLarge(crop: Extent, picture: Extent)
  /// The prepared picture is not what the model's input asks for.
  case inputShape(prepared: [Int], expected: [Int])
  /// `mean` or `std` has neither one number nor one per channel.
  case channelCount(key: String, found: Int, channels: Int)
  /// The shorter side of resized pictures is shorter than the crop's.
  case cropAboveResize(crop: Extent, side: Int)
  /// A letterboxed picture is not cropped.
  case cropOfLetterbox
  /// A key that says how a picture is letterboxed, where none is.
  case withoutLetterbox(key: String)
  /// Levels from `least` to `greatest` become fewer than 16 numbers of a type of whole numbers, or ones that it does not have.
  case valueRange(least: Double, greatest: Double, type: ElementType)
  case unknownKey(String)
  case repeatedKey(String)
  case badValue(key: String, value: String)
  /// The preprocessing file is not a JSON object of strings, numbers and lists of numbers.
  case notJSON
}

/// An 8-bit RGB picture, rows from the top, three bytes to a pixel.
public struct Picture: Equatable, Sendable {
  public let extent: Extent
  public let pixels: [UInt8]

  public static let channels = 3
  public static let pixelLimit = Preprocessing.pixelLimit
  public static let byteLimit = 1 << 28

  public init(_ extent: Extent, pixels: [UInt8]) {
    precondition(pixels.count == extent.width * extent.height * Self.channels)
    self.extent = extent
    self.pixels = pixels
  }

  /// Decodes a JPEG or PNG file.
  ///
  /// - Spec: as Pillow's `open`, `ImageOps.exif_transpose` and `convert("RGB")`: JPEG by the accurate integer DCT with smooth chroma
  ///   upsampling; EXIF's orientation is applied, so that the picture stands upright; PNG's stored values, whatever gamma or profile the
  ///   file notes, and without transparency; gray becomes three equal channels.
  public init(path: String) throws(ImageError) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .cannotOpen(errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .cannotRead(errno) }
    let size = Int(status.st_size)
    guard size <= Self.byteLimit else { throw .tooManyBytes(size, limit: Self.byteLimit) }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = read(file, buffer.baseAddress! + count, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        guard got > 0 else { break }
        count += got
      }
    }
    guard failure == 0 else { throw .cannotRead(failure) }
    try self.init(decoding: bytes)
  }

  /// Decodes the contents of a JPEG or PNG file.
  public init(decoding bytes: [UInt8]) throws(ImageError) {
    if bytes.starts(with: [0xFF, 0xD8]) {
      self = try Self.jpeg(bytes)
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      self = try Self.png(bytes)
    } else {
      throw .unknownFormat
    }
  }

  private static func checked(_ width: Int, _ height: Int) throws(ImageError) -> Extent {
    guard width > 0, height > 0 else { throw .damaged }
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, count <= pixelLimit else { throw .tooManyPixels(width: width, height: height, limit: pixelLimit) }
    return Extent(width: width, height: height)
  }

  private static func jpeg(_ bytes: [UInt8]) throws(ImageError) -> Picture {
    guard let decoder = tjInitDecompress() else { throw .damaged }
    defer { tjDestroy(decoder) }
    var width: Int32 = 0, height: Int32 = 0, sampling: Int32 = 0, colours: Int32 = 0
    guard tjDecompressHeader3(decoder, bytes, UInt(bytes.count), &width, &height, &sampling, &colours) == 0 else { throw .damaged }
    guard colours != TJCS_CMYK.rawValue, colours != TJCS_YCCK.rawValue else { throw .unsupportedColours }
    let extent = try checked(Int(width), Int(height))
    var pixels = [UInt8](repeating: 0, count: extent.width * extent.height * channels)
    // A file cut short is a warning to the library and a gray area in the picture; to us it is damage.
    let format = TJPF_RGB.rawValue
    guard tjDecompress2(decoder, bytes, UInt(bytes.count), &pixels, width, 0, height, Int32(format), 0) == 0 else { throw .damaged }
    return Picture(extent, pixels: pixels).upright(Orientation(jpeg: bytes))
  }

  private static func png(_ bytes: [UInt8]) throws(ImageError) -> Picture {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    let chunks = PNGChunks(bytes)
    return try chunks.plain.withUnsafeBufferPointer { (source) throws(ImageError) -> Picture in
      guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else { throw .damaged }
      let extent = try checked(Int(image.width), Int(image.height))
      // With an alpha channel to put it in, the library leaves the colours of transparent pixels alone.
      image.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      let count = extent.width * extent.height
      var rgba = [UInt8](repeating: 0, count: count * 4)
      guard png_image_finish_read(&image, nil, &rgba, 0, nil) != 0, image.warning_or_error & 2 == 0 else { throw .damaged }
      let pixels = [UInt8](unsafeUninitializedCapacity: count * channels) { target, filled in
        for pixel in 0..<count {
          for channel in 0..<channels { target[pixel * channels + channel] = rgba[pixel * 4 + channel] }
        }
        filled = count * channels
      }
      return Picture(extent, pixels: pixels).upright(chunks.orientation)
    }
  }
}
