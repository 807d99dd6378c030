import CO2MPlatform
import O2MTensor

/// Normalisation with stored statistics: `y = (x − mean[c]) / sqrt(var[c] + epsilon) · scale[c] + bias[c]`.
///
/// - Spec: ONNX BatchNormalization-15, inference form. -6 needs `is_test`; before -9 `spatial` must be 1.
/// - Shapes: `x` float `[N, C, …]`, `scale`, `bias`, `mean`, `var` float `[C]` → `y` like `x`.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.unsupported(.trainingMode)` when the node updates its statistics; `.extent` where channels disagree.
public struct BatchNormalization: Operator {
  public static let name: StaticString = "BatchNormalization"
  public static let code = OpCode.batchNormalization
  public static let versions = [1, 6, 7, 9, 14, 15]

  public var epsilon: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    guard node.inputCount == 5 else { throw .inputCount(expected: 5...5, found: node.inputCount) }
    var trains = false
    if node.opset >= 14 { trains = try node.flag(.training_mode, default: false) }
    if node.opset < 7 { trains = !(try node.flag(.is_test, default: false)) }
    guard !trains, node.outputCount == 1 else { throw .unsupported(.trainingMode) }
    if node.opset < 9 {
      guard try node.flag(.spatial, default: true) else { throw .attribute(.spatial, .outOfRange) }
    }
    epsilon = try node.float(.epsilon, default: 1e-5)
    guard epsilon.isFinite else { throw .attribute(.epsilon, .outOfRange) }
  }

  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: .floats).type
    let x = try inputs.shape(0)
    guard x.rank >= 1 else { throw .rank(input: 0, expected: 1...Int.max, found: 0) }
    let channels = x.rank == 1 ? 1 : x[1]
    for index in 1...4 {
      // Since -15 the parameters may have float types of their own.
      let shape = try inputs.shape(index, elements: .floats)
      guard shape.dims == [channels] else { throw .extent(input: index, axis: 0, expected: channels, found: shape.dims.first ?? 1) }
    }
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let scale = try inputs.tensor(1).doubles(), bias = try inputs.tensor(2).doubles()
    let mean = try inputs.tensor(3).doubles(), variance = try inputs.tensor(4).doubles()
    var y = x.doubles()
    let plane = x.shape.dims.dropFirst(2).reduce(1, *)
    for row in 0..<(plane == 0 ? 0 : y.count / plane) {
      let c = row % scale.count
      let slope = scale[c] / o2m_sqrt(variance[c] + Double(epsilon))
      for index in row * plane..<(row + 1) * plane { y[index] = (y[index] - mean[c]) * slope + bias[c] }
    }
    return [Tensor(x.element, x.shape, rounding: y)]
  }

  public var runsInPlace: Bool { true }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard inputs.isFloat32(), (1...4).allSatisfy({ inputs.isFixed($0) }), let x = inputs[0], x.shape.rank >= 3 else {
      return .plain(inputs, outputs: outputs)
    }
    return .channelsLast(inputs, outputs: outputs)
  }

  /// One multiplication and one addition per element; the statistics must be constant.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    var parameters: [[Double]] = []
    for index in 1...4 {
      guard let value = try site.input(index).value else { return nil }
      parameters.append(value.doubles())
    }
    let slope = parameters[0].indices.map { parameters[0][$0] / o2m_sqrt(parameters[3][$0] + Double(epsilon)) }
    let shift = slope.indices.map { parameters[1][$0] - parameters[2][$0] * slope[$0] }
    return try AffineKernel(slope: slope.map { Float($0) }, shift: shift.map { Float($0) }, site).map { .affine($0) }
  }

  public func encode(to record: inout RecordWriter) { record.put(epsilon) }
  public init(from record: inout RecordReader) throws(FormatFault) { epsilon = try record.float() }
}
