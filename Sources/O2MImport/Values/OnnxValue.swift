import COnnxProto
import O2MTensor

/// A value of a model as its test data holds it.
public indirect enum ModelValue: Sendable {
  case tensor(Tensor)
  case text(StringTensor)
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
    let external = ExternalData(besideModel: path)
    switch kind {
    case .tensor:
      let message = try Message<Onnx__TensorProto>(path: path)
      guard message.proto.segment == nil else { throw .sequenceOrOptional }
      name = string(message.proto.name)
      value = try ValueDecoder(owner: message, external: external).value(message.proto)
    case .sequence:
      let message = try Message<Onnx__SequenceProto>(path: path)
      name = string(message.proto.name)
      value = try ValueDecoder(owner: message, external: external).value(message.proto)
    case .optional:
      let message = try Message<Onnx__OptionalProto>(path: path)
      name = string(message.proto.name)
      value = try ValueDecoder(owner: message, external: external).value(message.proto)
    }
  }
}

/// Turns messages that `owner` keeps alive into values.
private struct ValueDecoder {
  let owner: AnyObject
  let external: ExternalData

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

  func value(_ proto: Onnx__TensorProto) throws(ImportError) -> ModelValue {
    do throws(TensorFault) { return try TensorDecoder(proto: proto, owner: owner, external: external).decodeValue() } catch {
      throw .tensor(name: string(proto.name), error)
    }
  }
}
