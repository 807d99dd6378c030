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
