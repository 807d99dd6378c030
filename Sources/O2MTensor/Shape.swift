/// The extents of a tensor, outermost first. Rank 0 is a scalar.
public struct Shape: Equatable, Sendable, ExpressibleByArrayLiteral {
  public var dims: [Int]

  public init(_ dims: [Int]) { self.dims = dims }
  public init(arrayLiteral elements: Int...) { dims = elements }

  public var rank: Int { dims.count }

  /// The number of elements. The product was checked where the shape entered (`checkedCount`).
  public var count: Int { dims.reduce(1, *) }

  /// The number of elements, or nil where an extent is negative or the volume overflows.
  public var checkedCount: Int? { volume.map { dims.contains(0) ? 0 : $0 } }

  /// The product of the extents with 1 in the place of 0, which no stride exceeds; nil where it overflows or an extent is negative.
  public var volume: Int? {
    var product = 1
    for dim in dims {
      let (next, overflow) = product.multipliedReportingOverflow(by: max(dim, 1))
      guard dim >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }

  /// Elements between neighbours along each axis of a dense row-major tensor.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * dims[axis + 1] }
    return strides
  }

  public subscript(axis: Int) -> Int {
    get { dims[axis] }
    set { dims[axis] = newValue }
  }

  /// `axis` counted from the front; nil where it lies outside `-rank ..< rank`.
  public func axis(_ axis: Int) -> Int? {
    axis >= 0 ? (axis < rank ? axis : nil) : (axis + rank >= 0 ? axis + rank : nil)
  }

  /// The shape with ones in front up to `rank`.
  public func padded(to rank: Int) -> Shape {
    Shape([Int](repeating: 1, count: max(0, rank - self.rank)) + dims)
  }

  /// The shape of `self` and `other` broadcast together, or nil.
  ///
  /// - Spec: ONNX, multidirectional broadcasting.
  public func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    let a = padded(to: rank), b = other.padded(to: rank)
    var result = Shape([Int](repeating: 1, count: rank))
    for axis in 0..<rank {
      guard a[axis] == b[axis] || a[axis] == 1 || b[axis] == 1 else { return nil }
      result[axis] = a[axis] == 1 ? b[axis] : a[axis]
    }
    return result
  }

  /// Elements between neighbours when this shape is read as if it were `target`: 0 along broadcast axes.
  public func broadcastStrides(to target: Shape) -> [Int] {
    let own = padded(to: target.rank)
    let dense = own.strides
    return (0..<target.rank).map { own[$0] == 1 && target[$0] != 1 ? 0 : dense[$0] }
  }
}

/// Walks the multi-indices of a shape in row-major order and keeps one flat offset per set of strides.
///
/// It is the loop under every reference that addresses by strides: broadcasting, transposing, slicing.
public struct StridedWalk: ~Copyable {
  private let dims: [Int]
  private let strides: [[Int]]
  /// The current multi-index.
  public private(set) var index: [Int]
  /// One offset per set of strides, for the current multi-index.
  public private(set) var offsets: [Int]

  public init(_ shape: Shape, strides: [[Int]], origins: [Int]? = nil) {
    dims = shape.dims
    self.strides = strides
    index = [Int](repeating: 0, count: dims.count)
    offsets = origins ?? [Int](repeating: 0, count: strides.count)
  }

  /// Steps to the next multi-index; after the last one it is back at the first.
  public mutating func advance() {
    var axis = dims.count - 1
    while axis >= 0 {
      index[axis] += 1
      for k in 0..<strides.count { offsets[k] += strides[k][axis] }
      if index[axis] < dims[axis] { return }
      for k in 0..<strides.count { offsets[k] -= strides[k][axis] * dims[axis] }
      index[axis] = 0
      axis -= 1
    }
  }
}
