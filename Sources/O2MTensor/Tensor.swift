import CO2MPlatform

/// Memory that tensors share. A subclass can keep the owner of borrowed memory alive.
open class TensorStorage: @unchecked Sendable {
  public let bytes: UnsafeMutableRawBufferPointer
  private let owned: Bool

  /// Fresh memory, aligned to 64 bytes, all zero.
  public init(byteCount: Int) {
    bytes = Self.allocated(byteCount)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    owned = true
  }

  /// Fresh memory, aligned to 64 bytes, of which every byte is to be written before it is read.
  public init(unfilled byteCount: Int) {
    bytes = Self.allocated(byteCount)
    owned = true
  }

  private static func allocated(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    guard let base = o2m_allocate(max(byteCount, 1)) else { preconditionFailure("no memory for a tensor") }
    return UnsafeMutableRawBufferPointer(start: base, count: byteCount)
  }

  /// Memory that somebody else owns and that outlives this object; it is only read.
  public init(borrowing memory: UnsafeRawBufferPointer) {
    bytes = UnsafeMutableRawBufferPointer(mutating: memory)
    owned = false
  }

  deinit { if owned { o2m_free(bytes.baseAddress) } }
}

/// A dense row-major array of one element type. Immutable once made; copies share memory.
///
/// - Units: types of less than 8 bits take one byte per element.
public struct Tensor: Sendable {
  public let element: ElementType
  public let shape: Shape
  public let storage: TensorStorage

  /// Wraps memory of exactly `shape.count * element.size` bytes.
  public init(_ element: ElementType, _ shape: Shape, storage: TensorStorage) {
    precondition(storage.bytes.count == shape.count * element.size)
    self.element = element
    self.shape = shape
    self.storage = storage
  }

  /// A new tensor of zeros that `fill` writes to.
  public init<T: Element>(
    _ shape: Shape, of type: T.Type = T.self, as element: ElementType? = nil, filledBy fill: (UnsafeMutableBufferPointer<T>) -> Void
  ) {
    let element = element ?? T.elementType
    precondition(element.size == MemoryLayout<T>.size)
    storage = TensorStorage(byteCount: shape.count * element.size)
    self.element = element
    self.shape = shape
    fill(storage.bytes.bindMemory(to: T.self))
  }

  public init<T: Element>(_ shape: Shape, _ values: [T]) {
    precondition(values.count == shape.count)
    self.init(shape, of: T.self) { target in
      for index in 0..<values.count { target[index] = values[index] }
    }
  }

  public static func scalar<T: Element>(_ value: T) -> Tensor { Tensor([], [value]) }

  /// A rank-1 int64 tensor: ONNX's form of a shape or a list of axes.
  public static func indices(_ values: [Int]) -> Tensor { Tensor([values.count], values.map { Int64($0) }) }

  public var count: Int { shape.count }
  public var type: TensorType { TensorType(element, shape) }

  /// The same memory under another shape of the same count.
  public func reshaped(_ shape: Shape) -> Tensor { Tensor(element, shape, storage: storage) }

  public func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try body(UnsafeRawBufferPointer(storage.bytes))
  }

  /// The elements in place; `T` must be as wide as the element type.
  public func withElements<T: Element, R, E: Error>(
    of type: T.Type, _ body: (UnsafeBufferPointer<T>) throws(E) -> R
  ) throws(E) -> R {
    precondition(element.size == MemoryLayout<T>.size)
    return try body(UnsafeBufferPointer(storage.bytes.bindMemory(to: T.self)))
  }
}
