#if canImport(CoreVideo)
import CoreVideo

extension ModelImage {
  /// A frame of a camera or a video, read where it lies; it must not be written until the call that takes the image has returned.
  ///
  /// The colours of luma and chroma are those that the buffer says, BT.601 where it says none. Where the buffer is turned, the caller knows
  /// it: `setOrientation`.
  ///
  /// - Errors: `.argument` where the runtime does not know the buffer's pixels: it takes 420v, 420f, BGRA, RGBA, 24-bit RGB and 8-bit gray.
  public init(_ buffer: CVPixelBuffer) throws(ModelError) {
    let type = CVPixelBufferGetPixelFormatType(buffer)
    let format: Format
    switch type {
    case kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange, kCVPixelFormatType_420YpCbCr8BiPlanarFullRange: format = .nv12
    case kCVPixelFormatType_32BGRA: format = .bgra
    case kCVPixelFormatType_32RGBA: format = .rgba
    case kCVPixelFormatType_24RGB: format = .rgb
    case kCVPixelFormatType_OneComponent8: format = .gray
    default:
      let code = String(decoding: withUnsafeBytes(of: type.bigEndian) { Array($0) }, as: UTF8.self)
      throw .wrong("a pixel buffer of '\(code)': ask the camera for 420v, 420f or BGRA", found: Int(type))
    }
    self.init(BufferPixels(buffer: buffer), format, CVPixelBufferGetWidth(buffer), CVPixelBufferGetHeight(buffer))
    guard format == .nv12 else { return }
    range = type == kCVPixelFormatType_420YpCbCr8BiPlanarFullRange ? .full : .video
    guard let said = CVBufferCopyAttachment(buffer, kCVImageBufferYCbCrMatrixKey, nil) as? String else { return }
    switch said {
    case kCVImageBufferYCbCrMatrix_ITU_R_709_2 as String: matrix = .bt709
    case kCVImageBufferYCbCrMatrix_ITU_R_601_4 as String: matrix = .bt601
    default: throw .wrong("a pixel buffer with the matrix \(said): ask the camera for sRGB or BT.709")
    }
  }
}

/// A retained buffer. Its memory is there while it is locked.
private struct BufferPixels: PixelSource, @unchecked Sendable {
  let buffer: CVPixelBuffer

  func withPlanes<Value>(_ body: ([ModelImage.Plane]) throws(ModelError) -> Value) throws(ModelError) -> Value {
    let status = CVPixelBufferLockBaseAddress(buffer, .readOnly)
    guard status == kCVReturnSuccess else { throw .wrong("the pixel buffer cannot be read (CVReturn \(status))", found: Int(status)) }
    defer { CVPixelBufferUnlockBaseAddress(buffer, .readOnly) }
    var planes: [ModelImage.Plane] = []
    if CVPixelBufferIsPlanar(buffer) {
      for plane in 0..<CVPixelBufferGetPlaneCount(buffer) {
        guard let start = CVPixelBufferGetBaseAddressOfPlane(buffer, plane) else { continue }
        planes.append(ModelImage.Plane(start, bytesPerRow: CVPixelBufferGetBytesPerRowOfPlane(buffer, plane)))
      }
    } else if let start = CVPixelBufferGetBaseAddress(buffer) {
      planes.append(ModelImage.Plane(start, bytesPerRow: CVPixelBufferGetBytesPerRow(buffer)))
    }
    return try body(planes)
  }
}
#endif
