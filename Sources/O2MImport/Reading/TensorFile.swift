import O2MTensor

/// A tensor in a file of its own: the form of ONNX's test data, one serialized `TensorProto`.
public struct TensorFile: Sendable {
  /// May be empty.
  public var name: String
  public var tensor: Tensor

  public init(name: String, tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }

  /// Reads `path`.
  ///
  /// - Errors: those of a model file; `.sequenceOrOptional` for the other messages such a file may hold; `.tensor`.
  public init(path: String) throws(ImportError) {
    let file = try ValueFile(path: path, kind: .tensor)
    guard let tensor = file.value.tensor else { throw .tensor(name: file.name, .unsupportedType(.string)) }
    self.init(name: file.name, tensor: tensor)
  }

  /// `files`, all of which hold tensors.
  static func all(_ files: [ValueFile], in folder: String) throws(DataSetError) -> [TensorFile] {
    var tensors: [TensorFile] = []
    for file in files {
      guard let tensor = file.value.tensor else {
        throw .file(path: folder, .tensor(name: file.name, .unsupportedType(.string)))
      }
      tensors.append(TensorFile(name: file.name, tensor: tensor))
    }
    return tensors
  }

  /// The serialized `TensorProto`, with raw data.
  public var bytes: [UInt8] {
    var writer = WireWriter()
    for dim in tensor.shape.dims { writer.put(1, varint: UInt64(dim)) }
    writer.put(2, varint: UInt64(tensor.element.rawValue))
    if !name.isEmpty { writer.put(8, bytes: Array(name.utf8)) }
    writer.put(9, bytes: tensor.packedBytes)
    return writer.bytes
  }
}

/// Writes fields of a protobuf message.
package struct WireWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func put(_ field: Int, varint value: UInt64) {
    raw(UInt64(field) << 3)
    raw(value)
  }

  package mutating func put(_ field: Int, bytes value: [UInt8]) {
    raw(UInt64(field) << 3 | 2)
    raw(UInt64(value.count))
    bytes += value
  }

  package mutating func put(_ field: Int, float value: Float) {
    raw(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func put(_ field: Int, double value: Double) {
    raw(UInt64(field) << 3 | 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  private mutating func raw(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension Tensor {
  /// The elements as ONNX's raw data: little endian, types below 8 bits packed from the low bits up.
  package var packedBytes: [UInt8] {
    withBytes { elements in
      guard element.bits < 8 else { return Array(elements) }
      let perByte = 8 / element.bits
      let mask = UInt8(1 << element.bits) - 1
      var packed = [UInt8](repeating: 0, count: (count + perByte - 1) / perByte)
      for index in 0..<count { packed[index / perByte] |= (elements[index] & mask) << UInt8(index % perByte * element.bits) }
      return packed
    }
  }
}
