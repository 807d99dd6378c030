import O2MTensor

/// Largest element under a moving window, and where it lies. What lies in the padding does not count; NaN wins, then the first one.
///
/// - Spec: ONNX MaxPool-22. Before -8 there is one output. `storage_order` concerns only the second.
/// - Shapes: `x` number `[N, C, D…]` → `y` `[N, C, O…]`, optional `indices` int64 `[N, C, O…]`; 1 to 3 spatial axes. An index counts
///   through all of `x`, its planes row-major or, with `storage_order` 1, column-major.
/// - Parity: exact. A window that lies in the padding altogether gives −infinity, or the smallest integer, and index −1.
/// - Errors: `.emptyOutput` where the window is larger than the input.
public struct MaxPool: OnnxOperator, Computation {
  public static let name: StaticString = "MaxPool"
  public static let code = OpCode.maxPool
  public static let versions = [1, 8, 10, 11, 12, 22]
  public static let elements = ElementClass.numbers

  public var window: Window
  public var ceil: Bool
  public var givesIndices: Bool
  /// Whether indices count through a plane column by column.
  public var columnMajor: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1, outputs: node.opset >= 8 ? 1...2 : 1...1)
    _ = try node.requireInts(.kernel_shape)
    window = try Window(node)
    ceil = try node.flag(.ceil_mode, default: false)
    givesIndices = node.outputCount == 2
    columnMajor = try node.flag(.storage_order, default: false)
  }

  public init(window: Window, ceil: Bool = false) {
    self.window = window
    self.ceil = ceil
    givesIndices = false
    columnMajor = false
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let y = try window.pooled(try inputs.shape(0), ceil: ceil)
    return givesIndices ? [TensorType(element, y), TensorType(.int64, y)] : [TensorType(element, y)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let shape = try window.pooled(x.shape, ceil: ceil)
    let resolved = try window.resolved(x.shape)
    if x.element.isFloat {
      let values = x.doubles()
      var y = [Double](repeating: -.infinity, count: shape.count)
      resolved.pool(values, x.shape, into: &y, shape) { Max.combine($0, $1) }
      let largest = Tensor(x.element, shape, rounding: y)
      guard givesIndices else { return [largest] }
      return [largest, indices(resolved, x.shape, shape) { values[$0] > values[$1] || values[$0].isNaN && !values[$1].isNaN }]
    }
    let values = x.orderedInts()
    let least = Tensor(x.element, [], wrapping: [x.element.leastInt]).orderedInts()[0]
    var y = [Int](repeating: least, count: shape.count)
    resolved.pool(values, x.shape, into: &y, shape) { Max.combine($0, $1) }
    let largest = Tensor(x.element, shape, ordered: y)
    return givesIndices ? [largest, indices(resolved, x.shape, shape) { values[$0] > values[$1] }] : [largest]
  }

  /// For every window the element that no other one of it beats, the first where there are several.
  private func indices(_ window: Window, _ x: Shape, _ y: Shape, beats: (Int, Int) -> Bool) -> Tensor {
    var winners = [Int](repeating: -1, count: y.count)
    window.pool(Array(0..<x.count), x, into: &winners, y) { $0 < 0 || beats($1, $0) ? $1 : $0 }
    if columnMajor {
      let extents = x.dims.dropFirst(2), plane = extents.reduce(1, *)
      winners = winners.map { winner in
        guard winner >= 0 else { return winner }
        var rest = winner % plane, stride = plane, index = winner - rest
        for extent in extents.reversed() {
          stride /= extent
          index += rest % extent * stride
          rest /= extent
        }
        return index
      }
    }
    return Tensor(.int64, y, wrapping: winners)
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    // One byte, which was `ceil` alone in format 1.0 and 1.1.
    record.put(UInt8((ceil ? 1 : 0) + (givesIndices ? 2 : 0) + (columnMajor ? 4 : 0)))
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    let flags = try record.choice(8)
    ceil = flags & 1 != 0
    givesIndices = flags & 2 != 0
    columnMajor = flags & 4 != 0
  }
}

extension Window {
  /// The window with its defaults filled in for a tensor `[N, C, D…]`.
  package func resolved(_ x: Shape) throws(OpFault) -> Window {
    guard (3...5).contains(x.rank) else { throw .rank(input: 0, expected: 3...5, found: x.rank) }
    let input = Array(x.dims.dropFirst(2))
    // Without its own extents the window covers the input.
    return try resolved(kernel: input, input: input)
  }

  /// The shape that pooling `x` gives.
  func pooled(_ x: Shape, ceil: Bool) throws(OpFault) -> Shape {
    let window = try resolved(x)
    let y = Shape([x[0], x[1]] + (try window.output(input: Array(x.dims.dropFirst(2)), ceil: ceil)))
    guard y.checkedCount != nil else { throw .overflow }
    return y
  }

  /// Combines every output with the inputs that its window reaches, tap by tap. The window must be resolved.
  func pool<T>(_ x: [T], _ xShape: Shape, into y: inout [T], _ yShape: Shape, _ combine: (T, T) -> T) {
    let (rows, step) = rows(input: Array(xShape.dims.dropFirst(2)), output: Array(yShape.dims.dropFirst(2)))
    let inputPlane = xShape.dims.dropFirst(2).reduce(1, *), outputPlane = yShape.dims.dropFirst(2).reduce(1, *)
    for plane in 0..<xShape[0] * xShape[1] {
      for row in rows {
        let from = plane * inputPlane + row.input, to = plane * outputPlane + row.output
        for o in row.first..<row.last { y[to + o] = combine(y[to + o], x[from + o * step]) }
      }
    }
  }
}

extension ElementType {
  /// The smallest value of an integer type, as `Tensor.ints` gives it.
  var leastInt: Int {
    switch self {
    case .int2: -2
    case .int4: -8
    case .int8: -128
    case .int16: -32768
    case .int32: Int(Int32.min)
    case .int64: .min
    default: 0
    }
  }

  /// The largest value of an integer type, as `Tensor.ints` gives it; uint64 keeps its bits.
  var greatestInt: Int {
    switch self {
    case .bool, .int2: 1
    case .uint2: 3
    case .int4: 7
    case .uint4: 15
    case .int8: 127
    case .uint8: 255
    case .int16: 32767
    case .uint16: 65535
    case .int32: Int(Int32.max)
    case .uint32: Int(truncatingIfNeeded: UInt32.max)
    case .uint64: -1
    default: .max
    }
  }
}
