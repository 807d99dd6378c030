import O2MTensor

/// Which scale and zero point belong to each element: one pair for all, one per index of an axis, or one per block along an axis.
///
/// - Spec: ONNX QuantizeLinear-25, "quantization granularity".
struct Granularity: Equatable {
  /// The elements of one index of the axis, and the extent of the axis.
  let inner: Int
  let extent: Int
  /// Elements of the axis that share a pair, and how many such blocks there are; 0 blocks where one pair serves all.
  let block: Int
  let blocks: Int
  /// Whether every line along the axis has pairs of its own.
  let isBlocked: Bool

  /// - Errors: `.axis`, `.rank`, `.extent` where the scales (input 1) do not fit `x`.
  init(_ x: Shape, scales: Shape, axis: Int, blockSize: Int) throws(OpFault) {
    guard scales.count != 1 || blockSize > 0 && scales.rank > 1 else {
      inner = 1
      extent = 1
      block = 1
      blocks = 0
      isBlocked = false
      return
    }
    let axis = try x.resolve(axis)
    isBlocked = blockSize > 0
    extent = x[axis]
    inner = x.dims[(axis + 1)...].reduce(1, *)
    block = max(1, blockSize)
    blocks = extent == 0 ? 0 : (extent - 1) / block + 1
    let rank = isBlocked ? x.rank : 1
    guard scales.rank == rank else { throw .rank(input: 1, expected: rank...rank, found: scales.rank) }
    for index in 0..<rank {
      let expected = index == (isBlocked ? axis : 0) ? blocks : x[index]
      guard scales[index] == expected else { throw .extent(input: 1, axis: index, expected: expected, found: scales[index]) }
    }
  }

  /// The index of the pair of an element, both row-major.
  func pair(_ element: Int) -> Int {
    if blocks == 0 { return 0 }
    let line = element / inner, index = line % extent
    return isBlocked ? (line / extent * blocks + index / block) * inner + element % inner : index
  }
}

extension [InputFact?] {
  /// Throws unless the input at `index` is absent or has the shape of the scales at `scale`; one element may have any shape.
  func requireZeroPoint(_ index: Int, _ element: ElementType, scale: Int) throws(OpFault) {
    guard has(index) else { return }
    let found = try require(index).type.element
    guard found == element else { throw .elementTypes(input: index, found: found, expected: element) }
    let zero = try shape(index), scales = try shape(scale)
    guard zero == scales || zero.count == 1 && scales.count == 1 else { throw .elementCount(expected: scales.count, found: zero.count) }
  }

  /// The shape of an input that must hold one element.
  func requireSingle(_ index: Int) throws(OpFault) {
    let count = try shape(index).count
    guard count == 1 else { throw .elementCount(expected: 1, found: count) }
  }
}

extension ElementType {
  /// What QuantizeLinear may give and DequantizeLinear may take.
  var isQuantized: Bool { isInteger ? bits <= 16 : smallFloat != nil && self != .float8e8m0 }

  /// Types of scales, which are those of the numbers that they scale too.
  var isScale: Bool { self == .float32 || self == .float16 || self == .bfloat16 }
}

/// `y[i] = saturate(round(x[i]) + zero[i])`, halves to even, for integers; floats round the sum once. NaN is 0 to an integer.
@inline(never)
func quantized(
  _ x: [Double], _ shape: Shape, as element: ElementType, saturating: Bool = true, zero: (Int) -> Double
) -> Tensor {
  guard element.isInteger else {
    return Tensor(element, shape, rounding: x.indices.map { x[$0] + zero($0) }, saturating: saturating)
  }
  let least = Double(element.leastInt), most = Double(element.greatestInt)
  let y = x.indices.map { index in
    let whole = x[index].isNaN ? 0 : x[index].rounded(.toNearestOrEven)
    return Int(min(max(whole + zero(index), least), most))
  }
  return Tensor(element, shape, wrapping: y)
}

extension [Double] {
  /// Every value as `element` would hold it.
  func rounded(to element: ElementType) -> [Double] { element == .float64 ? self : Tensor(element, [count], rounding: self).doubles() }
}
