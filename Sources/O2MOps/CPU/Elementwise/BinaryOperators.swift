import CO2MKernels
import O2MTensor

// What the elementwise kernels of two operands compute for which operator.

/// A function of two numbers that are broadcast together.
protocol BinaryKernels: CPUKernels {
  /// The kernels' name for it.
  var function: BinaryFunction { get }
}

extension BinaryKernels {
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .follow(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try function.kernel(site) }
}

extension CPUKernels where Self: BinaryArithmetic {
  public static var memory: OperandMemory { .inPlace }
}

extension CPUKernels where Self: ComparisonFunction {
  public static var memory: OperandMemory { [] }
}

extension Add: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_ADD) } }
extension And: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_AND) } }
extension Div: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_DIV) } }
extension Equal: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_EQUAL) } }
extension Greater: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_GREATER) } }
extension GreaterOrEqual: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_GREATER_OR_EQUAL) } }
extension Less: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_LESS) } }
extension LessOrEqual: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_LESS_OR_EQUAL) } }
extension Mul: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_MUL) } }
extension Or: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_OR) } }
extension Sub: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_SUB) } }
extension Xor: BinaryKernels { var function: BinaryFunction { .init(O2M_BINARY_XOR) } }

extension Mod: BinaryKernels {
  public static var memory: OperandMemory { .inPlace }
  var function: BinaryFunction { BinaryFunction(fmod ? O2M_BINARY_FMOD : O2M_BINARY_MOD) }
}

extension PRelu: BinaryKernels {
  public static var memory: OperandMemory { .inPlace }
  var function: BinaryFunction { BinaryFunction(O2M_BINARY_PRELU) }
}

extension Pow: CPUKernels {
  public static var memory: OperandMemory { .inPlace }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .follow(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = try site.input(1), z = site.outputs[0]
    // One constant exponent of any type makes a function of x alone.
    if x.element == .float32, x.shape == z.shape, y.shape.count == 1, let exponent = y.value?.doubles()[0] {
      let function = exponent == 2 ? UnaryFunction(O2M_F32_SQUARE) : UnaryFunction(O2M_F32_POW, alpha: Float(exponent))
      if let kernel = UnaryKernel(function, x, z) { return .unary(kernel) }
    }
    return try BinaryFunction(O2M_BINARY_POW).kernel(site)
  }
}

/// A function of any number of operands that are broadcast together.
protocol VariadicKernels: CPUKernels, VariadicArithmetic {
  /// What combines two inputs, and what their result is scaled by; nil for 1.
  static var function: BinaryFunction { get }
  static func scale(count: Int) -> Float?
}

extension VariadicKernels {
  public static var memory: OperandMemory { .inPlace }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .follow(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try VariadicKernel(Self.function, scale: Self.scale(count: site.inputs.count), site).map { .variadic($0) }
  }
}

extension Min: VariadicKernels {
  static var function: BinaryFunction { BinaryFunction(O2M_BINARY_MIN) }
  static func scale(count: Int) -> Float? { nil }
}

extension Max: VariadicKernels {
  static var function: BinaryFunction { BinaryFunction(O2M_BINARY_MAX) }
  static func scale(count: Int) -> Float? { nil }
}

extension Sum: VariadicKernels {
  static var function: BinaryFunction { BinaryFunction(O2M_BINARY_ADD) }
  static func scale(count: Int) -> Float? { nil }
}

extension Mean: VariadicKernels {
  static var function: BinaryFunction { BinaryFunction(O2M_BINARY_ADD) }
  static func scale(count: Int) -> Float? { count > 1 ? 1 / Float(count) : nil }
}
