import COnnxProto
import O2MTensor

/// A value of a model as its test data holds it.
public indirect enum ModelValue: Sendable {
  case tensor(Tensor)
  case text(TextTensor)
  case sequence([ModelValue])
  /// An optional value that is absent.
  case none

  public var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  /// nil for lists and absent values.
  var type: TensorType? {
    switch self {
    case .tensor(let tensor): tensor.type
    case .text(let text): text.type
    default: nil
    }
  }
}

/// A value in a file of its own: the form of ONNX's test data, one serialized `TensorProto`, `SequenceProto` or `OptionalProto`.
///
/// - Spec: onnx-data.proto.
public struct ValueFile: Sendable {
  /// May be empty.
  public var name: String
  public var value: ModelValue

  /// Reads `path`, which holds a value of `kind`.
  public init(path: String, kind: ValueKind) throws(ImportError) {
    switch kind {
    case .tensor:
      let message = try TensorMessage(path: path)
      guard message.proto.segment == nil else { throw .sequenceOrOptional }
      name = string(message.proto.name)
      do throws(TensorFault) {
        value = try TensorDecoder(proto: message.proto, owner: message, external: ExternalData(besideModel: path)).decodeValue()
      } catch {
        throw .tensor(name: name, error)
      }
    case .sequence:
      let message = try SequenceMessage(path: path)
      name = string(message.pointer.pointee.name)
      value = try message.value(message.pointer.pointee)
    case .optional:
      let message = try OptionalMessage(path: path)
      name = string(message.pointer.pointee.name)
      value = try message.value(message.pointer.pointee)
    }
  }
}

private class ListMessage {
  let external: ExternalData
  init(beside path: String) { external = ExternalData(besideModel: path) }

  func value(_ proto: Onnx__SequenceProto) throws(ImportError) -> ModelValue {
    var items: [ModelValue] = []
    for item in CArray(proto.tensor_values, proto.n_tensor_values) { items.append(try value(item.pointee)) }
    for item in CArray(proto.sequence_values, proto.n_sequence_values) { items.append(try value(item.pointee)) }
    for item in CArray(proto.optional_values, proto.n_optional_values) { items.append(try value(item.pointee)) }
    return .sequence(items)
  }

  func value(_ proto: Onnx__OptionalProto) throws(ImportError) -> ModelValue {
    if let tensor = proto.tensor_value { return try value(tensor.pointee) }
    if let sequence = proto.sequence_value { return try value(sequence.pointee) }
    if let optional = proto.optional_value { return try value(optional.pointee) }
    return .none
  }

  private func value(_ proto: Onnx__TensorProto) throws(ImportError) -> ModelValue {
    do throws(TensorFault) { return try TensorDecoder(proto: proto, owner: self, external: external).decodeValue() } catch {
      throw .tensor(name: string(proto.name), error)
    }
  }
}

private final class SequenceMessage: ListMessage {
  let pointer: UnsafeMutablePointer<Onnx__SequenceProto>

  init(path: String) throws(ImportError) {
    var empty = Onnx__SequenceProto()
    onnx__sequence_proto__init(&empty)
    pointer = try FileBytes(path: path).decode(empty.base.descriptor, limits: WireLimits())
    super.init(beside: path)
  }

  deinit { onnx__sequence_proto__free_unpacked(pointer, nil) }
}

private final class OptionalMessage: ListMessage {
  let pointer: UnsafeMutablePointer<Onnx__OptionalProto>

  init(path: String) throws(ImportError) {
    var empty = Onnx__OptionalProto()
    onnx__optional_proto__init(&empty)
    pointer = try FileBytes(path: path).decode(empty.base.descriptor, limits: WireLimits())
    super.init(beside: path)
  }

  deinit { onnx__optional_proto__free_unpacked(pointer, nil) }
}
