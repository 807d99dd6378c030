import Foundation
import O2MBundle
import O2MGraph
import O2MImage
import O2MRuntime
import O2MTensor
import O2MTestSupport
import ONNX2Mobile
import ONNX2MobileUnpack
import Testing

/// Errors are sentences with their numbers.
struct ErrorTests {
  /// The reasons are the codes of o2m.h.
  @Test func reasonsAreTheHeaders() throws {
    let header = try String(contentsOfFile: Fixtures.root + "/../Sources/O2MRuntime/include/o2m.h", encoding: .utf8)
    let codes = header.matches(of: /O2M_ERROR_(\w+) = (\d+),/).map { ($0.1.lowercased().replacing("_", with: ""), Int32($0.2)!) }
    #expect(codes.count >= 18)
    let reasons = ModelError.Reason.allCases.map { ("\($0)".lowercased(), $0.rawValue) }
    #expect(codes.map(\.0) == reasons.map(\.0) && codes.map(\.1) == reasons.map(\.1))
    let types = header.matches(of: /O2M_([A-Z]+[0-9]*) = ([0-9]+),/).map { ($0.1.lowercased(), Int32($0.2)!) }
    for type in ModelElementType.allCases { #expect(types.contains { $0 == (type.description, type.rawValue) }, "\(type)") }
  }

  /// A file that is no bundle, or one that is damaged, cut, packed, newer or away.
  @Test func filesThatCannotBeOpened() async throws {
    let bundle = try BundleFiles.digits.get(), bytes = try Data(contentsOf: bundle.installed)
    func changed(_ name: String, _ change: (inout Data) -> Void) throws -> URL {
      var copy = bytes
      change(&copy)
      try copy.write(to: bundle.file(name))
      return bundle.file(name)
    }
    let cases: [(URL, ModelError.Reason, String)] = [
      (bundle.file("none.o2m"), .open, "none.o2m: the file cannot be opened: there is none of this name (errno 2)"),
      (bundle.packed, .compressed, "packed.o2m: this is the download form; `onnx2mobile unpack` makes the installed form"),
      (
        try changed("text.o2m") { $0 = Data("just some text, but long enough for a header of sixty-four bytes and more".utf8) },
        .notABundle, "not a bundle"
      ),
      (try changed("hash.o2m") { $0[$0.count / 2] ^= 1 }, .hash, "copy the bundle again"),
      (try changed("cut.o2m") { $0.removeLast(64) }, .truncated, "bytes are needed, there are"),
    ]
    for (url, reason, sentence) in cases {
      let found = await error { () throws(ModelError) in _ = try await MobileModel(contentsOf: url) }
      #expect(found?.reason == reason && found?.description.contains(sentence) == true, "\(url.lastPathComponent): \(found as Any)")
      #expect(found?.description.hasPrefix(url.path + ": ") == true && found?.localizedDescription == found?.description)
      guard reason != .compressed else { continue }
      let unpacking = await error { () throws(ModelError) in _ = try await MobileModel(unpacking: url) }
      #expect(
        unpacking?.reason == reason && unpacking?.description.contains(sentence) == true, "\(url.lastPathComponent): \(unpacking as Any)")
    }
    let web = URL(string: "https://example.com/x.o2m")!
    let remote = await error { () throws(ModelError) in _ = try await MobileModel(contentsOf: web) }
    #expect(remote?.reason == .argument && remote?.description.contains("download the bundle") == true)
    let memory = await error { () throws(ModelError) in _ = try await MobileModel(Data(bytes.dropLast())) }
    #expect(memory?.reason == .truncated)
    var options = MobileModel.Options()
    options.threads = -1
    let threads = await error { [options] () throws(ModelError) in _ = try await bundle.open(options)
    }
    #expect(threads?.description == "threads is -1: it is 1 to 1024, or 0 for one per CPU")
    options = MobileModel.Options()
    options.concurrentRuns = 0
    let runs = await error { [options] () throws(ModelError) in _ = try await bundle.open(options) }
    #expect(runs?.reason == .argument)
  }

