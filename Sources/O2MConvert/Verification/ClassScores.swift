import O2MTensor

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A row of class scores, as shares of one where they can be.
public struct ClassScores: Sendable {
  /// Of each class; scores that are no distribution yet get a softmax. nil where one is not finite.
  public let shares: [Double]?
  /// The classes, best first. What is no number comes last, and the lower index wins a tie, so that the order is the same everywhere.
  public let order: [Int]

  /// nil where `tensor` is no row of two or more floats: all its extents but one are 1.
  public init?(_ tensor: Tensor) {
    guard tensor.element.isFloat, tensor.count >= 2, tensor.shape.dims.filter({ $0 > 1 }).count == 1 else { return nil }
    let scores = tensor.doubles(), sum = scores.reduce(0, +)
    let isDistribution = scores.allSatisfy { $0 >= 0 && $0 <= 1 } && (sum - 1).magnitude < 1e-3
    if scores.allSatisfy(\.isFinite) {
      let largest = scores.max() ?? 0, weights = isDistribution ? scores : scores.map { exp($0 - largest) }
      let total = weights.reduce(0, +)
      shares = weights.map { $0 / total }
    } else {
      shares = nil
    }
    let ranks = scores.map { $0.isNaN ? -Double.infinity : $0 }
    order = scores.indices.sorted { ranks[$0] != ranks[$1] ? ranks[$0] > ranks[$1] : $0 < $1 }
  }
}
