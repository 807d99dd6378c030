import O2MTensor

/// An operator whose output is its input's memory where both are row-major.
protocol AliasKernels: CPUKernels, Reinterpretation {}

extension AliasKernels {
  public static var memory: OperandMemory { [] }

  /// Input 0 as it lies where that is row-major anyway, else plain.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    var choice = LayoutChoice.plain(inputs, outputs: outputs)
    if let first = inputs.first ?? nil, first.layout.isRowMajor(first.shape) { choice.inputs[0] = first.layout }
    return choice
  }

  /// The input's own memory where both sides are row-major, else a copy.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    if x.isRowMajor, y.isRowMajor { return .alias }
    if x.shape == y.shape { return layoutConversion(from: x, to: y) }
    // One side is row-major, so it can be read as if it had the other's shape.
    var copy: StridedCopy
    if y.isRowMajor {
      copy = Placement(x).copy(to: Placement(dense: x.shape))
    } else if x.isRowMajor {
      copy = Placement(dense: y.shape).copy(to: Placement(y))
    } else {
      throw .rank(input: 0, expected: 0...2, found: x.shape.rank)
    }
    copy.input = 0
    return CopyKernel([copy], elementSize: x.element.size).map { .copy($0) }
  }
}

extension Reshape: AliasKernels {}
extension Flatten: AliasKernels {}
extension Squeeze: AliasKernels {}
extension Unsqueeze: AliasKernels {}

extension Identity: AliasKernels {
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }
}
