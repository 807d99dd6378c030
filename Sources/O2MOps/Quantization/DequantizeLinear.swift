import O2MTensor

/// What quantized numbers stand for: `y = (x − zero) · scale`.
///
/// - Spec: ONNX DequantizeLinear-28. -10 is per tensor only; -13 has no `block_size`, -23 no `output_dtype`.
/// - Shapes: `x` integer, or float of 8 or 4 bits `[*]`, `scale` float, `[]`, `[D]` or blocked, `zero` of its shape, optional → `y` like
///   `x`, of the type that `output_dtype` names, else of that of the scale.
/// - Parity: exact. The difference is rounded to float32, the product once to the output.
/// - Errors: `.extent` where scales do not fit; `.elementTypes` where `x` and `zero` disagree.
public struct DequantizeLinear: OnnxOperator, ElementwiseOperator {
  public static let name: StaticString = "DequantizeLinear"
  public static let code = OpCode.dequantizeLinear
  public static let versions = [10, 13, 19, 21, 23, 24, 25, 28]
  public static let elements = ElementClass.quantized

  public var axis: Int
  public var blockSize: Int
  public var output: ElementType?

  public init(axis: Int = 1, blockSize: Int = 0, output: ElementType? = nil) {
    self.axis = axis
    self.blockSize = blockSize
    self.output = output
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    axis = try node.int(.axis, default: 1)
    blockSize = try node.quantizationBlock()
    output = try node.optionalType(.output_dtype)
    if let output, !output.isScale { throw .attribute(.output_dtype, .outOfRange) }
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type.element, scale = try inputs.require(1).type.element
    guard x.isQuantized || x == .int32 else { throw .elementType(input: 0, found: x) }
    // A power of two is no type of a result.
    guard scale.isScale || scale == .float8e8m0 && output != nil else { throw .elementType(input: 1, found: scale) }
    let shape = try inputs.shape(0)
    _ = try granularity(shape, try inputs.shape(1))
    try inputs.requireZeroPoint(2, x, scale: 1)
    return [TensorType(output ?? scale, shape)]
  }

  func granularity(_ x: Shape, _ scales: Shape) throws(OpFault) -> Granularity {
    try Granularity(x, scales: scales, axis: axis, blockSize: blockSize)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), scale = try inputs.tensor(1), zero = inputs.optional(2)?.doubles()
    let element = try infer(inputs.facts)[0].element, pairs = try granularity(x.shape, scale.shape)
    let scales = scale.doubles(), values = x.doubles()
    let y = values.indices.map { index in
      let pair = pairs.pair(index)
      return Double(Float(values[index] - (zero?[pair] ?? 0))) * scales[pair]
    }
    return [Tensor(element, x.shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(blockSize)
    record.put(output)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    blockSize = try record.int(in: 0...RecordReader.counts.upperBound)
    output = try record.optionalType()
  }
}
