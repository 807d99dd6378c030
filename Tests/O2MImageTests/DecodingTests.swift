import Foundation
import O2MImage
import Testing

private func bytes(_ base64: String) throws -> [UInt8] { Array(try #require(Data(base64Encoded: base64))) }

private let photo =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAIAAgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwBXXaVjyqKw6FThuf7o7fXmiiiqpx5le7Mp6WP/2Q=="

/// Two pixels each: red and fully transparent, then (1, 2, 3) half transparent; gray 7 and 200; a palette; 16-bit gray.
@Test func pngFormsBecomeRGB() throws {
  func pixels(_ base64: String) throws -> [UInt8] { try Picture(decoding: bytes(base64)).pixels }
  let start = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAAB"
  let end = "AAAABJRU5ErkJggg=="
  #expect(try pixels(start + "CAYAAAD0In+KAAAAEUlEQVR4nGP4z8DAwMjE3AAACJEBhuH+xQ8AAAAASUVORK5CYII=") == [255, 0, 0, 1, 2, 3])
  #expect(try pixels(start + "CAAAAADRSSBWAAAAC0lEQVR4nGNgPwEAANkA0NemIjwAAAAASUVORK5CYII=") == [7, 7, 7, 200, 200, 200])
  #expect(try pixels(start + "AQMAAADO7O3JAAAABlBMVEUJCAcGBQRRWNeRAAAACklEQVR4nGNwAAAAQgBBKTf07w" + end) == [9, 8, 7, 6, 5, 4])
  #expect(try pixels(start + "EAAAAACB2fwVAAAADUlEQVR4nGNgZPr/DwADCwIBhJHoEwAAAABJRU5ErkJggg==") == [1, 1, 1, 255, 255, 255])
}

/// The hash is of the pixels that Pillow 13.0 decodes: 8 x 8 with subsampled chroma.
@Test func jpegDecodesAsPillowDoes() throws {
  let picture = try Picture(decoding: bytes(photo))
  #expect(picture.extent == Extent(width: 8, height: 8))
  #expect(picture.pixels.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 } == 677_412_939)
}

@Test func damagedPicturesAreRefused() throws {
  let jpeg = try bytes(photo)
  for length in stride(from: 2, to: jpeg.count - 2, by: 7) {
    #expect(throws: ImageError.damaged) { try Picture(decoding: Array(jpeg[..<length])) }
  }
  #expect(throws: ImageError.damaged) { try Picture(decoding: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) }
  #expect(throws: ImageError.unknownFormat) { try Picture(decoding: Array("GIF89a".utf8)) }
  #expect(throws: ImageError.unknownFormat) { try Picture(decoding: []) }
  #expect(throws: ImageError.cannotOpen(2)) { try Picture(path: "/nowhere/x.png") }
  // The frame header's height and width, blown up to 65,500 each.
  var huge = jpeg
  let frame = try #require(huge.indices.first { huge[$0] == 0xFF && huge[$0 + 1] == 0xC0 })
  for offset in 5...8 { huge[frame + offset] = offset % 2 == 1 ? 0xFF : 0xDC }
  #expect(throws: ImageError.tooManyPixels(width: 65500, height: 65500, limit: Picture.pixelLimit)) { try Picture(decoding: huge) }
}
