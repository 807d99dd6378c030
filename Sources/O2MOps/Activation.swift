import CO2MPlatform

/// What a convolution or a matrix product applies to each sum before storing it.
///
/// The equations are those of the ONNX operators of the same names; `silu` is `x * sigmoid(x)`.
public enum Activation: Equatable, Sendable {
  case none
  case relu
  case clip(low: Float, high: Float)
  case leakyRelu(alpha: Float)
  case hardSigmoid(alpha: Float, beta: Float)
  /// `x * max(0, min(1, alpha * x + beta))`; ONNX HardSwish has alpha 1/6 and beta 1/2.
  case hardSwish(alpha: Float, beta: Float)
  case sigmoid
  case silu
  case tanh
  case gelu
  case geluTanh
}

extension Activation {
  /// The value in float64.
  public func apply(_ x: Double) -> Double {
    switch self {
    case .none: x
    case .relu: x < 0 ? 0 : x
    case .clip(let low, let high): x < Double(low) ? Double(low) : x > Double(high) ? Double(high) : x
    case .leakyRelu(let alpha): x < 0 ? Double(alpha) * x : x
    case .hardSigmoid(let alpha, let beta): Self.unit(Double(alpha) * x + Double(beta))
    case .hardSwish(let alpha, let beta): x * Self.unit(Double(alpha) * x + Double(beta))
    case .sigmoid: Self.logistic(x)
    case .silu: x * Self.logistic(x)
    case .tanh: o2m_tanh(x)
    case .gelu: 0.5 * x * o2m_erfc(-0.7071067811865476 * x)
    case .geluTanh: x * Self.logistic(1.5957691216057308 * (x + 0.044715 * x * x * x))  // (1 + tanh(u)) / 2 is the logistic of 2u
    }
  }

  static func unit(_ x: Double) -> Double { x < 0 ? 0 : x > 1 ? 1 : x }

  /// `1 / (1 + exp(-x))`, from the side that does not overflow.
  public static func logistic(_ x: Double) -> Double { o2m_logistic(x) }

  public func encode(to record: inout RecordWriter) {
    switch self {
    case .none: record.put(UInt8(0))
    case .relu: record.put(UInt8(1))
    case .clip(let low, let high):
      record.put(UInt8(2))
      record.put(low)
      record.put(high)
    case .leakyRelu(let alpha):
      record.put(UInt8(3))
      record.put(alpha)
    case .hardSigmoid(let alpha, let beta):
      record.put(UInt8(4))
      record.put(alpha)
      record.put(beta)
    case .hardSwish(let alpha, let beta):
      record.put(UInt8(5))
      record.put(alpha)
      record.put(beta)
    case .sigmoid: record.put(UInt8(6))
    case .silu: record.put(UInt8(7))
    case .tanh: record.put(UInt8(8))
    case .gelu: record.put(UInt8(9))
    case .geluTanh: record.put(UInt8(10))
    }
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    switch try record.choice(11) {
    case 1: self = .relu
    case 2: self = .clip(low: try record.float(), high: try record.float())
    case 3: self = .leakyRelu(alpha: try record.float())
    case 4: self = .hardSigmoid(alpha: try record.float(), beta: try record.float())
    case 5: self = .hardSwish(alpha: try record.float(), beta: try record.float())
    case 6: self = .sigmoid
    case 7: self = .silu
    case 8: self = .tanh
    case 9: self = .gelu
    case 10: self = .geluTanh
    default: self = .none
    }
  }
}
