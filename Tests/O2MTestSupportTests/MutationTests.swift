import Foundation
import O2MImport
import O2MTestSupport
import Testing

/// The mutator reaches every field, and leaves everything else as it is.
struct MutationTests {
  private func message(_ fixture: TestCase) throws -> WireMessage {
    let data = try #require(FileManager.default.contents(atPath: fixture.model))
    return try #require(WireMessage(.model, Array(data)[...]), "\(fixture) is not taken apart")
  }

  @Test func fixturesSurviveBeingTakenApart() throws {
    #expect(MutatedModel.fixtures.count >= 800)
    let folder = try ScratchFolder()
    for fixture in MutatedModel.fixtures {
      let bytes = try message(fixture).bytes
      #expect(WireMessage(.model, bytes[...])?.bytes == bytes)
      try Data(bytes).write(to: URL(fileURLWithPath: folder.file("model.onnx")))
      let whole = try importModel(path: fixture.model).graph, again = try importModel(path: folder.file("model.onnx")).graph
      #expect(whole.nodes.map(\.op.name.description) == again.nodes.map(\.op.name.description))
      #expect(whole.outputs.map { whole[$0].type } == again.outputs.map { again[$0].type })
    }
  }

  /// Each change is one: it gives other bytes than the model has.
  @Test func everyMutationChangesTheModel() throws {
    var count = 0
    for fixture in MutatedModel.fixtures.enumerated().filter({ $0.offset % 16 == 0 }).map(\.element) {
      let model = try message(fixture), bytes = model.bytes
      for mutation in Mutation.all(of: model) {
        var other = model
        mutation.apply(to: &other)
        count += other.bytes == bytes ? 0 : 1
      }
    }
    #expect(count >= 10000)
  }

  @Test func everyPartOfANodeIsReached() throws {
    let conv = try #require(MutatedModel.fixtures.first { $0.name == "Conv/1d" })
    let places = Set(Mutation.all(of: try message(conv)).map { "\($0.place.type) \($0.place.field)" })
    for part in ["op_type", "input[0]", "pads ints[0]", "initializer read as input 1 dims[0]", "dims of every input"] {
      #expect(places.contains { $0.hasPrefix("Conv ") && $0.contains(part) }, "\(part) of \(places.sorted())")
    }
    #expect(MutatedModel(seed: 5000)?.bytes == MutatedModel(seed: 5000)?.bytes)
  }
}
