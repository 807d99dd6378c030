import COnnxProto
import O2MGraph
import O2MOps
import O2MTensor

/// Why a stored tensor cannot be read. `needed` follows from type and dims, `found` is what the file holds.
public enum TensorFault: Error, Equatable, Sendable {
  /// A `DataType` number that has no element type here, or 0.
  case elementTypeNumber(Int)
  /// Strings and complex numbers, which no operator computes with.
  case unsupportedType(ElementType)
  case negativeDim(axis: Int, Int)
  /// The product of the dims, or its size in bytes, does not fit.
  case overflow(dims: [Int])
  /// The dense form of a sparse tensor asks for more than the model is given.
  case limit(ResourceLimit, found: Int, limit: Int)
  /// In bytes for raw data, in entries for a typed field.
  case size(field: TensorField, found: Int, needed: Int)
  /// An entry of a typed field that its element type cannot hold.
  case outOfRange(field: TensorField, index: Int, value: Int)
  /// Data in two fields at once.
  case twoFields(TensorField, TensorField)
  case segmented
  case external(ExternalFault)
  case sparse(SparseFault)
}

/// Where a `TensorProto` may hold its elements.
public enum TensorField: String, CaseIterable, Sendable {
  case raw_data, float_data, int32_data, int64_data, double_data, uint64_data, string_data, external_data
}

/// Elements that lie in a decoded message, which `owner` keeps alive.
private final class MessageStorage: TensorStorage, @unchecked Sendable {
  private let owner: AnyObject

  init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    self.owner = owner
    super.init(borrowing: bytes)
  }
}

/// Turns a `TensorProto` into a tensor.
///
/// - Spec: ONNX IR 3 to 14, TensorProto: raw data (little endian, small types packed from the low bits up), the typed fields, external
///   data.
struct TensorDecoder {
  let proto: Onnx__TensorProto
  /// Keeps `proto`'s memory alive; raw data is then used where it lies. Without an owner it is copied.
  let owner: AnyObject?
  let external: ExternalData?

  func decode() throws(TensorFault) -> Tensor {
    let (element, shape) = try type()
    guard proto.segment == nil else { throw .segmented }
    guard element != .string, element != .complex64, element != .complex128 else { throw .unsupportedType(element) }
    let count = shape.count
    let packedBytes = (count * element.bits + 7) / 8

    if proto.has_data_location != 0, proto.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL {
      try requireOnly(.external_data)
      guard let external else { throw .external(.noLocation) }
      let entries = CArray(proto.external_data, proto.n_external_data).map { (string($0.pointee.key), string($0.pointee.value)) }
      // The file must hold the bytes before memory is asked for.
      let source: ExternalSlice
      do throws(ExternalFault) { source = try external.slice(entries, byteCount: packedBytes) } catch { throw .external(error) }
      let bytes = SpilledStorage.storage(unfilled: packedBytes)
      do throws(ExternalFault) { try external.read(source, into: bytes.bytes) } catch { throw .external(error) }
      let tensor = unpack(element, shape, bytes)
      tensor.rest()
      return tensor
    }
    if proto.has_raw_data != 0 {
      try requireOnly(.raw_data)
      guard proto.raw_data.len == packedBytes else { throw .size(field: .raw_data, found: proto.raw_data.len, needed: packedBytes) }
      let raw = UnsafeRawBufferPointer(start: proto.raw_data.data, count: packedBytes)
      let address = Int(bitPattern: proto.raw_data.data)
      if let owner, address % max(1, element.size) == 0 { return unpack(element, shape, MessageStorage(raw, owner: owner)) }
      let copy = TensorStorage(byteCount: packedBytes)
      copy.bytes.copyMemory(from: raw)
      return unpack(element, shape, copy)
    }
    return try typedField(element, shape)
  }

  /// The tensor or the strings; a fault has `name`.
  func value(named name: String) throws(ImportError) -> OnnxValue<Tensor> {
    do throws(TensorFault) { return try decodeValue() } catch { throw .tensor(name: name, error) }
  }

  /// The tensor, or the strings where the elements are some.
  private func decodeValue() throws(TensorFault) -> OnnxValue<Tensor> {
    let (element, shape) = try type()
    guard element == .string, proto.segment == nil else { return .tensor(try decode()) }
    // Strings have neither raw nor external data.
    let isExternal = proto.has_data_location != 0 && proto.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL
    guard !isExternal else { throw .unsupportedType(element) }
    try requireOnly(.string_data)
    guard proto.n_string_data == shape.count else { throw .size(field: .string_data, found: proto.n_string_data, needed: shape.count) }
    return .strings(StringTensor(shape, UnsafeBufferPointer(start: proto.string_data, count: proto.n_string_data).map { string($0) }))
  }

  private func type() throws(TensorFault) -> (ElementType, Shape) {
    let number = proto.has_data_type != 0 ? Int(proto.data_type) : 0
    guard let element = UInt8(exactly: number).flatMap(ElementType.init(rawValue:)) else { throw .elementTypeNumber(number) }
    let dims = UnsafeBufferPointer(start: proto.dims, count: proto.n_dims).map { Int($0) }
    for (axis, dim) in dims.enumerated() where dim < 0 { throw .negativeDim(axis: axis, dim) }
    let shape = Shape(dims)
    guard let volume = shape.volume, volume <= ResourceLimits.largestVolume else {
      throw .overflow(dims: dims)
    }
    return (element, shape)
  }

