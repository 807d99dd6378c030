import COnnxProto

/// A message of onnx.proto, as its C declaration has it.
protocol ProtoMessage {
  var base: ProtobufCMessage { get }
  init()
  /// Makes it an empty message, which knows its type.
  static func initialize(_ message: UnsafeMutablePointer<Self>)
}

extension ProtoMessage {
  static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
    var empty = Self()
    initialize(&empty)
    return empty.base.descriptor
  }
}

extension Onnx__ModelProto: ProtoMessage {
  static func initialize(_ message: UnsafeMutablePointer<Self>) { onnx__model_proto__init(message) }
}

extension Onnx__TensorProto: ProtoMessage {
  static func initialize(_ message: UnsafeMutablePointer<Self>) { onnx__tensor_proto__init(message) }
}

extension Onnx__SequenceProto: ProtoMessage {
  static func initialize(_ message: UnsafeMutablePointer<Self>) { onnx__sequence_proto__init(message) }
}

extension Onnx__OptionalProto: ProtoMessage {
  static func initialize(_ message: UnsafeMutablePointer<Self>) { onnx__optional_proto__init(message) }
}

/// The owner of a message that was decoded from a file.
final class Message<Proto: ProtoMessage> {
  let pointer: UnsafeMutablePointer<Proto>
  var proto: Proto { pointer.pointee }

  init(_ bytes: FileBytes, limits: WireLimits = WireLimits()) throws(ImportError) { pointer = try bytes.decode(limits: limits) }
  convenience init(path: String) throws(ImportError) { try self.init(try FileBytes(path: path)) }

  deinit { protobuf_c_message_free_unpacked(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self), nil) }
}
