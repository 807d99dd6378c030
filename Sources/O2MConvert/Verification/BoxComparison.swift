import O2MRuntime
import O2MTensor

/// How far the boxes of a model and of its bundle agree.
///
/// Two boxes are a pair where they have one label and their intersection is at least half of their union; each of the model's, best first,
/// takes the one that overlaps it most.
public struct BoxComparison: Sendable {
  /// Boxes in all pictures.
  public private(set) var model = 0
  public private(set) var bundle = 0
  public private(set) var pairs = 0
  /// Of the pairs; 1 where there are none.
  public private(set) var leastOverlap = 1.0
  public var meanOverlap: Double { pairs == 0 ? 1 : overlaps / Double(pairs) }
  public private(set) var largestScoreDifference = 0.0
  /// Pictures in which a box has no partner.
  public private(set) var differing: [String] = []
  private var overlaps = 0.0

  public init() {}

  public mutating func add(_ picture: String, model: [DetectedBox], bundle: [DetectedBox]) {
    self.model += model.count
    self.bundle += bundle.count
    var left = bundle, found = 0
    for box in model {
      let rivals = left.indices.filter { left[$0].label == box.label }.map { ($0, left[$0].overlap(box)) }
      guard let (index, overlap) = rivals.max(by: { ($0.1, $1.0) < ($1.1, $0.0) }), overlap >= 0.5 else { continue }
      found += 1
      overlaps += overlap
      leastOverlap = min(leastOverlap, overlap)
      largestScoreDifference = max(largestScoreDifference, Double((left[index].score - box.score).magnitude))
      left.remove(at: index)
    }
    pairs += found
    if found < model.count || !left.isEmpty { differing.append(picture) }
  }
}

extension DetectedBox {
  fileprivate func overlap(_ other: DetectedBox) -> Double {
    let across = Double(min(x + width, other.x + other.width) - max(x, other.x))
    let down = Double(min(y + height, other.y + other.height) - max(y, other.y))
    let common = max(0, across) * max(0, down)
    return common / (Double(width) * Double(height) + Double(other.width) * Double(other.height) - common)
  }
}
