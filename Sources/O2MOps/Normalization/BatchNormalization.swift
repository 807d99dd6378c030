import CO2MPlatform
import O2MTensor

/// Normalisation of channels: `y = (x − mean[c]) / sqrt(var[c] + epsilon) · scale[c] + bias[c]`, with stored statistics or, in training,
/// with those of the batch, which then update the stored ones:
///
///     running = stored · momentum + batch · (1 − momentum)        the variance is that of the whole population
///
/// - Spec: ONNX BatchNormalization-15. Training is `training_mode` since -14, more than one output in -7 to -13, and no `is_test`
///   before. The fourth and fifth output before -14 are the statistics of the batch. Before -9 `spatial` must be 1.
/// - Shapes: `x` float `[N, C, …]`, `scale`, `bias`, `mean`, `var` float `[C]` → `y` like `x`; in training, optional, up to two or four
///   statistics `[C]`.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.extent` where channels disagree; `.outputCount` where the node does not train and has a second output.
public struct BatchNormalization: OnnxOperator, Computation {
  public static let name: StaticString = "BatchNormalization"
  public static let code = OpCode.batchNormalization
  public static let versions = [1, 6, 7, 9, 14, 15]
  public static let elements = ElementClass.floats

  public var epsilon: Float
  public var trains: Bool
  public var momentum: Float
  /// How many statistics are outputs: running mean and variance, then those of the batch.
  public var statistics: Int

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(5...5, outputs: node.opset >= 14 ? 1...3 : 1...5)
    statistics = node.outputCount - 1
    if node.opset >= 14 {
      trains = try node.flag(.training_mode, default: false)
    } else if node.opset >= 7 {
      trains = statistics > 0
    } else {
      trains = !(try node.flag(.is_test, default: false))
    }
    guard trains || statistics == 0 else { throw .outputCount(expected: 1...1, found: node.outputCount) }
    if node.opset < 9 {
      guard try node.flag(.spatial, default: true) else { throw .attribute(.spatial, .outOfRange) }
    }
    epsilon = try node.float(.epsilon, default: 1e-5)
    momentum = try node.float(.momentum, default: 0.9)
    guard epsilon.isFinite else { throw .attribute(.epsilon, .outOfRange) }
    guard momentum.isFinite else { throw .attribute(.momentum, .outOfRange) }
  }

  public init(epsilon: Float = 1e-5) {
    self.epsilon = epsilon
    trains = false
    momentum = 0.9
    statistics = 0
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: Self.elements).type
    let x = try inputs.shape(0)
    guard x.rank >= 1 else { throw .rank(input: 0, expected: 1...Int.max, found: 0) }
    let channels = x.rank == 1 ? 1 : x[1]
    for index in 1...4 {
      // Since -15 the parameters may have float types of their own.
      let shape = try inputs.shape(index, elements: .floats)
      guard shape.dims == [channels] else { throw .extent(input: index, axis: 0, expected: channels, found: shape.dims.first ?? 1) }
    }
    let statistic = TensorType(try inputs.require(3).type.element, [channels])
    return [type] + [TensorType](repeating: statistic, count: statistics)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), values = x.doubles(), stored = try inputs.tensor(3)
    let scale = try inputs.tensor(1).doubles(), bias = try inputs.tensor(2).doubles()
    var mean = stored.doubles(), variance = try inputs.tensor(4).doubles()
    let running = [mean, variance]
    let plane = x.shape.dims.dropFirst(2).reduce(1, *), rows = plane == 0 ? 0 : values.count / plane
    if trains { (mean, variance) = statistics(of: values, rows: rows, channels: scale.count) }
    var y = values
    for row in 0..<rows {
      let c = row % scale.count
      let factor = slope(scale[c], variance: variance[c])
      for index in row * plane..<(row + 1) * plane { y[index] = (y[index] - mean[c]) * factor + bias[c] }
    }
    var outputs = [Tensor(x.element, x.shape, rounding: y)]
    let batch = [mean, variance], kept = Double(momentum)
    for index in 0..<statistics {
      let values = index < 2 ? zip(running[index], batch[index]).map { $0 * kept + $1 * (1 - kept) } : batch[index - 2]
      outputs.append(Tensor(stored.element, stored.shape, rounding: values))
    }
    return outputs
  }

  package func slope(_ scale: Double, variance: Double) -> Double { scale / o2m_sqrt(variance + Double(epsilon)) }

  /// Mean and variance of every channel of the batch, whose rows are planes.
  private func statistics(of x: [Double], rows: Int, channels: Int) -> (mean: [Double], variance: [Double]) {
    var mean = [Double](repeating: 0, count: channels), variance = mean
    let plane = x.count / max(1, rows), count = Double(rows / max(1, channels) * plane)
    for row in 0..<rows {
      for index in row * plane..<(row + 1) * plane { mean[row % channels] += x[index] / count }
    }
    for row in 0..<rows {
      let c = row % channels
      for index in row * plane..<(row + 1) * plane { variance[c] += (x[index] - mean[c]) * (x[index] - mean[c]) / count }
    }
    return (mean, variance)
  }

  public func encode(to record: inout RecordWriter) {
    record.put(epsilon)
    // Without training the record is that of format 1.0 and 1.1.
    if trains {
      record.put(momentum)
      record.put(UInt8(statistics))
    }
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    self.init(epsilon: try record.float())
    if !record.isAtEnd {
      trains = true
      momentum = try record.float()
      statistics = try record.choice(5)
    }
  }
}
