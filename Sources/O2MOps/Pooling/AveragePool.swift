import O2MTensor

/// Mean of the elements under a moving window; with `countsPadding` the zeros of the padding count, too.
///
/// - Spec: ONNX AveragePool-22. Before -19 there are no dilations, before -10 no `ceil_mode`. Elements that `ceil_mode` adds behind
///   the padding never count.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, O…]`; 1 to 3 spatial axes.
/// - Parity: one rounding of the float64 mean. A window without any element that counts gives 0.
/// - Errors: `.emptyOutput` where the window is larger than the input.
public struct AveragePool: OnnxOperator, Computation {
  public static let name: StaticString = "AveragePool"
  public static let code = OpCode.averagePool
  public static let versions = [1, 7, 10, 11, 19, 22]
  public static let elements = ElementClass.floats

  public var window: Window
  public var ceil: Bool
  public var countsPadding: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    _ = try node.requireInts(.kernel_shape)
    window = try Window(node, dilated: node.opset >= 19)
    ceil = try node.flag(.ceil_mode, default: false)
    countsPadding = try node.flag(.count_include_pad, default: false)
  }

  public init(window: Window, ceil: Bool = false, countsPadding: Bool = false) {
    self.window = window
    self.ceil = ceil
    self.countsPadding = countsPadding
  }

  public func role(_ inputs: [InputFact?]) -> Role {
    guard countsPadding, !ceil else { return .other }
    return .pooling(PaddedWindow(window: window) { .averagePool(AveragePool(window: $0, countsPadding: true)) })
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    return [TensorType(element, try window.pooled(try inputs.shape(0), ceil: ceil))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let shape = try window.pooled(x.shape, ceil: ceil)
    var y = [Double](repeating: 0, count: shape.count)
    try window.resolved(x.shape).pool(x.doubles(), x.shape, into: &y, shape) { $0 + $1 }
    let counts = try counts(x.shape, shape)
    for index in 0..<y.count { y[index] /= max(1, counts[index % counts.count]) }
    return [Tensor(x.element, shape, rounding: y)]
  }

  /// How many elements each position of an output plane averages.
  package func counts(_ x: Shape, _ y: Shape) throws(OpFault) -> [Double] {
    try window.resolved(x).counts(input: Array(x.dims.dropFirst(2)), output: Array(y.dims.dropFirst(2)), padding: countsPadding)
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(ceil)
    record.put(countsPadding)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    ceil = try record.flag()
    countsPadding = try record.flag()
  }
}

extension Window {
  /// How many taps of each output's window lie inside the input, or, with `padding`, inside the padded input.
  fileprivate func counts(input: [Int], output: [Int], padding: Bool) -> [Double] {
    var counts = [1.0]
    for axis in 0..<kernel.count {
      let low = padding ? -pads[axis] : 0, high = input[axis] + (padding ? pads[kernel.count + axis] : 0)
      let along = (0..<output[axis]).map { o in
        // Of the taps, those from `low` on without those from `high` on.
        let start = o * strides[axis] - pads[axis]
        func taps(before place: Int) -> Int {
          start < place ? min(kernel[axis], (place - 1 - start) / dilations[axis] + 1) : 0
        }
        return max(0, taps(before: high) - taps(before: low))
      }
      counts = counts.flatMap { outer in along.map { outer * Double($0) } }
    }
    return counts
  }
}
