import Foundation
import O2MImage
import O2MRuntime
import Testing

private func bytes(_ base64: String) throws -> [UInt8] { Array(try #require(Data(base64Encoded: base64))) }

/// A file of the folder with cases.
private func stored(_ name: String) throws -> [UInt8] {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return Array(try Data(contentsOf: root.appendingPathComponent("Fixtures/cases/pictures/" + name)))
}

private func hash(_ picture: Picture) -> UInt32 { picture.pixels.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 } }

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
  #expect(hash(picture) == 677_412_939)
}

/// The hashes are of what Pillow 13.0 decodes and `ImageOps.exif_transpose` turns; 0 and 9 are no orientation.
@Test(arguments: [
  (0, 3_202_810_753), (1, 3_202_810_753), (2, 1_792_047_481), (3, 285_228_329), (4, 2_715_045_089), (5, 3_464_120_593), (6, 3_713_884_925),
  (7, 3_334_299_641), (8, 3_954_412_181), (9, 3_202_810_753),
])
func picturesStandUpright(orientation: UInt8, expected: UInt32) throws {
  var jpeg = try stored("exif6.jpg")
  #expect(jpeg[49] == 6)
  jpeg[49] = orientation
  let picture = try Picture(decoding: jpeg)
  #expect(picture.extent == ((5...8).contains(orientation) ? Extent(width: 17, height: 13) : Extent(width: 13, height: 17)))
  #expect(hash(picture) == expected)
}

/// Notes that end early, point outside or at themselves say nothing; the picture is decoded as it is stored.
@Test func damagedOrientationsAreIgnored() throws {
  let jpeg = try stored("exif6.jpg")
  let upright = try Picture(decoding: jpeg)
  // The note lies in bytes 30 to 55: byte order, offset of the directory, count, then one entry.
  for (offset, value) in [(30, 0x4E), (33, 0x2B), (34, 0xFF), (37, 0xFF), (39, 0), (40, 2), (43, 4)] as [(Int, UInt8)] {
    var changed = jpeg
    changed[offset] = value
    let picture = try Picture(decoding: changed)
    #expect(picture.extent == Extent(width: 13, height: 17), "\(offset)")
  }
  var many = jpeg
  many[38] = 0xFF
  #expect(try Picture(decoding: many) == upright)
}

/// The values that are stored count, as those of files without a gamma; a PNG may note an orientation as well.
@Test func pngNotesOfColourAreIgnored() throws {
  for (file, expected) in [("gama-100000.png", 435_932_786), ("gray-gama-100000.png", 1_193_603_265)] as [(String, UInt32)] {
    #expect(hash(try Picture(decoding: stored(file))) == expected, "\(file)")
  }
  var png = try stored("gama-100000.png")
  let data = try #require(png.indices.first { png[$0...].starts(with: Array("IDAT".utf8)) })
  png.insert(contentsOf: try bytes("AAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEACAAAAAAAAIZYMDQ="), at: data - 4)
  #expect(hash(try Picture(decoding: png)) == 941_569_578)
  for length in stride(from: 8, to: data, by: 3) {
    #expect(throws: ImageError.damaged) { try Picture(decoding: Array(png[..<length])) }
  }
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
