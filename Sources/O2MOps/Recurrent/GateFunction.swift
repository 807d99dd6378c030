import CO2MPlatform

/// One of the activations that a recurrent cell may name.
///
/// - Spec: ONNX LSTM-22, "Activation functions". Names match in any case; `alpha` and `beta` default as those of the operators do.
public struct GateFunction: Equatable, Sendable {
  /// The numbers are stored in bundles.
  public enum Kind: UInt8, CaseIterable, Sendable {
    case sigmoid = 0, tanh, relu, affine, leakyRelu, thresholdedRelu, scaledTanh, hardSigmoid, elu, softsign, softplus
  }

  public var kind: Kind
  public var alpha: Float
  public var beta: Float

  public init(_ kind: Kind) {
    self.kind = kind
    (alpha, beta) = (kind.alpha ?? 0, kind.beta ?? 0)
  }

  /// The value in float64.
  public func apply(_ x: Double) -> Double {
    let alpha = Double(alpha), beta = Double(beta)
    return switch kind {
    case .sigmoid: Activation.logistic(x)
    case .tanh: o2m_tanh(x)
    case .relu: x < 0 ? 0 : x
    case .affine: alpha * x + beta
    case .leakyRelu: x < 0 ? alpha * x : x
    case .thresholdedRelu: x >= alpha ? x : 0
    case .scaledTanh: alpha * o2m_tanh(beta * x)
    case .hardSigmoid: Activation.unit(alpha * x + beta)
    case .elu: x < 0 ? alpha * o2m_expm1(x) : x
    case .softsign: x / (1 + x.magnitude)
    case .softplus: (x > 0 ? x : 0) + o2m_log1p(o2m_exp(-x.magnitude))
    }
  }

  func encode(to record: inout RecordWriter) {
    record.put(kind.rawValue)
    record.put(alpha)
    record.put(beta)
  }

  init(from record: inout RecordReader) throws(FormatFault) {
    kind = Kind(rawValue: UInt8(try record.choice(Kind.allCases.count))) ?? .sigmoid
    alpha = try record.float()
    beta = try record.float()
  }
}

extension GateFunction.Kind {
  /// The default of `alpha`; nil where the function has none and takes none from the list.
  var alpha: Float? {
    switch self {
    case .affine, .thresholdedRelu, .scaledTanh, .elu: 1
    case .leakyRelu: 0.01
    case .hardSigmoid: 0.2
    default: nil
    }
  }

  var beta: Float? {
    switch self {
    case .affine: 0
    case .scaledTanh: 1
    case .hardSigmoid: 0.5
    default: nil
    }
  }

  private var name: StaticString {
    switch self {
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .relu: "relu"
    case .affine: "affine"
    case .leakyRelu: "leakyrelu"
    case .thresholdedRelu: "thresholdedrelu"
    case .scaledTanh: "scaledtanh"
    case .hardSigmoid: "hardsigmoid"
    case .elu: "elu"
    case .softsign: "softsign"
    case .softplus: "softplus"
    }
  }

  /// The function with this name, nil where there is none.
  init?(_ name: String) {
    let letters = name.utf8.map { $0 | 0x20 }
    for kind in Self.allCases where letters.count == kind.name.utf8CodeUnitCount {
      let known = UnsafeBufferPointer(start: kind.name.utf8Start, count: letters.count)
      guard letters.indices.allSatisfy({ letters[$0] == known[$0] }) else { continue }
      self = kind
      return
    }
    return nil
  }
}
