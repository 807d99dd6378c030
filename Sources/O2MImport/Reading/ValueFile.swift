import COnnxProto
import O2MTensor

/// A value in a file of its own: the form of ONNX's test data, one serialized `TensorProto`, `SequenceProto` or `OptionalProto`.
///
/// - Spec: onnx-data.proto.
public struct ValueFile: Sendable {
  /// May be empty.
  public var name: String
  public var value: OnnxValue<Tensor>

  /// Reads `path`, which holds a value of `kind`.
  ///
  /// - Errors: those of a model file; `.sequenceOrOptional` where another message is there than a tensor; `.tensor`.
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

  func value(_ proto: Onnx__SequenceProto) throws(ImportError) -> OnnxValue<Tensor> {
    var items: [OnnxValue<Tensor>] = []
    for item in CArray(proto.tensor_values, proto.n_tensor_values) { items.append(try value(item.pointee)) }
    for item in CArray(proto.sequence_values, proto.n_sequence_values) { items.append(try value(item.pointee)) }
    for item in CArray(proto.optional_values, proto.n_optional_values) { items.append(try value(item.pointee)) }
    return .sequence(items)
  }

  func value(_ proto: Onnx__OptionalProto) throws(ImportError) -> OnnxValue<Tensor> {
    if let tensor = proto.tensor_value { return try value(tensor.pointee) }
    if let sequence = proto.sequence_value { return try value(sequence.pointee) }
    if let optional = proto.optional_value { return try value(optional.pointee) }
    return .none
  }

  func value(_ proto: Onnx__TensorProto) throws(ImportError) -> OnnxValue<Tensor> {
    try TensorDecoder(proto: proto, owner: owner, external: external).value(named: string(proto.name))
  }
}
