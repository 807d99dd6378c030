import CO2MPlatform
import O2MTensor

/// Normalisation across neighbouring channels: `y = x / (bias + alpha / size · s)^beta`, where s sums x² over the channels
/// `c − floor((size − 1) / 2) … c + ceil((size − 1) / 2)` that exist.
///
/// - Spec: ONNX LRN-13. -1 allows fewer types.
/// - Shapes: `x` float `[N, C, D…]` → `y` like `x`.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute(.size, _)` where the size is missing or below 1.
public struct LRN: OnnxOperator, Computation {
  public static let name: StaticString = "LRN"
  public static let code = OpCode.lrn
  public static let versions = [1, 13]
  public static let elements = ElementClass.floats

  public var size: Int
  public var alpha: Float
  public var beta: Float
  public var bias: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let size = try node.int(.size) else { throw .attribute(.size, .missing) }
    guard size >= 1, size <= Window.limit else { throw .attribute(.size, .outOfRange) }
    self.size = size
    alpha = try node.float(.alpha, default: 0.0001)
    beta = try node.float(.beta, default: 0.75)
    bias = try node.float(.bias, default: 1)
  }

  public init(size: Int, alpha: Float = 0.0001, beta: Float = 0.75, bias: Float = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let type = try inputs.require(0, elements: Self.elements).type
    guard type.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: type.rank) }
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    guard x.shape.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: x.shape.rank) }
    let values = x.doubles(), channels = x.shape[1], plane = x.shape.dims.dropFirst(2).reduce(1, *)
    var y = [Double](repeating: 0, count: values.count)
    for n in 0..<x.shape[0] {
      for c in 0..<channels {
        let target = (n * channels + c) * plane
        for neighbour in max(0, c - (size - 1) / 2)...min(channels - 1, c + size / 2) {
          let source = (n * channels + neighbour) * plane
          for p in 0..<plane { y[target + p] += values[source + p] * values[source + p] }
        }
        for p in target..<target + plane {
          y[p] = values[p] / o2m_pow(Double(bias) + Double(alpha) / Double(size) * y[p], Double(beta))
        }
      }
    }
    return [Tensor(x.element, x.shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(size)
    record.put(alpha)
    record.put(beta)
    record.put(bias)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    size = try record.int(in: 1...Window.limit)
    alpha = try record.float()
    beta = try record.float()
    bias = try record.float()
  }
}
