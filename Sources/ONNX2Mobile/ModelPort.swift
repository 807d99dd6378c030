internal import CO2MRuntime

/// The type of a tensor's elements, numbered as in ONNX's `TensorProto.DataType`.
public enum ModelElementType: Int32, CaseIterable, Sendable, CustomStringConvertible {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case float64 = 11
  case uint32 = 12
  case uint64 = 13

  public var description: String {
    switch self {
    case .float32: "float32"
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .bool: "bool"
    case .float16: "float16"
    case .float64: "float64"
    case .uint32: "uint32"
    case .uint64: "uint64"
    }
  }
}

/// An input or output of a model.
public struct ModelPort: Equatable, Sendable, CustomStringConvertible {
  public let name: String
  public let type: ModelElementType
  /// Extents in the order of ONNX's shape.
  public let shape: [Int]

  /// How many elements the shape has.
  public var count: Int { shape.reduce(1, *) }

  public var description: String { "\(name): \(type) \(shape)" }
}

extension ModelPort {
  /// - Errors: `.unsupported` where the elements have a type that this module does not know.
  init(_ name: String, _ tensor: o2m_tensor) throws(ModelError) {
    guard let type = ModelElementType(rawValue: tensor.type) else {
      throw .unsupported("'\(name)' has elements of type \(tensor.type), which this version of ONNX2Mobile does not know; update it")
    }
    self.name = name
    self.type = type
    shape = withUnsafeBytes(of: tensor.dims) { bytes in
      bytes.bindMemory(to: UInt64.self).prefix(Int(tensor.rank)).map { Int(clamping: $0) }
    }
  }
}
