import O2MTensor

/// Normalisation over the axes from `axis` on: `y = (x − mean) / sqrt(variance + epsilon) · scale + bias`.
///
/// - Spec: ONNX LayerNormalization-17, its first output only. `stash_type` names the type of the statistics, which are float64 here.
/// - Shapes: `x` float `[*]`, `scale` and, optional, `bias` broadcast to the axes from `axis` on → `y` like `x`.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.unsupported(.outputIndices)` where mean or deviation are wanted too.
public struct LayerNormalization: Operator {
  public static let name: StaticString = "LayerNormalization"
  public static let code = OpCode.layerNormalization
  public static let versions = [17]

  public var axis: Int
  public var epsilon: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3, outputs: 1...3)
    guard node.outputCount == 1 else { throw .unsupported(.outputIndices) }
    axis = try node.int(.axis, default: -1)
    epsilon = try node.float(.epsilon, default: 1e-5)
    guard epsilon.isFinite else { throw .attribute(.epsilon, .outOfRange) }
  }

  public init(axis: Int = -1, epsilon: Float = 1e-5) {
    self.axis = axis
    self.epsilon = epsilon
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: .floats).type
    let x = try inputs.shape(0)
    let row = Shape(Array(x.dims.dropFirst(try x.resolve(axis))))
    for index in 1...2 where index == 1 || inputs.has(index) {
      let found = try inputs.require(index).type.element
      guard found == type.element else { throw .elementTypes(input: index, found: found, expected: type.element) }
      try inputs.requireBroadcastable(index, to: row)
    }
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), scale = try inputs.tensor(1)
    let row = Shape(Array(x.shape.dims.dropFirst(try x.shape.resolve(axis))))
    let factors = broadcast(scale.doubles(), scale.shape, [0], [], to: row) { a, _ in a }
    let summands = inputs.optional(2).map { bias in broadcast(bias.doubles(), bias.shape, [0], [], to: row) { a, _ in a } }
    var y = x.doubles()
    for start in stride(from: 0, to: y.count, by: max(1, row.count)) {
      normalize(&y, start..<start + row.count, epsilon: Double(epsilon))
      for index in 0..<row.count { y[start + index] = y[start + index] * factors[index] + (summands?[index] ?? 0) }
    }
    return [Tensor(x.element, x.shape, rounding: y)]
  }

  public var runsInPlace: Bool { true }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0).shape
    let length = x.dims.dropFirst(try x.resolve(axis)).reduce(1, *)
    return try LayerNormKernel(rowLength: length, epsilon: epsilon, site).map { .layerNorm($0) }
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(epsilon)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    epsilon = try record.float()
  }
}
