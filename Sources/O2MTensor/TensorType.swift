/// One extent as far as it is known before the model runs.
public enum Dim: Equatable, Sendable {
  case fixed(Int)
  /// A name the model gives, such as `N`: an index into the graph's table of symbols.
  case symbol(Int)
  /// Known only when the model runs.
  case unknown

  public var value: Int? {
    if case .fixed(let value) = self { value } else { nil }
  }
}

/// The element type and the extents of a value.
public struct TensorType: Equatable, Sendable {
  public var element: ElementType
  public var dims: [Dim]

  public init(_ element: ElementType, _ dims: [Dim]) {
    self.element = element
    self.dims = dims
  }

  public init(_ element: ElementType, _ shape: Shape) {
    self.init(element, shape.dims.map { .fixed($0) })
  }

  public var rank: Int { dims.count }

  /// The extents when all of them are known.
  public var shape: Shape? {
    var extents: [Int] = []
    extents.reserveCapacity(dims.count)
    for dim in dims {
      guard let value = dim.value else { return nil }
      extents.append(value)
    }
    return Shape(extents)
  }
}
