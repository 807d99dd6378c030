import Foundation
import O2MConvert
import O2MImport
import O2MTestSupport
import ONNX2Mobile
import Testing

/// State that goes from chunk to chunk of a stream.
struct StreamTests {
  private static let folder = Fixtures.root + "/streaming/voice"

  private static let voice = Result {
    var options = ConversionOptions()
    options.precision = .float32
    options.states = [.init(input: "h", output: "hn"), .init(input: "c", output: "cn")]
    return try BundleFiles(Conversion(path: folder + "/model.onnx", options: options).bundle)
  }

  private static func chunk(_ number: Int) throws -> ModelTensor<Float> {
    let tensor = try TensorFile(path: folder + "/test_data_set_\(number)/input_0.pb").tensor
    return try ModelTensor(tensor.doubles().map { Float($0) }, shape: [1, 256])
  }

  private static func expected(_ number: Int) throws -> Float {
    Float(try TensorFile(path: folder + "/test_data_set_\(number)/output_0.pb").tensor.doubles()[0])
  }

  private static func voice(_ outputs: ModelOutputs) throws -> Float { try outputs.tensor("voice", of: Float.self).elements[0] }

  /// What was stored of another runtime; streams, and runs by themselves, do not disturb each other.
  @Test func streamsKeepTheirState() async throws {
    let model = try await Self.voice.get().open(), stream = try model.stream(), other = try model.stream()
    #expect(model.inputs.map(\.state) == [nil, "hn", "cn"])
    for _ in 0..<2 {
      for number in 0..<8 {
        let chunk = try Self.chunk(number)
        _ = try await other.run(["audio": Self.chunk(7 - number)])
        let alone = try await Self.voice(model.run(["audio": chunk]))
        let found = try await Self.voice(stream.run(["audio": chunk]))
        #expect(try (found - Self.expected(number)).magnitude < 1e-5)
        #expect(number == 0 ? alone == found : (alone - found).magnitude > 1e-6)
      }
      try await stream.reset()
    }
  }

  @Test func savedStateGoesOn() async throws {
    let files = try Self.voice.get(), model = try await files.open(), stream = try model.stream()
    for number in 0..<3 { _ = try await stream.run(["audio": Self.chunk(number)]) }
    let saved = try await stream.save()
    let next = try await Self.voice(stream.run(["audio": Self.chunk(3)]))
    let other = try await files.open().stream()
    try await other.restore(saved)
    #expect(try await Self.voice(other.run(["audio": Self.chunk(3)])) == next)
    for wrong in [Data(), saved.dropLast(), Data(saved.reversed())] {
      let found = await error { () throws(ModelError) in try await other.restore(Data(wrong)) }
      #expect(found?.reason == .state)
    }
    let digits = try await BundleFiles.digits.get().open().stream()
    let found = await error { () throws(ModelError) in try await digits.restore(saved) }
    #expect(found?.reason == .state && found?.description.contains("another model") == true)
    // State that is given begins anew.
    let zeros = try ModelTensor([Float](repeating: 0, count: 24), shape: [1, 1, 24])
    let given = try await stream.run(["audio": Self.chunk(0), "h": zeros, "c": zeros])
    #expect(try (Self.voice(given) - Self.expected(0)).magnitude < 1e-5)
  }
}
