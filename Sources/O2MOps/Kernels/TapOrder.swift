import O2MTensor

extension Op {
  /// The order in which the taps of weights of this shape are packed, as row-major indices; nil where it is the natural one.
  public func tapOrder(_ weights: Shape) -> [Int]? {
    if case .convTranspose(let op) = self { op.tapOrder(weights) } else { nil }
  }
}
