/// A Swift type that holds one element of a tensor.
public protocol ModelElement: BitwiseCopyable, Equatable, Sendable {
  static var elementType: ModelElementType { get }
  /// Elements from their bytes, which are a whole number of them.
  static func elements(from bytes: UnsafeRawBufferPointer) -> [Self]
}

extension ModelElement {
  public static func elements(from bytes: UnsafeRawBufferPointer) -> [Self] {
    let count = bytes.count / MemoryLayout<Self>.stride
    return [Self](unsafeUninitializedCapacity: count) { target, filled in
      UnsafeMutableRawBufferPointer(target).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Self>.stride)]))
      filled = count
    }
  }
}

extension Float: ModelElement { public static var elementType: ModelElementType { .float32 } }
extension Double: ModelElement { public static var elementType: ModelElementType { .float64 } }
extension Float16: ModelElement { public static var elementType: ModelElementType { .float16 } }
extension Int8: ModelElement { public static var elementType: ModelElementType { .int8 } }
extension UInt8: ModelElement { public static var elementType: ModelElementType { .uint8 } }
extension Int16: ModelElement { public static var elementType: ModelElementType { .int16 } }
extension UInt16: ModelElement { public static var elementType: ModelElementType { .uint16 } }
extension Int32: ModelElement { public static var elementType: ModelElementType { .int32 } }
extension UInt32: ModelElement { public static var elementType: ModelElementType { .uint32 } }
extension Int64: ModelElement { public static var elementType: ModelElementType { .int64 } }
extension UInt64: ModelElement { public static var elementType: ModelElementType { .uint64 } }

extension Bool: ModelElement {
  public static var elementType: ModelElementType { .bool }
  /// A byte that is not 0 is true.
  public static func elements(from bytes: UnsafeRawBufferPointer) -> [Bool] { bytes.map { $0 != 0 } }
}

/// A tensor of any element type: what goes into `MobileModel.run` and comes out.
public protocol AnyModelTensor: Sendable {
  var elementType: ModelElementType { get }
  var shape: [Int] { get }
  func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value
}

/// Elements of one type, row-major in the order of ONNX's shape.
public struct ModelTensor<Element: ModelElement>: AnyModelTensor, Equatable {
  public let shape: [Int]
  public let elements: [Element]

  /// - Errors: `.argument` where the shape does not have that many elements.
  public init(_ elements: [Element], shape: [Int]) throws(ModelError) {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { throw .wrong("a shape of \(shape) has no number of elements", found: extent) }
      count = product
    }
    guard count == elements.count else {
      throw .wrong("a shape of \(shape) has \(count) elements, there are \(elements.count)", found: elements.count, expected: count)
    }
    (self.shape, self.elements) = (shape, elements)
  }

  /// Elements for the input or output that `port` describes.
  ///
  /// - Errors: `.argument` where it has another type or number of elements.
  public init(_ elements: [Element], for port: ModelPort) throws(ModelError) {
    guard port.type == Element.elementType else { throw .wrong("\(port), not \(Element.elementType)") }
    try self.init(elements, shape: port.shape)
  }

  init(unchecked elements: [Element], _ shape: [Int]) { (self.shape, self.elements) = (shape, elements) }

  public var elementType: ModelElementType { Element.elementType }

  public func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
    try elements.withUnsafeBytes(body)
  }
}

extension ModelPort {
  /// A copy of the bytes of elements of this port's type.
  func tensor(_ bytes: UnsafeRawBufferPointer, _ shape: [Int]) -> any AnyModelTensor {
    func tensor<Element: ModelElement>(_: Element.Type) -> any AnyModelTensor {
      ModelTensor(unchecked: Element.elements(from: bytes), shape)
    }
    return switch type {
    case .float32: tensor(Float.self)
    case .uint8: tensor(UInt8.self)
    case .int8: tensor(Int8.self)
    case .uint16: tensor(UInt16.self)
    case .int16: tensor(Int16.self)
    case .int32: tensor(Int32.self)
    case .int64: tensor(Int64.self)
    case .bool: tensor(Bool.self)
    case .float16: tensor(Float16.self)
    case .float64: tensor(Double.self)
    case .uint32: tensor(UInt32.self)
    case .uint64: tensor(UInt64.self)
    }
  }
}
