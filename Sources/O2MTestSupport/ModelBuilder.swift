import COnnxProto
import Foundation
import O2MTensor

/// Builds an ONNX model in code; libprotobuf-c writes it, so that the bytes are an outside encoder's.
///
///     var model = ModelBuilder(opset: 13)
///     let x = model.input("x", [1, 3, 8, 8])
///     let w = model.initializer("w", weights)
///     model.output(model.node("Conv", [x, w], "y", ["pads": .ints([1, 1, 1, 1])]), [1, 4, 8, 8])
///     try model.write(to: path)
package struct ModelBuilder {
  package enum Attribute {
    case float(Float)
    case int(Int)
    case string(String)
    case floats([Float])
    case ints([Int])
    case tensor(Tensor)
  }

  struct TypedName {
    var name: String
    var element: ElementType
    var dims: [Int]
  }

  struct Node {
    var type: String
    var inputs: [String]
    var outputs: [String]
    var attributes: KeyValuePairs<String, Attribute>
  }

  package var irVersion: Int
  package var opset: Int
  package var name: String
  var inputs: [TypedName] = []
  var outputs: [TypedName] = []
  var initializers: [(name: String, tensor: Tensor)] = []
  var nodes: [Node] = []

  package init(name: String = "model", opset: Int = 13, irVersion: Int = 7) {
    self.name = name
    self.opset = opset
    self.irVersion = irVersion
  }

  package mutating func input(_ name: String, _ dims: [Int], _ element: ElementType = .float32) -> String {
    inputs.append(TypedName(name: name, element: element, dims: dims))
    return name
  }

  package mutating func output(_ name: String, _ dims: [Int], _ element: ElementType = .float32) {
    outputs.append(TypedName(name: name, element: element, dims: dims))
  }

  package mutating func initializer(_ name: String, _ tensor: Tensor) -> String {
    initializers.append((name, tensor))
    return name
  }

  /// A node with one output, which is also the node's name.
  package mutating func node(
    _ type: String, _ inputs: [String], _ output: String, _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> String {
    nodes.append(Node(type: type, inputs: inputs, outputs: [output], attributes: attributes))
    return output
  }

  /// A node with several outputs; it is named after the first.
  package mutating func node(
    _ type: String, _ inputs: [String], outputs: [String], _ attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> [String] {
    nodes.append(Node(type: type, inputs: inputs, outputs: outputs, attributes: attributes))
    return outputs
  }

  /// The serialized `ModelProto`.
  package var bytes: [UInt8] {
    let arena = MessageArena()
    let model = arena.message(self)
    return [UInt8](unsafeUninitializedCapacity: onnx__model_proto__get_packed_size(model)) { buffer, count in
      count = onnx__model_proto__pack(model, buffer.baseAddress)
    }
  }

  package func write(to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
}