  /// How many bytes or entries each field holds.
  private func held(_ field: TensorField) -> Int {
    switch field {
    case .raw_data: proto.has_raw_data != 0 ? proto.raw_data.len : 0
    case .float_data: proto.n_float_data
    case .int32_data: proto.n_int32_data
    case .int64_data: proto.n_int64_data
    case .double_data: proto.n_double_data
    case .uint64_data: proto.n_uint64_data
    case .string_data: proto.n_string_data
    case .external_data: 0
    }
  }

  private func requireOnly(_ field: TensorField) throws(TensorFault) {
    for other in TensorField.allCases where other != field && held(other) > 0 { throw .twoFields(field, other) }
  }

  private func typedField(_ element: ElementType, _ shape: Shape) throws(TensorFault) -> Tensor {
    switch element {
    case .float32: return try wide(.float_data, proto.float_data, element, shape) { $0 }
    case .float64: return try wide(.double_data, proto.double_data, element, shape) { $0 }
    case .int64: return try wide(.int64_data, proto.int64_data, element, shape) { $0 }
    case .uint64: return try wide(.uint64_data, proto.uint64_data, element, shape) { $0 }
    case .uint32: return try wide(.uint64_data, proto.uint64_data, element, shape) { UInt32(exactly: $0) }
    case .int32: return try wide(.int32_data, proto.int32_data, element, shape) { $0 }
    case .int16: return try wide(.int32_data, proto.int32_data, element, shape) { Int16(exactly: $0) }
    case .uint16, .float16, .bfloat16: return try wide(.int32_data, proto.int32_data, element, shape) { UInt16(exactly: $0) }
    case .int8: return try wide(.int32_data, proto.int32_data, element, shape) { Int8(exactly: $0) }
    case .bool: return try wide(.int32_data, proto.int32_data, element, shape) { UInt8($0 != 0 ? 1 : 0) }
    case .uint8, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0:
      return try wide(.int32_data, proto.int32_data, element, shape) { UInt8(exactly: $0) }
    case .uint4, .int4, .float4e2m1, .uint2, .int2:
      let packed = Shape([(shape.count * element.bits + 7) / 8])
      let bytes = try wide(.int32_data, proto.int32_data, .uint8, packed) {
        (-128...255).contains($0) ? UInt8(truncatingIfNeeded: $0) : nil
      }
      return unpack(element, shape, bytes.storage)
    case .string, .complex64, .complex128: throw .unsupportedType(element)
    }
  }

  private func wide<Entry: EntryValue, Stored: BitwiseCopyable>(
    _ field: TensorField, _ entries: UnsafeMutablePointer<Entry>?, _ element: ElementType, _ shape: Shape, _ convert: (Entry) -> Stored?
  ) throws(TensorFault) -> Tensor {
    try requireOnly(field)
    guard held(field) == shape.count else { throw .size(field: field, found: held(field), needed: shape.count) }
    let storage = TensorStorage(byteCount: shape.count * element.size)
    let target = storage.bytes.bindMemory(to: Stored.self)
    for index in 0..<shape.count {
      guard let value = convert(entries![index]) else {
        throw .outOfRange(field: field, index: index, value: entries![index].clamped)
      }
      target[index] = value
    }
    return Tensor(element, shape, storage: storage)
  }

  /// One byte per element where ONNX packs several, signed types extended; truth values as 0 and 1.
  private func unpack(_ element: ElementType, _ shape: Shape, _ packed: TensorStorage) -> Tensor {
    if element == .bool, packed.bytes.contains(where: { $0 > 1 }) {
      let storage = TensorStorage(byteCount: shape.count)
      for index in 0..<shape.count { storage.bytes[index] = packed.bytes[index] != 0 ? 1 : 0 }
      return Tensor(element, shape, storage: storage)
    }
    guard element.bits < 8 else { return Tensor(element, shape, storage: packed) }
    let storage = TensorStorage(byteCount: shape.count)
    let perByte = 8 / element.bits
    let mask = UInt8(1 << element.bits) - 1
    let sign: UInt8 = element == .int4 || element == .int2 ? 1 << UInt8(element.bits - 1) : 0
    for index in 0..<shape.count {
      let value = packed.bytes[index / perByte] >> UInt8(index % perByte * element.bits) & mask
      storage.bytes[index] = value & sign != 0 ? value | ~mask : value
    }
    return Tensor(element, shape, storage: storage)
  }
}

/// An entry of a typed field, and how a message would show it.
private protocol EntryValue { var clamped: Int { get } }
extension Int32: EntryValue { fileprivate var clamped: Int { Int(self) } }
extension Int64: EntryValue { fileprivate var clamped: Int { Int(self) } }
extension UInt64: EntryValue { fileprivate var clamped: Int { Int(clamping: self) } }
extension Float: EntryValue { fileprivate var clamped: Int { 0 } }  // floats are never out of range
extension Double: EntryValue { fileprivate var clamped: Int { 0 } }
