import O2MImage
import O2MRuntime
import Testing

/// 7 x 5 pixels of no pattern; the extents share no factor with those below.
private let source: Picture = {
  var pixels: [UInt8] = []
  for y in 0..<5 {
    for x in 0..<7 {
      for channel in 0..<3 { pixels.append(UInt8(truncatingIfNeeded: x * 37 + y * 91 + channel * 53 + x * y % 7 * 11)) }
    }
  }
  return Picture(Extent(width: 7, height: 5), pixels: pixels)
}()

struct ResizeCase: Sendable, CustomTestStringConvertible {
  var filter: Filter
  var width: Int
  var height: Int
  /// FNV-1a, 32 bits, of the bytes that Pillow 13.0's `resize` gives.
  var hash: UInt32

  init(_ filter: Filter, _ width: Int, _ height: Int, _ hash: UInt32) {
    self.filter = filter
    self.width = width
    self.height = height
    self.hash = hash
  }

  var testDescription: String { "\(filter) \(width)x\(height)" }

  static let all: [ResizeCase] = [
    ResizeCase(.box, 3, 2, 0x4299fb91),
    ResizeCase(.box, 14, 11, 0xd611327b),
    ResizeCase(.box, 7, 2, 0x3a148d53),
    ResizeCase(.box, 2, 5, 0x095d8c27),
    ResizeCase(.box, 6, 1, 0x2f360f5e),
    ResizeCase(.box, 1, 1, 0x7b0edb3d),
    ResizeCase(.box, 7, 5, 0xab99ea81),
    ResizeCase(.bilinear, 3, 2, 0x8acb34ae),
    ResizeCase(.bilinear, 14, 11, 0x3d018c66),
    ResizeCase(.bilinear, 7, 2, 0xf17dd1cb),
    ResizeCase(.bilinear, 2, 5, 0x1ae2b9fc),
    ResizeCase(.bilinear, 6, 1, 0xab17e4ae),
    ResizeCase(.bilinear, 1, 1, 0x0ac34fb6),
    ResizeCase(.bilinear, 7, 5, 0xab99ea81),
    ResizeCase(.hamming, 3, 2, 0x7315c370),
    ResizeCase(.hamming, 14, 11, 0x055b0199),
    ResizeCase(.hamming, 7, 2, 0x2c3e244d),
    ResizeCase(.hamming, 2, 5, 0x8d77a234),
    ResizeCase(.hamming, 6, 1, 0x988cb74a),
    ResizeCase(.hamming, 1, 1, 0x7aecd90c),
    ResizeCase(.hamming, 7, 5, 0xab99ea81),
    ResizeCase(.bicubic, 3, 2, 0xdd70218c),
    ResizeCase(.bicubic, 14, 11, 0x86c8aec6),
    ResizeCase(.bicubic, 7, 2, 0x99c9b225),
    ResizeCase(.bicubic, 2, 5, 0xfb42a1a2),
    ResizeCase(.bicubic, 6, 1, 0x9484e409),
    ResizeCase(.bicubic, 1, 1, 0x6a1590b1),
    ResizeCase(.bicubic, 7, 5, 0xab99ea81),
    ResizeCase(.lanczos, 3, 2, 0x8d2f374a),
    ResizeCase(.lanczos, 14, 11, 0xc1f51843),
    ResizeCase(.lanczos, 7, 2, 0x47696e95),
    ResizeCase(.lanczos, 2, 5, 0x659de13a),
    ResizeCase(.lanczos, 6, 1, 0x0cbd090c),
    ResizeCase(.lanczos, 1, 1, 0x6a1590b1),
    ResizeCase(.lanczos, 7, 5, 0xab99ea81),
  ]
}

/// Shrinking, growing, one axis only, rows first (6x1), one pixel, and nothing to do.
@Test(arguments: ResizeCase.all)
func resizesAsPillowDoes(_ test: ResizeCase) throws {
  let result = try source.resized(to: Extent(width: test.width, height: test.height), filter: test.filter)
  #expect(result.extent == Extent(width: test.width, height: test.height))
  let hash = result.pixels.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
  #expect(hash == test.hash)
}

@Test func cropsRoundHalfToEven() throws {
  // The margins are 5 and 3 pixels: 2.5 and 1.5 both become 2.
  let crop = try source.centerCropped(to: Extent(width: 2, height: 2))
  #expect(Array(crop.pixels[..<3]) == Array(source.pixels[(2 * 7 + 2) * 3..<(2 * 7 + 2) * 3 + 3]))
  let large = Extent(width: 8, height: 2)
  #expect(throws: ImageError.cropTooLarge(crop: large, picture: source.extent)) { try source.centerCropped(to: large) }
}
