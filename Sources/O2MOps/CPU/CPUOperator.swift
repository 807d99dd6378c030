import O2MTensor

/// How the CPU computes an operator.
///
/// Every operator says so in the folder of this backend, as `CPUKernels` or `ReferenceOnly`: without it `Op` does not compile.
public protocol CPUOperator: Operator {
  /// Whether there are kernels for it, at least for some operands; without one the plain reference serves.
  static var hasKernels: Bool { get }

  /// What the kernels allow of their operands' memory.
  static var memory: OperandMemory { get }

  /// The layouts that the kernel takes and leaves, given those in which its inputs lie.
  func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice

  /// The layouts in which the kernel reads the constant at input `index`, each of another packing. A bundle is written with the first;
  /// it may have any of them. `infer` has taken the inputs.
  func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout]

  /// The kernel for these operands; nil where the plain reference is to serve.
  func kernel(_ site: KernelSite) throws(OpFault) -> Kernel?
}

extension CPUOperator {
  /// Constants are not packed unless the kernels say otherwise.
  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] { .plain }
}

/// What kernels allow of their operands' memory.
public struct OperandMemory: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The first output may take the memory of the first input, when nobody reads that input later.
  public static let inPlace = OperandMemory(rawValue: 1)
  /// Operands that lie channels last may be slices of channels, whose pixels are further apart than they are long.
  public static let channelSlices = OperandMemory(rawValue: 2)
}

/// An operator with kernels, at least for some operands. Nothing but `weightLayouts` has a default.
public protocol CPUKernels: CPUOperator {}

extension CPUKernels {
  public static var hasKernels: Bool { true }
}

/// An operator that its plain reference computes, over plain operands.
public protocol ReferenceOnly: CPUOperator {}

extension ReferenceOnly {
  public static var hasKernels: Bool { false }
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { nil }
}
