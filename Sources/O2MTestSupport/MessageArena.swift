import COnnxProto
import O2MTensor

/// The memory of one tree of protobuf-c messages; all of it goes away with the arena.
final class MessageArena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  private func allocate<T>(_ count: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
    let block = UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * MemoryLayout<T>.stride, alignment: 16)
    blocks.append(block)
    return block.bindMemory(to: type, capacity: count)
  }

  private func make<T>(_ empty: T, _ initialize: (UnsafeMutablePointer<T>) -> Void) -> UnsafeMutablePointer<T> {
    let message = allocate(1, of: T.self)
    message.initialize(to: empty)
    initialize(message)
    return message
  }

  private func array<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let memory = allocate(values.count, of: T.self)
    for (index, value) in values.enumerated() { memory.advanced(by: index).initialize(to: value) }
    return memory
  }

  /// protobuf-c has arrays of pointers that may be null.
  private func pointers<T>(_ values: [UnsafeMutablePointer<T>]) -> UnsafeMutablePointer<UnsafeMutablePointer<T>?> {
    array(values.map { Optional($0) })
  }

  private func string(_ text: String) -> UnsafeMutablePointer<CChar> { array(text.utf8.map { CChar(bitPattern: $0) } + [0]) }

  private func strings(_ texts: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> { pointers(texts.map(string)) }

  private func data(_ bytes: [UInt8]) -> ProtobufCBinaryData { ProtobufCBinaryData(len: bytes.count, data: array(bytes)) }
}

extension MessageArena {
  func message(_ model: ModelBuilder) -> UnsafeMutablePointer<Onnx__ModelProto> {
    let proto = make(Onnx__ModelProto(), onnx__model_proto__init)
    proto.pointee.has_ir_version = 1
    proto.pointee.ir_version = Int64(model.irVersion)
    proto.pointee.producer_name = string("onnx2mobile")
    proto.pointee.graph = graph(model)
    let opset = make(Onnx__OperatorSetIdProto(), onnx__operator_set_id_proto__init)
    opset.pointee.domain = string("")
    opset.pointee.has_version = 1
    opset.pointee.version = Int64(model.opset)
    proto.pointee.n_opset_import = 1
    proto.pointee.opset_import = pointers([opset])
    return proto
  }

  private func graph(_ model: ModelBuilder) -> UnsafeMutablePointer<Onnx__GraphProto> {
    let proto = make(Onnx__GraphProto(), onnx__graph_proto__init)
    proto.pointee.name = string(model.name)
    proto.pointee.n_input = model.inputs.count
    proto.pointee.input = pointers(model.inputs.map(valueInfo))
    proto.pointee.n_output = model.outputs.count
    proto.pointee.output = pointers(model.outputs.map(valueInfo))
    proto.pointee.n_initializer = model.initializers.count
    proto.pointee.initializer = pointers(model.initializers.map { tensor($0.tensor, named: $0.name) })
    proto.pointee.n_node = model.nodes.count
    proto.pointee.node = pointers(model.nodes.map(node))
    return proto
  }

  private func node(_ node: ModelBuilder.Node) -> UnsafeMutablePointer<Onnx__NodeProto> {
    let proto = make(Onnx__NodeProto(), onnx__node_proto__init)
    proto.pointee.op_type = string(node.type)
    proto.pointee.name = node.outputs.first.map(string)
    proto.pointee.n_input = node.inputs.count
    proto.pointee.input = strings(node.inputs)
    proto.pointee.n_output = node.outputs.count
    proto.pointee.output = strings(node.outputs)
    proto.pointee.n_attribute = node.attributes.count
    proto.pointee.attribute = pointers(node.attributes.map { attribute($0.key, $0.value) })
    return proto
  }

  private func attribute(_ name: String, _ value: ModelBuilder.Attribute) -> UnsafeMutablePointer<Onnx__AttributeProto> {
    let proto = make(Onnx__AttributeProto(), onnx__attribute_proto__init)
    proto.pointee.name = string(name)
    proto.pointee.has_type = 1
    switch value {
    case .float(let value):
      proto.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT
      proto.pointee.has_f = 1
      proto.pointee.f = value
    case .int(let value):
      proto.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT
      proto.pointee.has_i = 1
      proto.pointee.i = Int64(value)
    case .string(let value):
      proto.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING
      proto.pointee.has_s = 1
      proto.pointee.s = data(Array(value.utf8))
    case .floats(let values):
      proto.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS
      proto.pointee.n_floats = values.count
      proto.pointee.floats = array(values)
    case .ints(let values):
      proto.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS
      proto.pointee.n_ints = values.count
      proto.pointee.ints = array(values.map { Int64($0) })
    case .tensor(let value):
      proto.pointee.type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR
      proto.pointee.t = tensor(value, named: "")
    }
    return proto
  }

  /// - Spec: ONNX raw data is little endian; types of less than 8 bits are refused, they would have to be packed.
  private func tensor(_ tensor: Tensor, named name: String) -> UnsafeMutablePointer<Onnx__TensorProto> {
    precondition(tensor.element.bits >= 8, "\(tensor.element) has no raw form here")
    let proto = make(Onnx__TensorProto(), onnx__tensor_proto__init)
    proto.pointee.name = string(name)
    proto.pointee.n_dims = tensor.shape.rank
    proto.pointee.dims = array(tensor.shape.dims.map { Int64($0) })
    proto.pointee.has_data_type = 1
    proto.pointee.data_type = Int32(tensor.element.rawValue)
    proto.pointee.has_raw_data = 1
    proto.pointee.raw_data = data(tensor.withBytes { Array($0) })
    return proto
  }

  private func valueInfo(_ value: ModelBuilder.TypedName) -> UnsafeMutablePointer<Onnx__ValueInfoProto> {
    let dims = value.dims.map { extent in
      let dim = make(Onnx__TensorShapeProto__Dimension(), onnx__tensor_shape_proto__dimension__init)
      dim.pointee.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
      dim.pointee.dim_value = Int64(extent)
      return dim
    }
    let shape = make(Onnx__TensorShapeProto(), onnx__tensor_shape_proto__init)
    shape.pointee.n_dim = dims.count
    shape.pointee.dim = pointers(dims)
    let tensor = make(Onnx__TypeProto__Tensor(), onnx__type_proto__tensor__init)
    tensor.pointee.has_elem_type = 1
    tensor.pointee.elem_type = Int32(value.element.rawValue)
    tensor.pointee.shape = shape
    let type = make(Onnx__TypeProto(), onnx__type_proto__init)
    type.pointee.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
    type.pointee.tensor_type = tensor
    let info = make(Onnx__ValueInfoProto(), onnx__value_info_proto__init)
    info.pointee.name = string(value.name)
    info.pointee.type = type
    return info
  }
}
