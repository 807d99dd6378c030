import O2MTensor

/// An operator that normalises exponentials along one axis, or, before opset 13, along the axis and all behind it.
public protocol ExponentialNormalization: OnnxOperator, Computation {
  var axis: Int { get set }
  /// Whether the tensor is read as a matrix: the axes before `axis`, and those from it on.
  var flattens: Bool { get set }
  init(axis: Int, flattens: Bool)
  /// The result for an element: `x` less the largest element of its line, and the sum of all `exp(x)` of the line.
  static func apply(_ x: Double, sum: Double) -> Double
  static var isLog: Bool { get }
}

extension ExponentialNormalization {
  public static var elements: ElementClass { .floats }
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    let flattens = node.opset < 13
    self.init(axis: try node.int(.axis, default: flattens ? 1 : -1), flattens: flattens)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: .floats).type
    _ = try lines(try inputs.shape(0))
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let lines = try lines(x.shape)
    var y = x.doubles()
    for outer in 0..<lines.outer {
      for inner in 0..<lines.inner {
        lines.normalize(&y, from: outer * lines.extent * lines.inner + inner, Self.apply)
      }
    }
    return [Tensor(x.element, x.shape, rounding: y)]
  }

  /// The lines that are normalised, each for itself.
  public func lines(_ x: Shape) throws(OpFault) -> Lines {
    // The matrix of old opsets may have one column of everything, or, for an axis behind the last, one row.
    if flattens, axis == x.rank { return Lines(outer: x.count, extent: 1, inner: 1) }
    let axis = try x.resolve(axis)
    let before = x.dims[..<axis].reduce(1, *), behind = x.dims[(axis + 1)...].reduce(1, *)
    return flattens ? Lines(outer: before, extent: x[axis] * behind, inner: 1) : Lines(outer: before, extent: x[axis], inner: behind)
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(flattens)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    self.init(axis: try record.int(), flattens: try record.flag())
  }
}

/// A row-major tensor seen as `[outer, extent, inner]`: lines of `extent` elements, `inner` apart.
public struct Lines: Equatable, Sendable {
  public var outer: Int
  public var extent: Int
  public var inner: Int

  fileprivate func normalize(_ y: inout [Double], from start: Int, _ apply: (Double, Double) -> Double) {
    var largest = -Double.infinity, sum = 0.0
    for k in 0..<extent { largest = Max.combine(largest, y[start + k * inner]) }
    for k in 0..<extent {
      y[start + k * inner] -= largest
      sum += Exp().apply(y[start + k * inner])
    }
    for k in 0..<extent { y[start + k * inner] = apply(y[start + k * inner], sum) }
  }
}

extension Shape {
  /// The lines along `axis`.
  func lines(along axis: Int) -> Lines {
    Lines(outer: dims[..<axis].reduce(1, *), extent: dims[axis], inner: dims[(axis + 1)...].reduce(1, *))
  }
}
