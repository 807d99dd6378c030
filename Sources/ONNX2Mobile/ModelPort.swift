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

/// What an extent of an input may be: `minimum`, or a number of `step`s above it, up to `maximum`.
public struct ModelExtent: Equatable, Sendable {
  public let minimum: Int
  public let maximum: Int
  public let step: Int

  public var isFixed: Bool { minimum == maximum }

  public func contains(_ extent: Int) -> Bool {
    extent >= minimum && extent <= maximum && (extent - minimum) % step == 0
  }
}

/// An input or output of a model.
public struct ModelPort: Equatable, Sendable, CustomStringConvertible {
  public let name: String
  public let type: ModelElementType
  /// Extents in the order of ONNX's shape; typical ones where they are open, or follow from open ones.
  public let shape: [Int]
  /// What each extent of an input may be; empty for an output.
  public internal(set) var extents: [ModelExtent] = []
  /// The output whose elements an input takes from the run before in a `ModelStream`; nil where the caller gives it.
  public internal(set) var state: String?

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
    shape = tensor.shape
  }
}

extension o2m_tensor {
  var shape: [Int] {
    withUnsafeBytes(of: dims) { bytes in bytes.bindMemory(to: UInt64.self).prefix(Int(rank)).map { Int(clamping: $0) } }
  }

  /// Of a rank beyond the runtime's the first extents are there; nil is the shape that follows from those of the other inputs.
  init(shape: [Int]?) {
    self.init()
    guard let shape else {
      rank = .max
      return
    }
    rank = UInt32(clamping: shape.count)
    withUnsafeMutableBytes(of: &dims) { bytes in
      let extents = bytes.bindMemory(to: UInt64.self)
      for (axis, extent) in shape.prefix(extents.count).enumerated() { extents[axis] = UInt64(clamping: extent) }
    }
  }
}
