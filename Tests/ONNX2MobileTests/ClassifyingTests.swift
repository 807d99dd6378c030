import Foundation
import O2MImage
import ONNX2Mobile
import ONNX2MobileUnpack
import Testing

/// Pictures in, labels out.
struct ClassifyingTests {
  let bundle: BundleFiles
  let picture: Picture

  init() throws {
    bundle = try BundleFiles.digits.get()
    picture = try BundleFiles.picture.get()
  }

  private var width: Int { picture.extent.width }
  private var height: Int { picture.extent.height }
  /// The digits are gray: one byte of three is enough.
  private var gray: [UInt8] { stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] } }

  @Test func aModelSaysWhatItIs() async throws {
    let model = try await bundle.open()
    #expect(model.inputs.map(\.description) == ["image: float32 [1, 1, 16, 16]"])
    #expect(model.outputs.map(\.description) == ["logits: float32 [1, 10]"])
    #expect(model.labels.count == 10 && model.labels[2] == "two")
    #expect(model.arenaBytes == bundle.model.plan.arenaBytes)
    let test = try await model.selfTest()
    #expect(test.cases > 0 && test.values > 0 && test.share <= 1 && test.sqnr > 20)
  }

  /// A bundle from memory, and of either form, is the same model.
  @Test func everyWayToOpenGivesTheSame() async throws {
    var options = MobileModel.Options()
    options.isTrusted = true
    options.threads = 2
    let models = [
      try await bundle.open(), try await bundle.open(options),
      try await MobileModel(Data(contentsOf: bundle.installed)), try await MobileModel(unpacking: bundle.packed),
      try await MobileModel(unpacking: bundle.installed),
    ]
    let image = try ModelImage(picture), expected = try bundle.classes(picture, top: 10)
    #expect(expected.count == 10 && expected[0].label == "two")
    for model in models {
      #expect(try await model.classify(image, top: 10) == expected)
      #expect(try await model.classify(image) == Array(expected.prefix(5)))
      #expect(try await model.classify(image, top: 1000) == expected)
      #expect(model.timings.run > .zero && model.timings.prepare > .zero)
    }
  }

  /// The same pixels in every format, with rows of a length of their own as well.
  @Test(arguments: ModelImage.Format.allCases, [0, 5]) func formatsSayTheSame(format: ModelImage.Format, gap: Int) async throws {
    let model = try await bundle.open()
    let chroma = [UInt8](repeating: 128, count: (width + 1) / 2)
    func rows(_ count: Int, _ row: (Int) -> [UInt8]) -> [UInt8] {
      (0..<count).flatMap { row($0) + [UInt8](repeating: 0xEE, count: gap) }
    }
    func each(_ make: @escaping (UInt8) -> [UInt8]) -> [UInt8] {
      rows(height) { y in gray[(y * width)..<((y + 1) * width)].flatMap(make) }
    }
    let half = (height + 1) / 2, luma = each { [$0] }
    let bytes: [UInt8] =
      switch format {
      case .gray: luma
      case .rgb: each { [$0, $0, $0] }
      case .rgba, .bgra: each { [$0, $0, $0, 7] }
      case .nv12, .nv21: luma + rows(half) { _ in chroma + chroma }
      case .i420: luma + rows(half) { _ in chroma } + rows(half) { _ in chroma }
      }
    let tight: [Int] =
      switch format {
      case .gray: [width]
      case .rgb: [3 * width]
      case .rgba, .bgra: [4 * width]
      case .nv12, .nv21: [width, 2 * chroma.count]
      case .i420: [width, chroma.count, chroma.count]
      }
    var image = try ModelImage(bytes, format: format, width: width, height: height, bytesPerRow: gap == 0 ? nil : tight.map { $0 + gap })
    image.range = .full
    #expect(try await model.classify(image, top: 10) == bundle.classes(picture, top: 10))
  }

  /// What EXIF's eight orientations store is put upright again; a crop cuts the digit out of more.
  @Test(arguments: 1...8) func orientationsAndCrops(number: Int) async throws {
    let model = try await bundle.open(), side = width
    try #require(width == height)
    // Where EXIF's standard says that row 0 and column 0 of what is stored are in the upright picture.
    func upright(_ x: Int, _ y: Int) -> (x: Int, y: Int) {
      let last = side - 1
      return switch number {
      case 1: (x, y)
      case 2: (last - x, y)
      case 3: (last - x, last - y)
      case 4: (x, last - y)
      case 5: (y, x)
      case 6: (last - y, x)
      case 7: (last - y, last - x)
      default: (y, last - x)
      }
    }
    var stored = [UInt8](repeating: 200, count: (side + 9) * (side + 7))
    for y in 0..<side {
      for x in 0..<side {
        let place = upright(x, y)
        stored[(y + 3) * (side + 9) + x + 5] = gray[place.y * side + place.x]
      }
    }
    var image = try ModelImage(stored, format: .gray, width: side + 9, height: side + 7)
    image.crop = ModelImage.Crop(left: 5, top: 3, width: side, height: side)
    try image.setOrientation(exif: number)
    #expect(try await model.classify(image, top: 10) == bundle.classes(picture, top: 10))
  }

  /// Pixels stay where somebody else has them, and the owner lives as long as the image.
  @Test func borrowedPixels() async throws {
    final class Owner: Sendable {
      nonisolated(unsafe) let memory: UnsafeMutableBufferPointer<UInt8>
      init(_ bytes: [UInt8]) {
        memory = .allocate(capacity: bytes.count)
        _ = memory.initialize(from: bytes)
      }
      deinit { memory.deallocate() }
    }
    let model = try await bundle.open()
    weak var seen: Owner?
    do {
      let owner = Owner(gray)
      seen = owner
      let plane = ModelImage.Plane(UnsafeRawPointer(owner.memory.baseAddress!))
      let image = try ModelImage(borrowing: [plane], format: .gray, width: width, height: height, owner: owner)
      #expect(try await model.classify(image, top: 10) == bundle.classes(picture, top: 10))
    }
    #expect(seen == nil)
  }

  /// A model is gone with its last reference.
  @Test func modelsEnd() async throws {
    weak var seen: MobileModel?
    do {
      let model = try await bundle.open()
      seen = model
      _ = try await model.classify(ModelImage(picture))
    }
    #expect(seen == nil)
  }
}
