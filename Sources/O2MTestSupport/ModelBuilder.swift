import Foundation
import O2MImport
import O2MTensor

/// Builds an ONNX model layer by layer: every call gives the names that the next one reads.
///
///     var model = ModelBuilder(opset: 13)
///     let x = model.input("x", [1, 3, 8, 8])
///     let w = model.initializer("w", weights)
///     model.output(model.node("Conv", [x, w], "y", ["pads": .ints([1, 1, 1, 1])]), [1, 4, 8, 8])
///     try model.write(to: path)
package struct ModelBuilder {
  package typealias Attribute = ModelWriter.Attribute

  private var writer: ModelWriter

  package init(opset: Int = 13) {
    writer = ModelWriter(opset: opset)
    writer.irVersion = 7
  }

  package mutating func input(_ name: String, _ dims: [Int], _ element: ElementType = .float32) -> String {
    writer.input(name, element, dims.map { .fixed($0) })
    return name
  }

  package mutating func output(_ name: String, _ dims: [Int], _ element: ElementType = .float32) {
    writer.output(name, element, dims.map { .fixed($0) })
  }

  package mutating func initializer(_ name: String, _ tensor: Tensor) -> String {
    writer.initializer(name, tensor)
    return name
  }

  /// A node with one output, which is also the node's name.
  package mutating func node(
    _ type: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> String { node(type, inputs, outputs: [output], attributes)[0] }

  /// A node with several outputs; it is named after the first.
  package mutating func node(
    _ type: String, _ inputs: [String], outputs: [String], _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> [String] {
    writer.node(type, inputs, outputs, name: outputs[0], attributes.map { ($0.key, $0.value) })
    return outputs
  }

  /// The serialized `ModelProto`.
  package var bytes: [UInt8] { writer.bytes }

  package func write(to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}
