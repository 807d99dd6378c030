import CO2MPlatform
import O2MTensor

/// Normalisation of every channel of every picture: `y = scale[c] · (x − mean) / sqrt(variance + epsilon) + bias[c]`, with mean and
/// variance over the spatial axes.
///
/// - Spec: ONNX InstanceNormalization-22. -6 and -1 allow fewer types.
/// - Shapes: `x` float `[N, C, D…]`, `scale` and `bias` `[C]` → `y` like `x`.
/// - Parity: one rounding of the float64 value.
public struct InstanceNormalization: OnnxOperator, Computation {
  public static let name: StaticString = "InstanceNormalization"
  public static let code = OpCode.instanceNormalization
  public static let versions = [1, 6, 22]
  public static let elements = ElementClass.floats

  public var epsilon: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    epsilon = try node.float(.epsilon, default: 1e-5)
    guard epsilon.isFinite else { throw .attribute(.epsilon, .outOfRange) }
  }

  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: Self.elements).type
    let x = try inputs.shape(0)
    guard x.rank >= 3 else { throw .rank(input: 0, expected: 3...Int.max, found: x.rank) }
    for index in 1...2 {
      _ = try inputs.require(index)
      try inputs.requirePerChannel(index, x[1], type.element)
    }
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), scale = try inputs.tensor(1).doubles(), bias = try inputs.tensor(2).doubles()
    var y = x.doubles()
    let plane = x.shape.dims.dropFirst(2).reduce(1, *)
    for row in 0..<(plane == 0 ? 0 : y.count / plane) {
      let c = row % scale.count
      normalize(&y, row * plane..<(row + 1) * plane, epsilon: Double(epsilon))
      for index in row * plane..<(row + 1) * plane { y[index] = y[index] * scale[c] + bias[c] }
    }
    return [Tensor(x.element, x.shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) { record.put(epsilon) }
  public init(from record: inout RecordReader) throws(FormatFault) { epsilon = try record.float() }
}

/// `x[range]` less its mean, divided by `sqrt(variance + epsilon)`; the variance is that of the whole population. Returns the mean and
/// the factor.
@discardableResult
func normalize(_ x: inout [Double], _ range: Range<Int>, epsilon: Double) -> (mean: Double, factor: Double) {
  var sum = 0.0, squares = 0.0
  for index in range { sum += x[index] }
  let mean = sum / Double(range.count)
  for index in range { squares += (x[index] - mean) * (x[index] - mean) }
  let scale = 1 / o2m_sqrt(squares / Double(range.count) + epsilon)
  for index in range { x[index] = (x[index] - mean) * scale }
  return (mean, scale)
}
