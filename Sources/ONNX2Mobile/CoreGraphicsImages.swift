#if canImport(CoreGraphics)
import CoreGraphics

extension ModelImage {
  /// The pixels of a decoded picture, drawn in sRGB as they are stored: where the picture says how it is turned, `setOrientation`.
  ///
  /// - Errors: `.argument` where the picture cannot be drawn.
  public init(_ picture: CGImage) throws(ModelError) {
    let width = picture.width, height = picture.height
    var bytes = [UInt8](repeating: 0, count: 4 * width * height)
    let isDrawn = bytes.withUnsafeMutableBytes { memory in
      guard let colors = CGColorSpace(name: CGColorSpace.sRGB),
        let context = CGContext(
          data: memory.baseAddress, width: width, height: height, bitsPerComponent: 8, bytesPerRow: 4 * width, space: colors,
          bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue)
      else { return false }
      context.draw(picture, in: CGRect(x: 0, y: 0, width: width, height: height))
      return true
    }
    guard isDrawn else { throw .wrong("a picture of \(width)x\(height) cannot be drawn in sRGB") }
    try self.init(bytes, format: .rgba, width: width, height: height)
  }
}
#endif
