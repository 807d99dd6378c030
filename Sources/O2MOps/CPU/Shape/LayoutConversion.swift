import O2MTensor

/// The kernel that takes a tensor from one layout or pitch to another; `.alias` where both put the elements in the same order.
///
/// - Errors: the operands are one tensor; two shapes or element types are a mistake of the caller.
public func layoutConversion(from: Operand, to: Operand) -> Kernel {
  precondition(from.shape == to.shape && from.element == to.element)
  if from.isDense, to.isDense, from.order == to.order { return .alias }
  let copy = Placement(from).copy(to: Placement(to))
  // Merged, a change of layout has at most three dims: outer, channels, pixels.
  guard let kernel = CopyKernel([copy], elementSize: from.element.size) else { preconditionFailure("a tensor of this type cannot move") }
  return .copy(kernel)
}

extension Layout {
  /// The axes with more than one element in memory order: two layouts with the same list are the same in memory.
  func order(of shape: Shape) -> [Int] { axes(rank: shape.rank).filter { shape[$0] != 1 } }

  /// Whether `shape` lies in this layout as it would lie row-major.
  public func isRowMajor(_ shape: Shape) -> Bool { order(of: shape) == Layout.plain.order(of: shape) }
}

extension Operand {
  var order: [Int] { layout.order(of: shape) }

  /// Whether the elements lie in ONNX's order without gaps.
  var isRowMajor: Bool { isDense && layout.isRowMajor(shape) }
}

extension LayoutChoice {
  /// Input 0 and all outputs in the layout in which input 0 lies; the other inputs plain.
  public static func keep(_ inputs: [OperandFact?], outputs: Int, if condition: Bool = true) -> LayoutChoice {
    guard condition, let first = inputs.first ?? nil, first.layout == .channelsLast, first.shape.rank >= 3 else {
      return .plain(inputs, outputs: outputs)
    }
    return .channelsLast(inputs, outputs: outputs)
  }
}

extension Reinterpretation {
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
