import CO2MPlatform
import CO2MReference
import O2MOps
import O2MTensor

/// Loops that give the bits of the operators' plain references, with vectors and on several threads.
///
/// What has none, and operands that they do not suit, are left to the plain reference.
public struct FastLoops: Equatable, Sendable {
  /// The instruction set, as `CO2MReference` counts them.
  let set: Int
  /// How many threads share the work of one operator.
  public var threads: Int

  /// Of the best instruction set that this CPU has, on `threads` threads, or on all cores.
  public init(threads: Int? = nil) {
    set = (0..<o2m_reference_sets()).first { o2m_reference_set_runs($0) != 0 } ?? o2m_reference_sets() - 1
    self.threads = threads ?? Int(o2m_cpu_count())
  }

  private init(set: Int, threads: Int) {
    self.set = set
    self.threads = threads
  }

  /// One for each instruction set that this CPU has, with its name.
  package static func all(threads: Int) -> [(name: String, loops: FastLoops)] {
    (0..<o2m_reference_sets()).filter { o2m_reference_set_runs($0) != 0 }.map {
      (String(cString: o2m_reference_set_name($0)), FastLoops(set: $0, threads: threads))
    }
  }

  /// The outputs of `op`; nil where the plain reference is to serve.
  ///
  /// - Errors: those of the reference.
  package func outputs(_ op: Op, _ inputs: [Tensor?]) throws(OpFault) -> [Tensor]? {
    // Memory of nothing may have no address.
    guard inputs.allSatisfy({ ($0?.count ?? 1) > 0 }) else { return nil }
    return switch op {
    case .conv(let op): try op.outputs(inputs, self)
    case .convTranspose(let op): try op.outputs(inputs, self)
    case .expandDepthwise(let op): try op.outputs(inputs, self)
    case .gemm(let op): try op.outputs(inputs, self)
    case .matMul(let op): try op.outputs(inputs, self)
    case .add(let op): try combine(op, inputs, O2M_REFERENCE_ADD)
    case .sub(let op): try combine(op, inputs, O2M_REFERENCE_SUB)
    case .mul(let op): try combine(op, inputs, O2M_REFERENCE_MUL)
    case .div(let op): try combine(op, inputs, O2M_REFERENCE_DIV)
    case .relu(let op): try map(op, inputs, O2M_REFERENCE_RELU)
    case .leakyRelu(let op): try map(op, inputs, O2M_REFERENCE_LEAKY_RELU, Double(op.alpha))
    case .hardSigmoid(let op): try map(op, inputs, O2M_REFERENCE_HARD_SIGMOID, Double(op.alpha), Double(op.beta))
    case .hardSwish(let op): try map(op, inputs, O2M_REFERENCE_HARD_SWISH_SIXTH)
    case .sigmoid(let op): try map(op, inputs, O2M_REFERENCE_SIGMOID)
    case .tanh(let op): try map(op, inputs, O2M_REFERENCE_TANH)
    case .exp(let op): try map(op, inputs, O2M_REFERENCE_EXP)
    case .erf(let op): try map(op, inputs, O2M_REFERENCE_ERF)
    case .sqrt(let op): try map(op, inputs, O2M_REFERENCE_SQRT)
    case .clip(let op): try op.outputs(inputs, self)
    case .batchNormalization(let op): try op.outputs(inputs, self)
    case .maxPool(let op): try op.outputs(inputs, self)
    case .averagePool(let op): try op.outputs(inputs, self)
    case .globalAveragePool(let op): try op.outputs(inputs, self)
    case .reduceMean(let op): try op.outputs(inputs, self)
    case .branch(let op): try op.outputs(inputs, evaluate)
    case .boundedLoop(let op): try op.outputs(inputs, evaluate)
    default: nil
    }
  }
  /// A node of a body.
  private func evaluate(_ op: Op, _ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    if let outputs = try outputs(op, inputs) { return outputs }
    return try op.reference(inputs)
  }
}

/// An operator with a fast form of its reference.
protocol FastOperator: Operator {
  /// What `reference` gives, bit for bit; nil where these operands do not suit.
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]?
}

extension Tensor {
  /// The operand of a product: its elements as float32, each exactly, or as float64; nil where their type is a part of neither.
  var asFactor: Tensor? {
    switch element {
    case .float32, .float64: self
    case .float16, .bfloat16: Tensor(.float32, shape, rounding: doubles())
    default: nil
    }
  }

  /// Whether a tensor of float32 or float64 holds neither infinities nor NaN.
  var isFinite: Bool {
    // An exponent of ones carries into the sign.
    let memory = memory
    if element == .float64 {
      var carried: UInt64 = 0
      for index in 0..<count { carried |= (memory.doubles[index].bitPattern & 0x7FF0_0000_0000_0000) &+ 0x0010_0000_0000_0000 }
      return carried & 0x8000_0000_0000_0000 == 0
    }
    var carried: UInt32 = 0
    for index in 0..<count { carried |= (memory.floats[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
    return carried & 0x8000_0000 == 0
  }
}
