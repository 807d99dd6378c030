import COnnxProto

/// What is wrong with the bytes of a protobuf message, in numbers.
public enum WireFault: Equatable, Sendable {
  /// The file ends inside a field that needs `missing` more bytes.
  case truncated(missing: Int)
  /// A field of a nested message is `excess` bytes longer than what is left of that message.
  case pastParent(excess: Int)
  /// A variable-length integer does not end within ten bytes.
  case varintTooLong
  /// A field number of 0, or above 2^29 − 1.
  case fieldNumber(UInt64)
  /// Group wire types (3 and 4), which ONNX never used.
  case group
  /// Wire types 6 and 7, which protobuf does not define.
  case wireType(Int)
  /// A known field whose wire type is not the one the schema gives it.
  case wrongWireType(field: Int, found: Int)
  /// A field that holds one message occurs a second time in the same message.
  case repeatedField(Int)
  case tooDeep(limit: Int)
  case tooManyFields(limit: Int)
  case tooManyMessages(limit: Int)
}

/// A fault and the byte it was found at, counted from the start of the scanned bytes.
public struct WireError: Error, Equatable, Sendable {
  public var fault: WireFault
  public var offset: Int
}

/// How much a file may ask of the decoder, which recurses per level and allocates per field and per message.
public struct WireLimits: Equatable, Sendable {
  /// Levels of messages inside messages. Real models need about 10, and 4 more for each subgraph inside a subgraph.
  public var depth = 64
  /// Fields, of all messages together.
  public var fields = 1 << 24
  /// Messages, of all levels together.
  public var messages = 1 << 21

  public init(depth: Int = 64) { self.depth = depth }
}

/// What a scan counted.
public struct WireCount: Equatable, Sendable {
  public var fields = 0
  public var messages = 1
  public var depth = 1
}

/// Checks that `bytes` are a well-formed protobuf message of type `root`, without decoding it.
///
/// libprotobuf-c recurses once per nested message with no limit and merges a second occurrence of a message into the first by
/// copying, so a small file can exhaust its stack or its time. This scan is a loop with a stack of its own. It follows
/// the fields that the schema says are messages and steps over everything else, so its time depends on the number of
/// fields and not on the size of the weights.
///
/// - Errors: the first `WireError` met, with its byte offset.
package func scanWire(
  _ bytes: UnsafeRawBufferPointer, root: UnsafePointer<ProtobufCMessageDescriptor>, limits: WireLimits = WireLimits()
) throws(WireError) -> WireCount {
  var cursor = WireCursor(bytes: bytes)
  var stack = [WireFrame(end: bytes.count, type: root)]
  var count = WireCount()
  while let frame = stack.last {
    if cursor.offset == frame.end {
      stack.removeLast()
      continue
    }
    cursor.end = frame.end
    cursor.isNested = stack.count > 1
    let start = cursor.offset
    let tag = try cursor.tag()
    count.fields += 1
    guard count.fields <= limits.fields else { throw WireError(fault: .tooManyFields(limit: limits.fields), offset: start) }

    let field = frame.type.field(numbered: tag.number)
    if let field, !field.pointee.accepts(tag.wireType) {
      throw WireError(fault: .wrongWireType(field: tag.number, found: tag.wireType), offset: start)
    }
    guard let length = try cursor.payloadLength(tag.wireType, tagAt: start) else { continue }
    guard let field, let type = field.pointee.messageType else {
      cursor.offset += length
      continue
    }
    if field.pointee.label != PROTOBUF_C_LABEL_REPEATED, !stack[stack.count - 1].isFirst(tag.number) {
      throw WireError(fault: .repeatedField(tag.number), offset: start)
    }
    count.messages += 1
    guard count.messages <= limits.messages else {
      throw WireError(fault: .tooManyMessages(limit: limits.messages), offset: start)
    }
    guard stack.count < limits.depth else { throw WireError(fault: .tooDeep(limit: limits.depth), offset: start) }
    stack.append(WireFrame(end: cursor.offset + length, type: type))
    count.depth = max(count.depth, stack.count)
  }
  return count
}

