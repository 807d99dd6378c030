/// An element type and extents that are all known: what memory is laid out for. Where extents may be open there is `TensorType`.
public struct TypedShape: Equatable, Sendable {
  public var element: ElementType
  public var shape: Shape

  public init(_ element: ElementType, _ shape: Shape) {
    self.element = element
    self.shape = shape
  }

  /// Bytes of a dense tensor. That they can be counted was checked where the extents entered.
  public var byteCount: Int { shape.count * element.size }
}

extension TensorType {
  public init(_ type: TypedShape) { self.init(type.element, type.shape) }
}
