import O2MTensor

/// An operator that maps every float by itself: `y[i] = apply(x[i])`, formed in float64 and rounded once.
public protocol FloatFunction: Operator {
  func apply(_ x: Double) -> Double
}

extension FloatFunction {
  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { [try inputs.require(0, elements: .floats).type] }
  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] { [try inputs.tensor(0).mapFloats(apply)] }
}

/// A `FloatFunction` without attributes.
public protocol PlainFloatFunction: FloatFunction, PlainOperator {}

extension PlainFloatFunction {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    self.init()
  }
}

/// An operator over two tensors of one number type, broadcast together.
public protocol BinaryArithmetic: PlainOperator {
  static func apply(_ a: Double, _ b: Double) -> Double
  /// The integer form; the result wraps to the element type.
  static func apply(_ a: Int, _ b: Int) -> Int
}

extension BinaryArithmetic {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    self.init()
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(try inputs.commonElement(.numbers), try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), b = try inputs.tensor(1)
    let shape = try [a, b].facts.broadcastShape()
    if a.element.isFloat { return [Tensor(a.element, shape, rounding: broadcast(a.doubles(), a.shape, b.doubles(), b.shape, to: shape, Self.apply))] }
    return [Tensor(a.element, shape, wrapping: broadcast(a.ints(), a.shape, b.ints(), b.shape, to: shape, Self.apply))]
  }
}

/// An operator that compares two tensors of one type, broadcast together, and gives bool.
public protocol Comparison: PlainOperator {
  static var elements: ElementClass { get }
  static func holds(_ a: Double, _ b: Double) -> Bool
  static func holds(_ a: Int, _ b: Int) -> Bool
}

extension Comparison {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    self.init()
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    _ = try inputs.commonElement(Self.elements)
    return [TensorType(.bool, try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), b = try inputs.tensor(1)
    let shape = try [a, b].facts.broadcastShape()
    let holds =
      a.element.isFloat
      ? broadcast(a.doubles(), a.shape, b.doubles(), b.shape, to: shape) { Self.holds($0, $1) ? 1 : 0 }
      : broadcast(a.ints(), a.shape, b.ints(), b.shape, to: shape) { Self.holds($0, $1) ? 1 : 0 }
    return [Tensor(.bool, shape, wrapping: holds)]
  }
}

extension Tensor {
  /// Every float mapped by itself, in float64, rounded once.
  public func mapFloats(_ body: (Double) -> Double) -> Tensor { Tensor(element, shape, rounding: doubles().map(body)) }
}

extension [InputFact?] {
  /// The element type that all inputs share.
  public func commonElement(_ elements: ElementClass) throws(OpFault) -> ElementType {
    let first = try require(0, elements: elements).type.element
    for index in 1..<Swift.max(1, count) {
      let found = try require(index).type.element
      guard found == first else { throw .elementTypes(input: index, found: found, expected: first) }
    }
    return first
  }

  /// The shape of all inputs broadcast together.
  ///
  /// - Spec: ONNX, multidirectional broadcasting.
  public func broadcastShape() throws(OpFault) -> Shape {
    var result = try shape(0)
    for index in 1..<Swift.max(1, count) {
      let next = try shape(index)
      guard let shape = result.broadcast(with: next) else { throw result.broadcastFault(with: next) }
      result = shape
    }
    guard result.checkedCount != nil else { throw .overflow }
    return result
  }
}

extension Shape {
  fileprivate func broadcastFault(with other: Shape) -> OpFault {
    let rank = max(self.rank, other.rank)
    let a = padded(to: rank), b = other.padded(to: rank)
    let axis = (0..<rank).first { a[$0] != b[$0] && a[$0] != 1 && b[$0] != 1 } ?? 0
    return .broadcast(axis: axis, left: a[axis], right: b[axis])
  }
}

/// `body` over the elements of `a` and `b`, each read as if it had the shape `shape`.
public func broadcast<T, R>(_ a: [T], _ aShape: Shape, _ b: [T], _ bShape: Shape, to shape: Shape, _ body: (T, T) -> R) -> [R] {
  var result: [R] = []
  result.reserveCapacity(shape.count)
  var walk = StridedWalk(shape, strides: [aShape.broadcastStrides(to: shape), bShape.broadcastStrides(to: shape)])
  for _ in 0..<shape.count {
    result.append(body(a[walk.offsets[0]], b[walk.offsets[1]]))
    walk.advance()
  }
  return result
}
