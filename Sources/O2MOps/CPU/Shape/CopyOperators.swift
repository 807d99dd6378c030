import O2MTensor

// The operators that only move elements, as copies of boxes.

/// An operator whose kernel is the copies that it consists of; it keeps the layout unless it says otherwise.
protocol CopyKernels: CPUKernels, Movement {}

extension CopyKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try copyKernel(site) }
}

extension Slice: CopyKernels {}
extension Pad: CopyKernels {}
extension DepthToSpace: CopyKernels {}
extension SpaceToDepth: CopyKernels {}
extension Split: CopyKernels { public static var memory: OperandMemory { .channelSlices } }

extension Concat: CopyKernels {
  public static var memory: OperandMemory { .channelSlices }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .follow(inputs, outputs: outputs) }
}

extension Expand: CopyKernels {
  /// The layout is kept where the rank is.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    let rank = inputs.first.flatMap { $0 }?.shape.rank ?? 0
    return .keep(inputs, outputs: outputs, if: inputs.count > 1 && (inputs[1]?.shape.count ?? 0) <= rank)
  }
}

extension Tile: CopyKernels {
  /// Twice the axes must be within what the copy kernel walks, so that no fallback meets channels last.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    .keep(inputs, outputs: outputs, if: inputs.first.flatMap { $0 }?.shape.rank ?? 0 <= 4)
  }
}

extension Transpose: CPUKernels {
  public static var memory: OperandMemory { [] }

  /// The input stays as it lies, and the output takes the layout in which that is the result already, where there is one.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard let x = inputs.first ?? nil, let order = try? order(rank: x.shape.rank) else { return .plain(inputs, outputs: outputs) }
    let lies = x.layout.order(of: x.shape)
    let shape = Shape(order.map { x.shape[$0] })
    let fits = [Layout.plain, .channelsLast].first { $0.order(of: shape).map { order[$0] } == lies }
    return LayoutChoice(inputs: [x.layout], outputs: [fits ?? .plain])
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    let order = try order(rank: x.shape.rank)
    if x.isDense, y.isDense, y.order.map({ order[$0] }) == x.order { return .alias }
    return try copyKernel(site)
  }
}

extension Dropout: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs, if: !hasMask) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    hasMask ? nil : layoutConversion(from: try site.input(0), to: site.outputs[0])
  }
}

extension ConstantOfShape: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  /// Zeros are a copy of nothing; other values are left to the reference.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let y = site.outputs[0]
    guard bits == 0, y.isRowMajor else { return nil }
    var zeros = StridedCopy(dims: [y.shape.count], sourceStrides: [0], targetStrides: [1])
    zeros.input = nil
    return CopyKernel([zeros], elementSize: y.element.size).map { .copy($0) }
  }
}
