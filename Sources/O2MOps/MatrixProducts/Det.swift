import O2MTensor

/// Determinants of square matrices, by elimination with row exchanges: the product of the pivots, signed by the exchanges.
///
/// - Spec: ONNX Det-22. -11 allows fewer types.
/// - Shapes: `x` float `[*, M, M]` → `y` `[*]`. The determinant of an empty matrix is 1.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.rank` for less than two axes; `.extent` where the matrices are not square.
public struct Det: PlainOperator, Computation {
  public static let name: StaticString = "Det"
  public static let code = OpCode.det
  public static let versions = [11, 22]
  public static let elements = ElementClass.floats

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0, elements: Self.elements).type
    guard x.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: x.rank) }
    if let rows = x.dims[x.rank - 2].value, let columns = x.dims[x.rank - 1].value, rows != columns {
      throw .extent(input: 0, axis: x.rank - 1, expected: rows, found: columns)
    }
    return [TensorType(x.element, Array(x.dims.dropLast(2)))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape()
    let x = try inputs.tensor(0), size = x.shape[x.shape.rank - 1]
    var rows = x.doubles()
    return [Tensor(x.element, shape, rounding: (0..<shape.count).map { Self.determinant(&rows, at: $0 * size * size, size) })]
  }

  /// The determinant of the matrix of `size` rows at `start`, which is eliminated in place.
  private static func determinant(_ a: inout [Double], at start: Int, _ size: Int) -> Double {
    var product = 1.0
    for column in 0..<size {
      var pivot = column
      for row in column..<size where abs(a[start + row * size + column]) > abs(a[start + pivot * size + column]) { pivot = row }
      if pivot != column {
        product = -product
        for k in 0..<size { a.swapAt(start + pivot * size + k, start + column * size + k) }
      }
      let head = a[start + column * size + column]
      product *= head
      guard head != 0 else { return 0 }
      for row in (column + 1)..<max(size, column + 1) {
        let factor = a[start + row * size + column] / head
        for k in column..<size { a[start + row * size + k] -= factor * a[start + column * size + k] }
      }
    }
    return product
  }
}
