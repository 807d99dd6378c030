import Foundation
import O2MImage
import O2MRuntime
import ONNX2Mobile
import Testing

/// Pictures in, boxes and maps out.
struct PictureTaskTests {
  /// Pixels of no pattern, 40 in a row.
  private static func pixels(_ height: Int) -> [UInt8] { (0..<3 * 40 * height).map { UInt8($0 * 37 % 251) } }
  private static func image(_ height: Int = 24) throws -> ModelImage {
    try ModelImage(pixels(height), format: .rgb, width: 40, height: height)
  }

  /// What the runtime's session says of the picture.
  private static func direct<Answer>(_ bundle: BundleFiles, _ height: Int, _ ask: (Session, Pixels) throws -> Answer) throws -> Answer {
    let session = try Session(bundle.model), form = Pixels.Form(.rgb, Extent(width: 40, height: height))
    return try pixels(height).withUnsafeBufferPointer { try ask(session, Pixels(form, planes: ($0.baseAddress, nil, nil))) }
  }

  @Test func boxesAreTheRuntimes() async throws {
    let bundle = try BundleFiles.detector.get(), model = try await bundle.open(), image = try Self.image(40)
    #expect(model.task == .detect)
    let expected = try Self.direct(bundle, 40) { try $0.detect($1) }
    let found = try await model.detect(image)
    #expect(found.map(\.label) == ["dog", "cat"] && found.map(\.index) == expected.map(\.label))
    for (box, other) in zip(found, expected) {
      #expect([box.score, box.x, box.y, box.width, box.height] == [other.score, other.x, other.y, other.width, other.height])
    }
    // 64 pixels of the input are 40 of the picture.
    #expect((found[0].x - 5).magnitude < 0.01 && (found[0].y - 10).magnitude < 0.01 && (found[0].width - 20).magnitude < 0.01)
    #expect(model.timings.run > .zero && model.timings.prepare > .zero)
    #expect(try await model.detect(image, most: 1) == [found[0]])
    #expect(try await model.detect(image, score: 0.1).count == 3)
    #expect(try await model.detect(image, score: 0.1, overlap: 0).map(\.index) == [1, 0, 2])
    #expect(try await model.detect(image) == found, "the bundle's limits count again")
  }

  /// A box of the stored picture is where the upright one has it, whatever the turn.
  @Test(arguments: ModelImage.Rotation.allCases, [false, true]) func boxesStandUpright(rotation: ModelImage.Rotation, mirror: Bool) throws {
    var image = try Self.image()
    (image.rotation, image.isMirrored) = (rotation, mirror)
    let box = Detection(label: "", index: 0, score: 1, x: 3, y: 5, width: 10, height: 7), upright = box.upright(in: image)
    // The corners, turned by the angle around the picture's middle.
    let isTurned = rotation.rawValue % 180 != 0, size = isTurned ? (w: 24.0, h: 40.0) : (w: 40.0, h: 24.0)
    let angle = Double(rotation.rawValue) * .pi / 180,
      corners = [(3.0, 5.0), (13, 12)].map { x, y in
        let (u, v) = (x - 20, y - 12), across = u * cos(angle) - v * sin(angle) + size.w / 2
        return (x: mirror ? size.w - across : across, y: u * sin(angle) + v * cos(angle) + size.h / 2)
      }
    let left = corners.map(\.x).min()!, top = corners.map(\.y).min()!
    let found = [upright.x, upright.y, upright.width, upright.height].map { Double($0) }
    for (a, b) in zip(found, [left, top, corners.map(\.x).max()! - left, corners.map(\.y).max()! - top]) {
      #expect((a - b).magnitude < 1e-4)
    }
  }

  @Test func mapsAreTheRuntimes() async throws {
    let bundle = try BundleFiles.segmentation.get(), model = try await bundle.open(), image = try Self.image()
    #expect(model.task == .segment)
    for (width, height) in [(40, 24), (7, 3)] {
      let expected = try Self.direct(bundle, 24) { session, pixels in
        var map = [UInt8](repeating: 7, count: width * height)
        try map.withUnsafeMutableBufferPointer { try session.segment(pixels, into: $0.baseAddress!, width: width, height: height) }
        return map
      }
      let isWhole = width == 40
      let found = try await model.segment(image, width: isWhole ? nil : width, height: isWhole ? nil : height)
      #expect(found == ClassMap(width: width, height: height, classes: expected) && Set(expected).count > 1)
      #expect(found[width - 1, height - 1] == Int(expected[width * height - 1]))
    }
  }

  @Test func whatABundleDoesNotSayIsRefused() async throws {
    let detector = try await BundleFiles.detector.get().open(), segmentation = try await BundleFiles.segmentation.get().open()
    let digits = try await BundleFiles.digits.get().open(), image = try Self.image()
    #expect(digits.task == .classify)
    func refused(_ sentence: String, _ reason: ModelError.Reason, _ body: () async throws(ModelError) -> Void) async {
      let found = await error(of: body)
      #expect(found?.reason == reason && found?.description.contains(sentence) == true, "\(found as Any)")
    }
    await refused("--task segment", .noTask) { () throws(ModelError) in _ = try await detector.segment(image) }
    await refused("--task detect", .noTask) { () throws(ModelError) in _ = try await segmentation.detect(image) }
    await refused("--task detect", .noTask) { () throws(ModelError) in _ = try await digits.detect(image) }
    await refused("most is 0", .argument) { () throws(ModelError) in _ = try await detector.detect(image, most: 0) }
    await refused("score is 1.5: it is 0 to 1", .argument) { () throws(ModelError) in _ = try await detector.detect(image, score: 1.5) }
    await refused("overlap is -0.5", .argument) { () throws(ModelError) in _ = try await detector.detect(image, overlap: -0.5) }
    await refused("a side of the map is 0: it is 1 to 8192", .argument) { () throws(ModelError) in
      _ = try await segmentation.segment(image, width: 0)
    }
  }
}
