import O2MTensor

/// Normalisation over the axes from `axis` on: `y = (x − mean) / sqrt(variance + epsilon) · scale + bias`.
///
/// - Spec: ONNX LayerNormalization-17. `stash_type` is the type of the statistics' outputs; they are formed in float64.
/// - Shapes: `x` float `[*]`, `scale` and, optional, `bias` broadcast to the axes from `axis` on → `y` like `x`; optional `mean` and
///   `1 / sqrt(variance + epsilon)`, of x's shape with 1 for the axes from `axis` on.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(.stash_type, _)` unless it is float32 or bfloat16.
public struct LayerNormalization: OnnxOperator, Computation {
  public static let name: StaticString = "LayerNormalization"
  public static let code = OpCode.layerNormalization
  public static let versions = [17]
  public static let elements = ElementClass.floats

  public var axis: Int
  public var epsilon: Float
  /// How many of mean and inverse deviation are outputs, and their type.
  public var statistics: Int
  public var statisticsType: ElementType

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3, outputs: 1...3)
    statistics = node.outputCount - 1
    switch try node.int(.stash_type, default: 1) {
    case 1: statisticsType = .float32
    case 16: statisticsType = .bfloat16
    default: throw .attribute(.stash_type, .outOfRange)
    }
    axis = try node.int(.axis, default: -1)
    epsilon = try node.float(.epsilon, default: 1e-5)
    guard epsilon.isFinite else { throw .attribute(.epsilon, .outOfRange) }
  }

  public init(axis: Int = -1, epsilon: Float = 1e-5) {
    self.axis = axis
    self.epsilon = epsilon
    statistics = 0
    statisticsType = .float32
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: Self.elements).type
    let x = try inputs.shape(0)
    let first = try x.resolve(axis), row = Shape(Array(x.dims.dropFirst(first)))
    for index in 1...2 where index == 1 || inputs.has(index) {
      let found = try inputs.require(index).type.element
      guard found == type.element else { throw .elementTypes(input: index, found: found, expected: type.element) }
      try inputs.requireBroadcastable(index, to: row)
    }
    let kept = Shape(x.dims.prefix(first) + row.dims.map { _ in 1 })
    return [type] + [TensorType](repeating: TensorType(statisticsType, kept), count: statistics)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), scale = try inputs.tensor(1)
    let row = Shape(Array(x.shape.dims.dropFirst(try x.shape.resolve(axis))))
    let factors = broadcast(scale.doubles(), scale.shape, [0], [], to: row) { a, _ in a }
    let summands = inputs.optional(2).map { bias in broadcast(bias.doubles(), bias.shape, [0], [], to: row) { a, _ in a } }
    var y = x.doubles()
    var means: [Double] = [], deviations: [Double] = []
    for start in stride(from: 0, to: y.count, by: max(1, row.count)) {
      let (mean, inverseDeviation) = normalize(&y, start..<start + row.count, epsilon: Double(epsilon))
      means.append(mean)
      deviations.append(inverseDeviation)
      for index in 0..<row.count { y[start + index] = y[start + index] * factors[index] + (summands?[index] ?? 0) }
    }
    var outputs = [Tensor(x.element, x.shape, rounding: y)]
    for (type, values) in zip(try infer(inputs.facts).dropFirst(), [means, deviations]) {
      // Without elements there are no rows to speak of, but there may be statistics of none.
      let shape = try type.knownShape()
      outputs.append(Tensor(type.element, shape, rounding: row.count == 0 ? [Double](repeating: .nan, count: shape.count) : values))
    }
    return outputs
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(epsilon)
    // Without them the record is that of format 1.0 and 1.1.
    if statistics > 0 {
      record.put(UInt8(statistics))
      record.put(statisticsType.rawValue)
    }
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    epsilon = try record.float()
    statistics = 0
    statisticsType = .float32
    if !record.isAtEnd {
      statistics = try record.choice(3)
      if try record.choice(Int(ElementType.bfloat16.rawValue) + 1) == ElementType.bfloat16.rawValue { statisticsType = .bfloat16 }
    }
  }
}
