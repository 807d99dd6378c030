import COnnxProto
import O2MImport

/// A protobuf message taken apart along its schema, so that any field can be changed and the whole written again.
///
/// Repeated numbers are one field each, packed or not: both forms mean the same.
package struct WireMessage: Sendable {
  package enum Value: Sendable {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes([UInt8])
    case message(WireMessage)
  }

  package struct Field: Sendable {
    package var number: Int
    package var value: Value
  }

  let type: MessageType
  var fields: [Field]

  init(_ type: MessageType, _ fields: [Field] = []) {
    self.type = type
    self.fields = fields
  }

  /// The message in `bytes`; nil where they are no message of this type.
  package init?(_ type: MessageType, _ bytes: ArraySlice<UInt8>) {
    self.init(type)
    var reader = WireReader(rest: bytes)
    while !reader.rest.isEmpty {
      guard let tag = reader.varint(), let value = reader.value(Int(tag & 7)) else { return nil }
      let number = Int(tag >> 3)
      guard case .bytes(let content) = value, let field = type.field(number) else {
        fields.append(Field(number: number, value: value))
        continue
      }
      if let inner = field.message {
        guard let message = WireMessage(inner, content[...]) else { return nil }
        fields.append(Field(number: number, value: .message(message)))
      } else if let wireType = field.packedWireType {
        var packed = WireReader(rest: content[...])
        while !packed.rest.isEmpty {
          guard let value = packed.value(wireType) else { return nil }
          fields.append(Field(number: number, value: value))
        }
      } else {
        fields.append(Field(number: number, value: value))
      }
    }
  }

  package var bytes: [UInt8] {
    var writer = WireWriter()
    for field in fields {
      switch field.value {
      case .varint(let value): writer.put(field.number, varint: value)
      case .fixed32(let value): writer.put(field.number, float: Float(bitPattern: value))
      case .fixed64(let value): writer.put(field.number, double: Double(bitPattern: value))
      case .bytes(let value): writer.put(field.number, bytes: value)
      case .message(let value): writer.put(field.number, bytes: value.bytes)
      }
    }
    return writer.bytes
  }

  // MARK: Fields by name

  /// All values of the field `name`.
  subscript(_ name: String) -> [Value] {
    guard let number = type.number(of: name) else { return [] }
    return fields.filter { $0.number == number }.map(\.value)
  }

  func messages(_ name: String) -> [WireMessage] {
    self[name].compactMap { if case .message(let message) = $0 { message } else { nil } }
  }

  func numbers(_ name: String) -> [Int] {
    self[name].compactMap { if case .varint(let value) = $0 { Int(truncatingIfNeeded: value) } else { nil } }
  }

  func strings(_ name: String) -> [String] {
    self[name].compactMap { if case .bytes(let value) = $0 { String(decoding: value, as: UTF8.self) } else { nil } }
  }

  /// A field that holds one string; empty where it is absent.
  func string(_ name: String) -> String { strings(name).first ?? "" }

  mutating func removeAll(_ names: String...) {
    let numbers = names.compactMap { type.number(of: $0) }
    fields.removeAll { numbers.contains($0.number) }
  }

  mutating func append(_ name: String, _ value: Value) {
    guard let number = type.number(of: name) else { preconditionFailure("\(type.name) has no field \(name)") }
    fields.append(Field(number: number, value: value))
  }

  mutating func append(_ name: String, _ value: String) { append(name, .bytes(Array(value.utf8))) }
  mutating func append(_ name: String, _ value: Int) { append(name, .varint(UInt64(bitPattern: Int64(value)))) }

  /// Puts one value in the place of all that the field `name` has.
  mutating func set(_ name: String, _ value: Value) {
    removeAll(name)
    append(name, value)
  }

  /// Changes the message that `path`, the places of fields from here down, leads to.
  mutating func change(at path: ArraySlice<Int>, _ body: (inout WireMessage) -> Void) {
    guard let first = path.first else { return body(&self) }
    guard case .message(var inner) = fields[first].value else { return }
    inner.change(at: path.dropFirst(), body)
    fields[first].value = .message(inner)
  }
}

/// A message type of onnx.proto. The generated descriptor never changes.
package struct MessageType: @unchecked Sendable {
  private let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  package static let model: MessageType = {
    var empty = Onnx__ModelProto()
    onnx__model_proto__init(&empty)
    return MessageType(descriptor: empty.base.descriptor)
  }()

  /// As the schema has it, such as `TensorProto`.
  var name: String { String(cString: descriptor.pointee.short_name) }

  func field(_ number: Int) -> FieldType? {
    UInt32(exactly: number).flatMap { protobuf_c_message_descriptor_get_field(descriptor, $0) }.map { FieldType(descriptor: $0) }
  }

  func number(of name: String) -> Int? {
    protobuf_c_message_descriptor_get_field_by_name(descriptor, name).map { Int($0.pointee.id) }
  }

  /// The type of the messages in the field `name`.
  func message(in name: String) -> MessageType {
    guard let type = number(of: name).flatMap({ field($0)?.message }) else { preconditionFailure("\(self.name).\(name) is no message") }
    return type
  }

  struct FieldType {
    fileprivate let descriptor: UnsafePointer<ProtobufCFieldDescriptor>

    var name: String { String(cString: descriptor.pointee.name) }
    var isRepeated: Bool { descriptor.pointee.label == PROTOBUF_C_LABEL_REPEATED }
    var isString: Bool { descriptor.pointee.type == PROTOBUF_C_TYPE_STRING }

    var message: MessageType? {
      guard descriptor.pointee.type == PROTOBUF_C_TYPE_MESSAGE else { return nil }
      return MessageType(descriptor: descriptor.pointee.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self))
    }

    /// How each number of a packed field is written; nil where there are no numbers.
    fileprivate var packedWireType: Int? {
      switch descriptor.pointee.type {
      case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: nil
      case PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32: 5
      case PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64: 1
      default: 0
      }
    }
  }
}

/// Reads the fields of a message one after the other; nil where the bytes end or are none of protobuf's.
private struct WireReader {
  var rest: ArraySlice<UInt8>

  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for position in 0..<10 {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << UInt64(7 * position)
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  mutating func value(_ wireType: Int) -> WireMessage.Value? {
    switch wireType {
    case 0: varint().map { .varint($0) }
    case 1: take(8).map { .fixed64(Self.number($0)) }
    case 2: varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map { .bytes(Array($0)) }
    case 5: take(4).map { .fixed32(UInt32(Self.number($0))) }
    default: nil
    }
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
