import O2MTensor

/// Quantization: `y = saturate(round(x / scale) + zero)`, halves to even.
///
/// The quotient is rounded to the type that `precision` names, else to that of the scale. Floats of 8 bits or less take
/// `x / scale + zero` rounded to them; `saturate` says what becomes of those out of range.
///
/// - Spec: ONNX QuantizeLinear-28. -10 is per tensor only; -13 has no `block_size` and fewer types.
/// - Shapes: `x` float or int32 `[*]`, `scale` float, `[]`, `[D]` or blocked, `zero` of its shape, optional → `y` like `x`.
/// - Parity: exact. NaN, which ONNX leaves open, is the zero point of an integer type.
/// - Errors: `.extent` where scales do not fit; `.elementTypes` where `zero` and `output_dtype` disagree.
public struct QuantizeLinear: OnnxOperator, ElementwiseOperator {
  public static let name: StaticString = "QuantizeLinear"
  public static let code = OpCode.quantizeLinear
  public static let versions = [10, 13, 19, 21, 23, 24, 25, 28]
  public static let elements = ElementClass.numbers

  public var axis: Int
  public var blockSize: Int
  public var saturates: Bool
  public var output: ElementType?
  public var precision: ElementType?

  public init(
    axis: Int = 1, blockSize: Int = 0, saturates: Bool = true, output: ElementType? = nil, precision: ElementType? = nil
  ) {
    self.axis = axis
    self.blockSize = blockSize
    self.saturates = saturates
    self.output = output
    self.precision = precision
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    axis = try node.int(.axis, default: 1)
    blockSize = try node.quantizationBlock()
    saturates = try node.flag(.saturate, default: true)
    output = try node.optionalType(.output_dtype)
    precision = try node.optionalType(.precision)
    if let output, !output.isQuantized { throw .attribute(.output_dtype, .outOfRange) }
    if let precision, !precision.isScale { throw .attribute(.precision, .outOfRange) }
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type.element, scale = try inputs.require(1).type.element
    guard x.isScale || x == .int32 else { throw .elementType(input: 0, found: x) }
    guard scale.isScale || scale == .int32 || scale == .float8e8m0 else { throw .elementType(input: 1, found: scale) }
    let shape = try inputs.shape(0)
    _ = try granularity(shape, try inputs.shape(1))
    var element = output ?? .uint8
    if inputs.has(2) {
      let zero = try inputs.require(2).type.element
      guard zero.isQuantized else { throw .elementType(input: 2, found: zero) }
      guard output == nil || output == zero else { throw .elementTypes(input: 2, found: zero, expected: element) }
      element = zero
      try inputs.requireZeroPoint(2, zero, scale: 1)
    }
    return [TensorType(element, shape)]
  }

  func granularity(_ x: Shape, _ scales: Shape) throws(OpFault) -> Granularity {
    try Granularity(x, scales: scales, axis: axis, blockSize: blockSize)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), scale = try inputs.tensor(1), zero = inputs.optional(2)?.doubles()
    let element = try infer(inputs.facts)[0].element, pairs = try granularity(x.shape, scale.shape)
    // An integer scale and one that is a power of two leave the precision to the numbers.
    let fallback: ElementType = scale.element.isScale ? scale.element : x.element.isScale ? x.element : .float32
    let precision = precision ?? fallback
    let scales = scale.doubles().rounded(to: precision), values = x.doubles().rounded(to: precision)
    let quotients = values.indices.map { values[$0] / scales[pairs.pair($0)] }.rounded(to: precision)
    return [quantized(quotients, x.shape, as: element, saturating: saturates) { zero?[pairs.pair($0)] ?? 0 }]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(blockSize)
    record.put(saturates)
    record.put(output)
    record.put(precision)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    blockSize = try record.int(in: 0...RecordReader.counts.upperBound)
    saturates = try record.flag()
    output = try record.optionalType()
    precision = try record.optionalType()
  }
}

extension NodeSource {
  /// 0 where there are no blocks.
  func quantizationBlock() throws(OpFault) -> Int {
    let size = try int(.block_size, default: 0)
    guard size >= 0 else { throw .attribute(.block_size, .outOfRange) }
    return size
  }

  /// An element type where 0, which names none, is the default.
  func optionalType(_ name: AttributeName) throws(OpFault) -> ElementType? {
    try int(name) == 0 ? nil : try elementType(name)
  }
}

extension RecordWriter {
  /// The ONNX number of an element type; 0 for none.
  mutating func put(_ element: ElementType?) { put(element?.rawValue ?? UInt8(0)) }
}

extension RecordReader {
  mutating func optionalType() throws(FormatFault) -> ElementType? {
    let start = offset
    let number = try byte()
    guard number > 0 else { return nil }
    guard let element = ElementType(rawValue: number), element.isHeld else {
      throw .value(offset: start, found: Int(number), limit: ElementType.allCases.count)
    }
    return element
  }
}