  /// What a picture can do wrong; the model goes on.
  @Test func picturesThatDoNotFit() async throws {
    let bundle = try BundleFiles.digits.get(), picture = try BundleFiles.picture.get()
    let model = try await bundle.open(), image = try ModelImage(picture)
    func refused(_ sentence: String, _ reason: ModelError.Reason = .argument, _ body: () async throws(ModelError) -> Void) async throws {
      let found = await error(of: body)
      #expect(found?.reason == reason && found?.description.contains(sentence) == true, "\(found as Any)")
      #expect(try await model.classify(image)[0].label == "two")
    }
    try await refused("16x16 pixels as rgb are 768 bytes, there are 7") { () throws(ModelError) in
      _ = try ModelImage([UInt8](repeating: 0, count: 7), format: .rgb, width: 16, height: 16)
    }
    try await refused("sides have 1 to") { () throws(ModelError) in _ = try ModelImage([], format: .gray, width: 0, height: 3) }
    try await refused("a row of plane 0 has 16 bytes, not 15") { () throws(ModelError) in
      _ = try ModelImage([], format: .gray, width: 16, height: 16, bytesPerRow: [15])
    }
    try await refused("nv12 pixels lie in 2 plane(s), there are 0") { () throws(ModelError) in
      _ = try ModelImage(borrowing: [], format: .nv12, width: 16, height: 16)
    }
    try await refused("EXIF has 1 to 8") { () throws(ModelError) in
      var copy = image
      try copy.setOrientation(exif: 9)
    }
    for crop in [ModelImage.Crop(left: -1, top: 0, width: 3, height: 3), .init(left: 0, top: 0, width: 0, height: 3)] {
      try await refused("is no part of the picture") { () throws(ModelError) in
        var copy = image
        copy.crop = crop
        _ = try await model.classify(copy)
      }
    }
    try await refused("a number of the crop is 17, the limit is 8") { () throws(ModelError) in
      var copy = image
      copy.crop = .init(left: 0, top: 0, width: 17, height: 3)
      _ = try await model.classify(copy)
    }
    try await refused("top is 0") { () throws(ModelError) in _ = try await model.classify(image, top: 0) }

    let plain = try await BundleFiles.gather().open()
    try await refused("convert --preprocess", .unprepared) { () throws(ModelError) in _ = try await plain.classify(image) }
    try await refused("no certificate", .noCertificate) { () throws(ModelError) in _ = try await plain.selfTest() }
  }

  /// What tensors can do wrong.
  @Test func tensorsThatDoNotFit() async throws {
    let model = try await BundleFiles.gather().open()
    func refused(_ sentence: String, _ inputs: [String: any AnyModelTensor]) async {
      let found = await error { () throws(ModelError) in _ = try await model.run(inputs) }
      #expect(found?.reason == .argument && found?.description == sentence, "\(found as Any)")
    }
    let x = try ModelTensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), indices = try ModelTensor([2, 0] as [Int64], shape: [2])
    await refused("there is no input 'image'; the model has 'x', 'indices'", ["x": x, "indices": indices, "image": x])
    await refused("input 'indices' is missing: int64 [2]", ["x": x])
    await refused("input 'indices' is int64 [2], not float32 [3, 2]", ["x": x, "indices": x])
    let turned = try ModelTensor(x.elements, shape: [2, 3])
    let other = await error { () throws(ModelError) in _ = try await model.run(["x": turned, "indices": indices]) }
    #expect(other?.reason == .shape && other?.description == "input 'x': axis 0 is 3, not 2")

    let shape = await error { () throws(ModelError) in _ = try ModelTensor([1, 2] as [Float], shape: [3]) }
    #expect(shape?.description == "a shape of [3] has 3 elements, there are 2")
    for bad in [[-1, -2], [.max, .max], [.max, 2, 0]] {
      let overflow = await error { () throws(ModelError) in _ = try ModelTensor([1, 2] as [Float], shape: bad) }
      #expect(overflow?.reason == .argument, "\(bad)")
    }
    let port = await error { () throws(ModelError) in _ = try ModelTensor([1, 2] as [Float], for: model.inputs[1]) }
    #expect(port?.description == "indices: int64 [2], not float32")
    let outputs = try await model.run(["x": x, "indices": indices])
    let type = await error { () throws(ModelError) in _ = try outputs.tensor("y", of: Int64.self) }
    #expect(type?.description == "output 'y' is float32 [2, 2], not int64")
    let name = await error { () throws(ModelError) in _ = try outputs.tensor("z", of: Float.self) }
    #expect(name?.description == "there is no output 'z'; the model has 'y'")

    // A fault of the run says which node it was, and with what.
    let far = try ModelTensor([0, 3] as [Int64], shape: [2])
    let fault = await error { () throws(ModelError) in _ = try await model.run(["x": x, "indices": far]) }
    #expect(fault?.reason == .run && fault?.node?.operatorName == "Gather" && fault?.node?.output == "y" && fault?.found == 0)
    #expect(fault?.description == "node 0 refused its inputs: index 3, the axis ends at 3 (Gather, which gives 'y')")
    _ = try await model.run(["x": x, "indices": indices])
  }

  /// The runtime's own faults have the same sentences, not the names of their cases.
  @Test func faultsAreSentences() throws {
    #expect("\(RunFault.open(2))" == "the file cannot be opened: there is none of this name (errno 2)")
    #expect("\(RunFault.memory(bytes: 7))" == "7 bytes of memory are not to be had")
    #expect("\(RunFault.format(.notABundle))" == "this is not a bundle; `onnx2mobile convert` makes one of an ONNX model")
    #expect("\(RunFault.cancelled)" == "the run was cancelled")
    #expect("\(RunFault.picture(.unprepared))".hasSuffix("`onnx2mobile convert --preprocess`"))
  }
}
