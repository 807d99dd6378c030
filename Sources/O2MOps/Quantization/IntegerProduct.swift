import O2MTensor

// Products of quantized numbers. Their sums are formed in float64, where they are exact: a product of two numbers of 8 bits takes 16
// bits, and float64 holds sums of 2^37 of them.

/// Operands of a matrix product that have a scale or a zero point for each row (of `a`) or column (of `b`).
enum ProductSide {
  case rows, columns

  /// The shape in which parameters meet the matrix; one for all may have any shape, a vector runs along its axis.
  func align(_ parameters: Shape) -> Shape {
    if parameters.count == 1 { return [] }
    return self == .rows && parameters.rank == 1 ? [parameters[0], 1] : parameters
  }
}

extension [InputFact?] {
  /// Throws unless the input at `index` has one element, or one for each row or column of the matrices at `matrix`.
  func requireLines(_ index: Int, _ side: ProductSide, of matrix: Int) throws(OpFault) {
    let lines = side.align(try shape(index)), own = try shape(matrix)
    guard lines.rank > 0 else { return }
    guard own.rank >= 2 else { throw .elementCount(expected: 1, found: lines.count) }
    var target = own
    target[own.rank - (side == .rows ? 1 : 2)] = 1
    guard target.broadcast(with: lines) == target else { throw .elementCount(expected: target.count, found: lines.count) }
  }
}

extension Tensor {
  /// `x − zero` as float64, with a zero point for all elements or for each row or column.
  func centered(_ zero: Tensor?, _ side: ProductSide) -> [Double] {
    guard let zero else { return doubles() }
    return broadcast(doubles(), shape, zero.doubles(), side.align(zero.shape), to: shape) { $0 - $1 }
  }
}

/// The attributes of a convolution of quantized numbers, and what such operators have in common.
public protocol IntegerConvolution: OnnxOperator, ProductOperator {
  var window: Window { get set }
  var group: Int { get set }
  init(window: Window, group: Int)
}

extension IntegerConvolution {
  public static var elements: ElementClass { .integers }
  init(reading node: some NodeSource) throws(OpFault) {
    let window = try Window(node), group = try node.int(.group, default: 1)
    guard group >= 1 else { throw .attribute(.group, .outOfRange) }
    self.init(window: window, group: group)
  }

  /// The output's shape, where `x` and `w` are the inputs at these indices and `wZero` is that of the weights' zero points.
  func output(_ inputs: [InputFact?], x: Int, w: Int, xZero: Int, wZero: Int) throws(OpFault) -> Shape {
    for (index, zero) in [(x, xZero), (w, wZero)] {
      let element = try inputs.require(index, elements: .wholeIntegers).type.element
      guard element.bits == 8 else { throw .elementType(input: index, found: element) }
      guard inputs.has(zero) else { continue }
      let found = try inputs.require(zero).type.element
      guard found == element else { throw .elementTypes(input: zero, found: found, expected: element) }
    }
    let weights = try inputs.shape(w)
    let shape = try convolutionOutput(try inputs.shape(x), weights, window: window, group: group, weightInput: w)
    if inputs.has(xZero) { try inputs.requireSingle(xZero) }
    if inputs.has(wZero) { try inputs.requireChannels(wZero, weights[0]) }
    return shape
  }

  /// The sums of products of `x − xZero` and `w − wZero`; the padding counts as zero points.
  func sums(_ x: Tensor, _ xZero: Tensor?, _ w: Tensor, _ wZero: Tensor?, output: Shape) throws(OpFault) -> [Double] {
    let spatial = Array(x.shape.dims.dropFirst(2))
    let resolved = try window.resolved(kernel: Array(w.shape.dims.dropFirst(2)), input: spatial)
    let perOutput = w.shape.count / max(1, w.shape[0]), zeros = wZero?.doubles() ?? [0]
    let weights = w.doubles().enumerated().map { $1 - zeros[zeros.count == 1 ? 0 : $0 / perOutput] }
    return convolve(
      Tensor(.float64, x.shape, rounding: x.centered(xZero, .columns)), Tensor(.float64, w.shape, rounding: weights), output: output,
      window: resolved, group: group)
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(group)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    let window = try Window(from: &record)
    self.init(window: window, group: try record.int(in: RecordReader.counts))
  }
}

extension [InputFact?] {
  /// Throws unless the input at `index` has one element, or one per output channel.
  func requireChannels(_ index: Int, _ channels: Int) throws(OpFault) {
    let found = try shape(index)
    guard found.count == 1 || found == [channels] else { throw .elementCount(expected: channels, found: found.count) }
  }
}
