import Foundation
import O2MConvert
import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// What inputs of integers hold where no data is given.
struct SampleInputsTests {
  /// A model whose `ids` reach a table of `rows` rows by way of `steps`, and whose `flags` choose between numbers.
  private func model(rows: Int, by steps: [(String, [String], [(String, ModelWriter.Attribute)])]) throws -> Graph {
    var model = ModelWriter()
    model.input("ids", .int32, [1, 6])
    model.input("flags", .int64, [1, 6])
    model.initializer("table", Tensor([rows, 2], [Float](repeating: 1, count: 2 * rows)))
    model.initializer("axes", .indices([0]))
    model.initializer("shape", .indices([6, 1]))
    var ids = "ids"
    for (type, more, attributes) in steps {
      model.node(type, [ids] + more, [ids + "'"], attributes)
      ids += "'"
    }
    model.node("Gather", ["table", ids], ["y"])
    model.node("Add", ["flags", "flags"], ["z"])
    model.output("y")
    model.output("z", .int64)
    let folder = try ScratchFolder()
    try Data(model.bytes).write(to: URL(fileURLWithPath: folder.file("model.onnx")))
    return try importModel(path: folder.file("model.onnx")).graph
  }

  /// The numbers are those of SplitMix64, so every host draws them.
  @Test func tokensAreDrawnFromTheWholeTable() throws {
    let ways: [[(String, [String], [(String, ModelWriter.Attribute)])]] = [
      [], [("Cast", [], [("to", .int(7))])], [("Unsqueeze", ["axes"], []), ("Cast", [], [("to", .int(7))])],
      [("Reshape", ["shape"], []), ("Transpose", [], [])],
    ]
    for way in ways {
      var samples = SampleInputs(seed: 1)
      let tensors = samples.tensors(for: try model(rows: 50, by: way))
      #expect(tensors[0].ints() == [28, 37, 48, 22, 22, 38])
      #expect(tensors[1].ints().allSatisfy { (0...1).contains($0) })
    }
  }

  /// A sum of numbers is no index that could be bounded.
  @Test func whatIsComputedFirstIsDrawnAsBefore() throws {
    var samples = SampleInputs(seed: 1)
    let tensors = samples.tensors(for: try model(rows: 50, by: [("Neg", [], [])]))
    #expect(tensors[0].ints() == [1, 1, 1, 0, 0, 1])
  }
}
