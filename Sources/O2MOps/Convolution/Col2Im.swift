import O2MTensor

/// Pictures put together from blocks that overlap: every element is the sum of the block elements that lie on it.
///
///     y[n, c, l·stride + k·dilation − pad] += x[n, c·∏K + k, l]
///
/// - Spec: ONNX Col2Im-18.
/// - Shapes: `x` number `[N, C·∏K, L]`, `image_shape` and `block_shape` integers, known before the model runs → `y` `[N, C, D…]`; 1 to 3
///   spatial axes; L is the number of places that the block has in the padded picture.
/// - Parity: sums of at most ∏K terms, in float64; integers wrap.
/// - Errors: `.extent` where channels or places disagree; `.emptyOutput` where the block is larger than the picture.
public struct Col2Im: OnnxOperator, Computation {
  public static let name: StaticString = "Col2Im"
  public static let code = OpCode.col2Im
  public static let versions = [18]
  public static let elements = ElementClass.numbers

  /// Its kernel is empty: the block is an input.
  public var window: Window

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    window = try Window(node)
    window.autoPad = .explicit
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let x = try inputs.shape(0)
    guard x.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: x.rank) }
    let (window, image, places) = try fold(inputs)
    let block = try checked(window.kernel).count
    guard x[1] % block == 0 else { throw .extent(input: 0, axis: 1, expected: x[1] - x[1] % block, found: x[1]) }
    let count = try checked(places).count
    guard x[2] == count else { throw .extent(input: 0, axis: 2, expected: count, found: x[2]) }
    return [TensorType(element, try checked([x[0], x[1] / block] + image))]
  }

  /// The block as a window, the picture's extents and the places of the block along each axis.
  private func fold(_ inputs: [InputFact?]) throws(OpFault) -> (window: Window, image: [Int], places: [Int]) {
    let image = try inputs.requireInts(1)
    var window = window
    window.kernel = try inputs.requireInts(2)
    guard image.allSatisfy({ $0 >= 0 && $0 <= 1 << 30 }) else { throw .index(input: 1, found: image.min() ?? 0, limit: 1 << 30) }
    guard window.kernel.allSatisfy({ $0 >= 1 && $0 <= Window.limit }) else {
      throw .index(input: 2, found: window.kernel.min() ?? 0, limit: Window.limit)
    }
    window = try window.resolved(kernel: window.kernel, input: image)
    return (window, image, try window.output(input: image))
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), facts = inputs.facts
    let shape = try infer(facts)[0].knownShape()
    let (window, image, places) = try fold(facts)
    if x.element.isFloat {
      var y = [Double](repeating: 0, count: shape.count)
      window.fold(x.doubles(), into: &y, planes: shape[0] * shape[1], image, places) { $0 + $1 }
      return [Tensor(x.element, shape, rounding: y)]
    }
    var y = [Int](repeating: 0, count: shape.count)
    window.fold(x.ints(), into: &y, planes: shape[0] * shape[1], image, places) { $0 &+ $1 }
    return [Tensor(x.element, shape, wrapping: y)]
  }

  public func encode(to record: inout RecordWriter) { window.encode(to: &record) }
  public init(from record: inout RecordReader) throws(FormatFault) { window = try Window(from: &record) }
}

extension Window {
  /// Adds the blocks `[plane, tap, place]` to the pictures `[plane, image]` where each tap lies.
  fileprivate func fold<T>(_ x: [T], into y: inout [T], planes: Int, _ image: [Int], _ places: [Int], _ add: (T, T) -> T) {
    let (rows, step) = rows(input: image, output: places)
    let taps = kernel.reduce(1, *), count = places.reduce(1, *), plane = image.reduce(1, *)
    for p in 0..<planes {
      for row in rows {
        let from = (p * taps + row.tap) * count + row.output, to = p * plane + row.input
        for o in row.first..<row.last { y[to + o * step] = add(y[to + o * step], x[from + o]) }
      }
    }
  }
}
