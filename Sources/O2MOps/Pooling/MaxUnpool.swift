import O2MTensor

/// Puts every element back where MaxPool found it, and zeros elsewhere: `y[indices[i]] = x[i]`.
///
/// - Spec: ONNX MaxUnpool-22. Indices count through the shape that undoes the pooling; where `output_shape` is larger, what it adds lies
///   behind.
/// - Shapes: `x` number `[N, C, O…]`, `indices` int64 like `x`, `output_shape` integers, known before the model runs, optional → `y`
///   `[N, C, D…]`, D = stride·(O − 1) + kernel − pads; 1 to 3 spatial axes.
/// - Parity: exact. Of elements with one index the last one stays.
/// - Errors: `.index` for an index outside the shape; `.extent` where `output_shape` is smaller than it.
public struct MaxUnpool: OnnxOperator, Computation {
  public static let name: StaticString = "MaxUnpool"
  public static let code = OpCode.maxUnpool
  public static let versions = [9, 11, 22]
  public static let elements = ElementClass.numbers

  public var window: Window

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    _ = try node.requireInts(.kernel_shape)
    window = try Window(node, dilated: false)
    window.autoPad = .explicit
  }

  /// The shape that the indices count through, and that of the output.
  private func shapes(_ inputs: [InputFact?]) throws(OpFault) -> (pooled: Shape, output: Shape) {
    let x = try inputs.shape(0), indices = try inputs.shape(1, elements: .integers)
    guard indices.rank == x.rank else { throw .rank(input: 1, expected: x.rank...x.rank, found: indices.rank) }
    for axis in 0..<x.rank where indices[axis] != x[axis] { throw .extent(input: 1, axis: axis, expected: x[axis], found: indices[axis]) }
    let window = try window.resolved(x), rank = window.kernel.count
    var dims = Array(x.dims.prefix(2))
    for axis in 0..<rank {
      let (span, overflow) = max(0, x[axis + 2] - 1).multipliedReportingOverflow(by: window.strides[axis])
      guard !overflow, span <= Int.max / 2 else { throw .overflow }
      dims.append(span + window.kernel[axis] - window.pads[axis] - window.pads[rank + axis])
      guard dims[axis + 2] >= 1 else { throw .emptyOutput(axis: axis + 2, extent: dims[axis + 2]) }
    }
    let pooled = try checked(dims)
    guard let stated = try inputs.optionalInts(2) else { return (pooled, pooled) }
    guard stated.count == x.rank else { throw .elementCount(expected: x.rank, found: stated.count) }
    for axis in 0..<x.rank where stated[axis] < pooled[axis] {
      throw .extent(input: 2, axis: axis, expected: pooled[axis], found: stated[axis])
    }
    return (pooled, try checked(stated))
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    guard index == 1, let count = try? shapes(inputs).pooled.count, count > 0 else { return nil }
    return 0...count - 1
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(try inputs.require(0, elements: Self.elements).type.element, try shapes(inputs).output)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), indices = try inputs.tensor(1).ints()
    let (pooled, output) = try shapes(inputs.facts)
    let strides = output.strides
    var source = [Int](repeating: -1, count: output.count)
    for (from, index) in indices.enumerated() {
      guard index >= 0, index < pooled.count else { throw .index(input: 1, found: index, limit: pooled.count) }
      var rest = index, target = 0
      for axis in stride(from: pooled.rank - 1, through: 0, by: -1) {
        target += rest % pooled[axis] * strides[axis]
        rest /= pooled[axis]
      }
      source[target] = from
    }
    return [x.gathered(output, source: source)]
  }

  public func encode(to record: inout RecordWriter) { window.encode(to: &record) }
  public init(from record: inout RecordReader) throws(FormatFault) { window = try Window(from: &record) }
}
