import CO2MKernels
import O2MTensor

// What the elementwise kernels of one operand compute for which operator.

/// A function of one float.
protocol UnaryKernels: CPUKernels, FloatFunction {
  /// The kernels' name for `apply`.
  var function: UnaryFunction { get }
}

extension UnaryKernels {
  public static var memory: OperandMemory { .inPlace }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    .keep(inputs, outputs: outputs, if: inputs.isFloat32())
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    UnaryKernel(function, try site.input(0), site.outputs[0]).map { .unary($0) }
  }
}

extension Acos: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ACOS) } }
extension Acosh: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ACOSH) } }
extension Asin: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ASIN) } }
extension Asinh: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ASINH) } }
extension Atan: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ATAN) } }
extension Atanh: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ATANH) } }
extension Ceil: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_CEIL) } }
extension Celu: UnaryKernels {
  var function: UnaryFunction { .init(O2M_F32_CELU, alpha: alpha) }

  /// The kernels take exponentials of negative numbers only, which is what x / alpha is where alpha is positive.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    guard alpha > 0 else { return nil }
    return UnaryKernel(function, try site.input(0), site.outputs[0]).map { .unary($0) }
  }
}
extension Cos: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_COS) } }
extension Cosh: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_COSH) } }
extension Elu: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ELU, alpha: alpha) } }
extension Erf: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ERF) } }
extension Exp: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_EXP) } }
extension Floor: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_FLOOR) } }
extension Gelu: UnaryKernels { var function: UnaryFunction { .init(byTanh ? O2M_F32_GELU_TANH : O2M_F32_GELU) } }
extension HardSigmoid: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_HARD_SIGMOID, alpha: alpha, beta: beta) } }
extension HardSwish: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_HARD_SWISH) } }
extension LeakyRelu: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_LEAKY_RELU, alpha: alpha) } }
extension Log: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_LOG) } }
extension Mish: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_MISH) } }
extension Reciprocal: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_RECIPROCAL) } }
extension Round: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_ROUND) } }
extension Selu: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SELU, alpha: alpha, beta: gamma) } }
extension Sigmoid: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SIGMOID) } }
extension Sin: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SIN) } }
extension Sinh: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SINH) } }
extension Softplus: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SOFTPLUS) } }
extension Softsign: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SOFTSIGN) } }
extension Sqrt: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SQRT) } }
extension Swish: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_SILU, alpha: alpha) } }
extension Tan: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_TAN) } }
extension Tanh: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_TANH) } }
extension ThresholdedRelu: UnaryKernels { var function: UnaryFunction { .init(O2M_F32_THRESHOLDED_RELU, alpha: alpha) } }

/// A function of one number.
protocol NumberKernels: CPUKernels, NumberFunction {
  /// The kernels' names for `apply`: over floats, and over integers where there is one.
  static var function: UnaryFunction { get }
  static var integerFunction: o2m_generic_unary_op? { get }
}

extension NumberKernels {
  public static var memory: OperandMemory { .inPlace }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    if let kernel = UnaryKernel(Self.function, x, y) { return .unary(kernel) }
    return Self.integerFunction.flatMap { GenericUnaryKernel($0, x, y) }.map { .genericUnary($0) }
  }
}

extension Abs: NumberKernels {
  static var function: UnaryFunction { UnaryFunction(O2M_F32_ABS) }
  static var integerFunction: o2m_generic_unary_op? { O2M_UNARY_ABS }
}

extension Neg: NumberKernels {
  static var function: UnaryFunction { UnaryFunction(O2M_F32_NEG) }
  static var integerFunction: o2m_generic_unary_op? { O2M_UNARY_NEG }
}

extension Sign: NumberKernels {
  static var function: UnaryFunction { UnaryFunction(O2M_F32_SIGN) }
  static var integerFunction: o2m_generic_unary_op? { O2M_UNARY_SIGN }
}

extension Relu: NumberKernels {
  static var function: UnaryFunction { UnaryFunction(O2M_F32_RELU) }
  static var integerFunction: o2m_generic_unary_op? { nil }
}

extension Not: CPUKernels {
  public static var memory: OperandMemory { .inPlace }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    GenericUnaryKernel(O2M_UNARY_NOT, try site.input(0), site.outputs[0]).map { .genericUnary($0) }
  }
}

extension Clip: CPUKernels {
  public static var memory: OperandMemory { .inPlace }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    .keep(inputs, outputs: outputs, if: inputs.isFloat32() && inputs.isFixed(1) && inputs.isFixed(2))
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    for index in 1...2 {
      if let bound = site.optional(index), bound.value == nil { return nil }
    }
    let low = site.optional(1)?.value?.doubles()[0] ?? -.infinity, high = site.optional(2)?.value?.doubles()[0] ?? .infinity
    let function = UnaryFunction(O2M_F32_CLIP, alpha: Float(low), beta: Float(high))
    return UnaryKernel(function, try site.input(0), site.outputs[0]).map { .unary($0) }
  }
}