/// Whether the first field of `bytes` is one that the message type knows, with the wire type it should have. Text, archives and
/// pictures fail this; a message that was cut short passes it.
func beginsLike(_ bytes: UnsafeRawBufferPointer, root: UnsafePointer<ProtobufCMessageDescriptor>) -> Bool {
  var cursor = WireCursor(bytes: bytes)
  cursor.end = bytes.count
  guard let tag = try? cursor.tag(), let field = root.field(numbered: tag.number) else { return false }
  return field.pointee.accepts(tag.wireType)
}

/// One message that is being scanned.
private struct WireFrame {
  let end: Int
  let type: UnsafePointer<ProtobufCMessageDescriptor>
  /// Bit n: the message-typed field n occurred. ONNX's single messages have numbers below 64.
  var seen: UInt64 = 0

  mutating func isFirst(_ number: Int) -> Bool {
    guard number < 64 else { return true }
    let bit = UInt64(1) << number
    defer { seen |= bit }
    return seen & bit == 0
  }
}

private struct WireCursor {
  let bytes: UnsafeRawBufferPointer
  var offset = 0
  /// The end of the message that is being read.
  var end = 0
  /// Whether that message lies inside another, which was seen to lie inside the file.
  var isNested = false

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func tag() throws(WireError) -> (number: Int, wireType: Int) {
    let start = offset
    let value = try varint()
    let number = value >> 3
    guard number >= 1, number < 1 << 29 else { throw WireError(fault: .fieldNumber(number), offset: start) }
    return (Int(number), Int(value & 7))
  }

  mutating func varint() throws(WireError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    for position in 0..<10 {
      guard offset < end else { throw short(by: 1, at: start) }
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << UInt64(7 * position)
      if byte & 0x80 == 0 { return value }
    }
    throw WireError(fault: .varintTooLong, offset: start)
  }

  /// Steps over a number, or returns the length of what follows; all of it lies within the message.
  mutating func payloadLength(_ wireType: Int, tagAt start: Int) throws(WireError) -> Int? {
    switch wireType {
    case 0: _ = try varint()
    case 1: try skip(8, tagAt: start)
    case 5: try skip(4, tagAt: start)
    case 2:
      let length = try varint()
      let left = end - offset
      guard length <= UInt64(left) else { throw short(by: Int(clamping: length) - left, at: start) }
      return Int(length)
    case 3, 4: throw WireError(fault: .group, offset: start)
    default: throw WireError(fault: .wireType(wireType), offset: start)
    }
    return nil
  }

  private mutating func skip(_ count: Int, tagAt start: Int) throws(WireError) {
    guard end - offset >= count else { throw short(by: count - (end - offset), at: start) }
    offset += count
  }

  private func short(by count: Int, at start: Int) -> WireError {
    WireError(fault: isNested ? .pastParent(excess: count) : .truncated(missing: count), offset: start)
  }
}

extension UnsafePointer<ProtobufCMessageDescriptor> {
  fileprivate func field(numbered number: Int) -> UnsafePointer<ProtobufCFieldDescriptor>? {
    protobuf_c_message_descriptor_get_field(self, UInt32(number))
  }
}

extension ProtobufCFieldDescriptor {
  fileprivate var messageType: UnsafePointer<ProtobufCMessageDescriptor>? {
    type == PROTOBUF_C_TYPE_MESSAGE ? descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self) : nil
  }

  /// A repeated number may come one by one or packed, whatever the schema prefers.
  fileprivate func accepts(_ wireType: Int) -> Bool {
    switch type {
    case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: wireType == 2
    case PROTOBUF_C_TYPE_FLOAT, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_SFIXED32:
      wireType == 5 || wireType == 2 && label == PROTOBUF_C_LABEL_REPEATED
    case PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_SFIXED64:
      wireType == 1 || wireType == 2 && label == PROTOBUF_C_LABEL_REPEATED
    default: wireType == 0 || wireType == 2 && label == PROTOBUF_C_LABEL_REPEATED
    }
  }
}
