import Foundation
import O2MGraph
import O2MRuntime
import O2MTensor
import O2MTestSupport
import ONNX2Mobile
import Testing

/// Tensors in, tensors out.
struct TensorTests {
  /// The bits of a run are those of the runtime's session.
  @Test func outputsAreTheRuntimes() async throws {
    let bundle = try BundleFiles.digits.get(), model = try await bundle.open()
    let inputs = bundle.model.graph.seededInputs(5, .symmetric), expected = try Session(bundle.model).run(inputs)
    let image = ModelTensor<Float>.self
    let given = try image.init(inputs[0].doubles().map { Float($0) }, for: model.inputs[0])
    let outputs = try await model.run(["image": given])
    #expect(outputs.names == ["logits"] && outputs["logits"]?.shape == [1, 10] && outputs["other"] == nil)
    #expect(try outputs.tensor("logits", of: Float.self).elements.map { Double($0) } == expected[0].doubles())
  }

  private static func passes<Element: ModelElement>(_ elements: [Element], as type: ElementType) async throws -> Bool {
    var graph = Graph(name: "same")
    graph.addOutput(graph.addInput("x", TensorType(type, [2, 2])))
    let model = try await BundleFiles(graph).open()
    #expect(model.inputs[0].type == Element.elementType && model.inputs[0].type.rawValue == Int32(type.rawValue))
    let tensor = try ModelTensor(elements, shape: [2, 2]), outputs = try await model.run(["x": tensor])
    return try outputs.tensor(model.outputs[0].name) == tensor
  }

  /// Elements of every type go in and come out.
  @Test func everyType() async throws {
    #expect(try await Self.passes([1.5, -0.25, .infinity, 3] as [Float], as: .float32))
    #expect(try await Self.passes([1.5, -0.1, .greatestFiniteMagnitude, 3], as: .float64))
    #expect(try await Self.passes([1.5, -0.25, 65504, 3] as [Float16], as: .float16))
    #expect(try await Self.passes([-128, 127, 0, 1] as [Int8], as: .int8))
    #expect(try await Self.passes([0, 255, 7, 1] as [UInt8], as: .uint8))
    #expect(try await Self.passes([.min, .max, 0, 1] as [Int16], as: .int16))
    #expect(try await Self.passes([.min, .max, 0, 1] as [UInt16], as: .uint16))
    #expect(try await Self.passes([.min, .max, 0, 1] as [Int32], as: .int32))
    #expect(try await Self.passes([.min, .max, 0, 1] as [UInt32], as: .uint32))
    #expect(try await Self.passes([.min, .max, 0, 1] as [Int64], as: .int64))
    #expect(try await Self.passes([.min, .max, 0, 1] as [UInt64], as: .uint64))
    #expect(try await Self.passes([true, false, false, true], as: .bool))
    #expect(Bool.elements(from: UnsafeRawBufferPointer(start: nil, count: 0)) == [])
  }

  /// Several inputs by their names.
  @Test func inputsAreNamed() async throws {
    let model = try await BundleFiles.gather().open()
    let rows = try ModelTensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]), indices = try ModelTensor([2, 0] as [Int64], shape: [2])
    let outputs = try await model.run(["indices": indices, "x": rows])
    #expect(try outputs.tensor("y") == ModelTensor([5, 6, 1, 2] as [Float], shape: [2, 2]))
  }
}
