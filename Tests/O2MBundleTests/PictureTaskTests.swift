import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import Testing

/// What a bundle says of pictures, as its section and as sessions use it.
struct PictureTaskTests {
  private static func preprocessing(_ change: (inout Preprocessing) -> Void = { _ in }) -> Preprocessing {
    var result = Preprocessing.imagenet
    change(&result)
    return result
  }

  static let all = [
    PictureTask(preprocessing: .imagenet), PictureTask(preprocessing: Preprocessing()), PictureTask(),
    PictureTask(classes: .init(output: 0, scores: .sigmoid)),
    PictureTask(
      preprocessing: preprocessing {
        ($0.resize, $0.crop, $0.order, $0.layout) = (.exact(Extent(width: 8192, height: 1)), nil, .bgr, .nhwc)
        ($0.scale, $0.mean, $0.std, $0.filter) = (1 / 3, [-1e-9], [2, 3, 4], .lanczos)
      }, classes: .init(output: 0, scores: .softmax)),
    PictureTask(
      preprocessing: preprocessing {
        ($0.resize, $0.crop, $0.pad, $0.align) = (.letterbox(Extent(width: 640, height: 384)), nil, 7, .corner)
      }),
    task { $0.boxes = boxes },
    task {
      var map = PictureTask.ClassMap(output: 1, content: .scores, axis: 1)
      (map.threshold, map.layout) = (-0.5, .nhwc)
      $0.classMap = map
    },
  ]

  private static func task(_ change: (inout PictureTask) -> Void) -> PictureTask {
    var task = PictureTask(preprocessing: .imagenet)
    change(&task)
    return task
  }

  /// Every field is one that no other bundle has by default.
  private static let boxes: PictureTask.Boxes = {
    var boxes = PictureTask.Boxes(
      box: .init(output: 0, axis: 1, first: 3), scores: .init(output: 0, axis: 1, first: 7), classCount: 11)
    (boxes.form, boxes.unit, boxes.layout, boxes.activation) = (.cornersDownFirst, .shares, .nhwc, .softmax)
    (boxes.objectness, boxes.label) = (.init(output: 0, axis: 1, first: 9), .init(output: 0, axis: 1, first: 249))
    (boxes.background, boxes.suppression, boxes.score, boxes.overlap, boxes.most) = (.labelled, .all, 0.125, 0.5, 4096)
    return boxes
  }()

  @Test(arguments: all) func readsBack(_ task: PictureTask) throws {
    #expect(try Self.read(task.encoded()) == task)
    #expect(try Self.read(task.encoded() + [1, 2, 3]) == task, "what a later version adds is ignored")
  }

  /// Every byte cut off is a fault, and so is every byte that no field may hold; nothing that is read is out of its range.
  @Test func damageIsRefused() throws {
    let bytes = Self.all[4].encoded()
    // The last byte is one that format 1.5 does not have.
    for count in 0..<bytes.count - 1 { #expect(throws: FormatFault.self, "cut at \(count)") { try Self.read(Array(bytes[..<count])) } }
    #expect(try Self.read(Array(bytes.dropLast())) == Self.all[4])
    for task in Self.all.dropFirst(6) {
      let bytes = task.encoded(), start = PictureTask(preprocessing: .imagenet).encoded().count
      for count in start..<bytes.count { #expect(throws: FormatFault.self, "cut at \(count)") { try Self.read(Array(bytes[..<count])) } }
    }
    var refused = 0
    for index in bytes.indices {
      for value in [UInt8(0x7F), 0xFF, 0] {
        var changed = bytes
        changed[index] = value
        guard let task = try? Self.read(changed), let found = task.preprocessing else {
          refused += 1
          continue
        }
        #expect(([found.scale] + found.mean + found.std).allSatisfy(\.isFinite) && !found.std.contains(0))
        if case .exact(let extent) = found.resize { #expect((1...8192).contains(extent.width) && (1...8192).contains(extent.height)) }
      }
    }
    #expect(refused > 20)
  }

  private static func read(_ bytes: [UInt8]) throws -> PictureTask {
    let graph = try FlatModel(Models.mobile()).graph
    return try bytes.withUnsafeBytes { raw in
      var record = RecordReader(raw, range: 0..<raw.count)
      return try PictureTask(from: &record, of: graph)
    }
  }

  /// A session prepares a picture as the section says; the same form again costs no memory; what the bundle does not say is a fault.
  @Test func sessionsPreparePictures() throws {
    let flat = try FlatModel(Models.mobile()), type = flat.graph.values[0], dims = type.shape.dims
    var options = BundleOptions()
    options.pictures.preprocessing = Self.preprocessing {
      ($0.resize, $0.crop) = (.exact(Extent(width: dims[3], height: dims[2])), nil)
    }
    let session = try Session(Emitted(flat, options).model)
    let pixels = (0..<3 * 40 * 30).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 8) }
    var form = Pixels.Form(.rgb, Extent(width: 40, height: 30))
    form.rotation = 90
    let expected = Tensor(type.element, type.shape, storage: TensorStorage(byteCount: type.byteCount))
    try pixels.withUnsafeBufferPointer { bytes in
      let picture = Pixels(form, planes: (bytes.baseAddress, nil, nil))
      try PicturePlan(options.pictures.preprocessing!, form, filling: type).fill(expected.storage.bytes.baseAddress!, from: picture)
      for _ in 0..<2 {
        session.input(0).initializeMemory(as: UInt8.self, repeating: 0xA5)
        try session.setPicture(picture, input: 0)
        #expect(Array(session.input(0)) == expected.withBytes { Array($0) })
      }
      let plain = try Session(Emitted(flat).model)
      #expect(throws: RunFault.picture(.unprepared)) { try plain.setPicture(picture, input: 0) }
    }
  }
}
