import O2MTensor

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

  /// Throws unless the input at `index` can be read as if it had the shape `target`.
  ///
  /// - Spec: ONNX, unidirectional broadcasting.
  public func requireBroadcastable(_ index: Int, to target: Shape) throws(OpFault) {
    let own = try shape(index)
    guard target.broadcast(with: own) == target else { throw target.broadcastFault(with: own) }
  }
}

extension Shape {
  fileprivate func broadcastFault(with other: Shape) -> OpFault {
    let rank = max(self.rank, other.rank)
    let a = padded(to: rank), b = other.padded(to: rank)
    let axis =
      (0..<rank).first { a[$0] != b[$0] && a[$0] != 1 && b[$0] != 1 } ?? (0..<rank).first { a[$0] != b[$0] && b[$0] != 1 } ?? 0
    return .broadcast(axis: axis, left: rank > 0 ? a[axis] : 1, right: rank > 0 ? b[axis] : 1)
  }
}

/// `body` over the elements of `a` and `b`, each read as if it had the shape `shape`.
public func broadcast<T, R>(_ a: [T], _ aShape: Shape, _ b: [T], _ bShape: Shape, to shape: Shape, _ body: (T, T) -> R) -> [R] {
  let count = shape.count
  if aShape == shape, bShape == shape {
    return [R](unsafeUninitializedCapacity: count) { result, filled in
      for index in 0..<count { result.initializeElement(at: index, to: body(a[index], b[index])) }
      filled = count
    }
  }
  // The last axis is the inner loop; the others are walked.
  let left = aShape.broadcastStrides(to: shape), right = bShape.broadcastStrides(to: shape)
  let row = shape.dims.last ?? 1, leftStep = left.last ?? 0, rightStep = right.last ?? 0
  var walk = StridedWalk(Shape(shape.dims.dropLast()), strides: [left.dropLast(), right.dropLast()].map { Array($0) })
  return [R](unsafeUninitializedCapacity: count) { result, filled in
    while filled < count {
      let i = walk.offsets[0], j = walk.offsets[1]
      for k in 0..<row { result.initializeElement(at: filled + k, to: body(a[i + k * leftStep], b[j + k * rightStep])) }
      filled += row
      walk.advance()
    }
  }
}
