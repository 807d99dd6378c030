import CO2MKernels
import O2MTensor

/// Softmax and its logarithm over lines of dense float32.
public struct SoftmaxKernel {
  private let isLog: Bool
  private let lines: Lines

  /// Nil where an operand is not dense float32, or the lines are not lines in memory.
  init?(log isLog: Bool, _ op: some ExponentialNormalization, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.isFloat32, y.isFloat32, x.isDense, y.isDense, x.layout == y.layout || (x.isRowMajor && y.isRowMajor) else { return nil }
    self.isLog = isLog
    if x.isRowMajor {
      lines = try op.lines(x.shape)
      return
    }
    // Each line of a flattened tensor may hold its elements in any order, as long as it holds the same ones.
    let axis = op.axis == x.shape.rank ? x.shape.rank : try x.shape.resolve(op.axis)
    if op.flattens {
      guard axis <= 1 else { return nil }
      lines = try op.lines(x.shape)
    } else {
      let stored = x.stored, position = x.layout.position(of: axis, rank: stored.rank)
      lines = Lines(
        outer: stored.dims[..<position].reduce(1, *), extent: stored[position], inner: stored.dims[(position + 1)...].reduce(1, *))
    }
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    o2m_f32_softmax(isLog ? 1 : 0, lines.outer, lines.extent, lines.inner, x, y, memory.pool)
  }
}

/// Index of the largest or smallest element along lines of dense float32.
public struct ArgKernel {
  private let isMinimum: Bool
  private let selectsLast: Bool
  private let lines: Lines

  /// Nil where the operands are not dense float32 and int64, or the output's axes would lie in another order.
  init?(minimum isMinimum: Bool, _ options: IndexOptions, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.isFloat32, y.element == .int64, x.isDense, y.isDense else { return nil }
    let axis = try x.shape.resolve(options.axis), rank = x.shape.rank
    // The axes that stay, in memory order: they must be those of the output.
    let left = x.layout.axes(rank: rank).filter { $0 != axis && x.shape[$0] != 1 }
    let right = options.keepsAxis ? y.layout.axes(rank: rank) : y.layout.axes(rank: rank - 1).map { $0 < axis ? $0 : $0 + 1 }
    guard left == right.filter({ $0 != axis && x.shape[$0] != 1 }) else { return nil }
    self.isMinimum = isMinimum
    selectsLast = options.selectsLast
    let stored = x.stored, position = x.layout.position(of: axis, rank: rank)
    lines = Lines(
      outer: stored.dims[..<position].reduce(1, *), extent: stored[position], inner: stored.dims[(position + 1)...].reduce(1, *))
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.outputs[0] else { return }
    o2m_f32_arg_extreme(
      isMinimum ? 1 : 0, selectsLast ? 1 : 0, lines.outer, lines.extent, lines.inner, x, y.assumingMemoryBound(to: Int64.self), memory.pool)
  }
}

/// Softmax and its logarithm.
protocol SoftmaxKernels: CPUKernels, ExponentialNormalization {}

extension SoftmaxKernels {
  public static var memory: OperandMemory { .inPlace }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    // Flattened lines that start behind the channels are none in memory when the channels lie last.
    let rank = inputs.first.flatMap { $0 }?.shape.rank ?? 0
    let front = axis < 0 ? axis + rank : axis
    return .keep(inputs, outputs: outputs, if: inputs.isFloat32() && (!flattens || front <= 1))
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try SoftmaxKernel(log: Self.isLog, self, site).map { .softmax($0) }
  }
}

extension Softmax: SoftmaxKernels {}
extension LogSoftmax: SoftmaxKernels {}

/// ArgMax and ArgMin.
protocol ArgKernels: CPUKernels, IndexReduction {}

extension ArgKernels {
  public static var memory: OperandMemory { [] }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    // Without its channels a picture lies channels last as it lies plain.
    let rank = inputs.first.flatMap { $0 }?.shape.rank ?? 0
    let front = options.axis < 0 ? options.axis + rank : options.axis
    var choice = LayoutChoice.keep(inputs, outputs: outputs, if: inputs.isFloat32() && (options.keepsAxis || front == 1))
    if !options.keepsAxis { choice.outputs = choice.outputs.map { _ in .plain } }
    return choice
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try ArgKernel(minimum: Self.isMinimum, options, site).map { .arg($0) }
  }
}

extension ArgMax: ArgKernels {}
extension ArgMin: ArgKernels {}
