import CO2MPlatform
import O2MTensor

/// A row of class scores, as shares of one where they can be.
public struct ClassScores: Sendable {
  /// Of each class, as `PictureTask.Scores` says. nil where one is not finite.
  public let shares: [Double]?
  /// What the classes are ordered by. What is no number comes last.
  package let ranks: [Double]

  /// nil where `tensor` is no row of two or more floats: all its extents but one are 1.
  public init?(_ tensor: Tensor, as scores: PictureTask.Scores = .byValue) {
    guard Self.isRow(TypedShape(tensor.element, tensor.shape)) else { return nil }
    let values = tensor.doubles()
    var ranks = values, isFinite = true
    for (index, value) in values.enumerated() {
      if value.isNaN { ranks[index] = -.infinity }
      isFinite = isFinite && value.isFinite
    }
    self.ranks = ranks
    shares = isFinite ? Self.shares(values, scores) : nil
  }

  /// Whether a value of this type is such a row.
  public static func isRow(_ type: TypedShape) -> Bool {
    guard type.element.isFloat, type.shape.count >= 2 else { return false }
    var long = 0
    for dim in type.shape.dims where dim > 1 { long += 1 }
    return long == 1
  }

  /// Whether the values are shares already: within 0...1, with a sum of 1.
  private static func isDistribution(_ values: [Double]) -> Bool {
    var sum = 0.0
    for value in values {
      guard value >= 0, value <= 1 else { return false }
      sum += value
    }
    return (sum - 1).magnitude < 1e-3
  }

  private static func shares(_ values: [Double], _ scores: PictureTask.Scores) -> [Double] {
    var shares = values, largest = values[0], total = 0.0
    switch scores {
    case .shares: return values
    case .sigmoid: for index in 0..<shares.count { shares[index] = o2m_logistic(values[index]) }
    case .byValue, .softmax:
      for value in values { largest = max(largest, value) }
      let isDistribution = scores == .byValue && isDistribution(values)
      for index in 0..<shares.count {
        if !isDistribution { shares[index] = o2m_exp(values[index] - largest) }
        total += shares[index]
      }
      for index in 0..<shares.count { shares[index] /= total }
    }
    return shares
  }

  /// The best classes, best first; the lower index wins a tie, so that the order is the same everywhere. For few of many.
  public func best(_ count: Int) -> [Int] {
    var best: [Int] = []
    best.reserveCapacity(max(0, min(count, ranks.count)))
    for index in 0..<ranks.count {
      guard best.count < count || best.last.map({ ranks[index] > ranks[$0] }) ?? false else { continue }
      if best.count == count { best.removeLast() }
      var place = best.count
      while place > 0, ranks[index] > ranks[best[place - 1]] { place -= 1 }
      best.insert(index, at: place)
    }
    return best
  }
}
