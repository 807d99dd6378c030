import O2MOps
import O2MTensor

/// The best boxes of each batch and class that do not overlap a better one by more than a threshold.
///
///     overlap(a, b) = |a ∩ b| / |a ∪ b|
///
/// Boxes come in the order of their scores, of equal ones the lower index first.
///
/// - Spec: ONNX NonMaxSuppression-11.
/// - Shapes: `boxes` float `[B, N, 4]`, two corners (y, x, y, x) or, with `center_point_box`, (x, y, width, height); `scores` float
///   `[B, C, N]`; then optional: most boxes per class (0), overlap threshold (0), score threshold (none) → int64 `[S, 3]`: batch, class,
///   box.
struct NonMaxSuppression: ConstantEvaluation {
  static let name = "NonMaxSuppression"
  static let versions = [10, 11]

  private let isCentered: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...5)
    isCentered = try node.flag(.center_point_box, default: false)
  }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let boxes = try inputs.tensor(0), scores = try inputs.tensor(1)
    guard boxes.shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: boxes.shape.rank) }
    guard scores.shape.rank == 3 else { throw .rank(input: 1, expected: 3...3, found: scores.shape.rank) }
    let batches = boxes.shape[0], count = boxes.shape[1], classes = scores.shape[1]
    guard boxes.shape[2] == 4 else { throw .extent(input: 0, axis: 2, expected: 4, found: boxes.shape[2]) }
    for (axis, extent) in [(0, batches), (2, count)] where scores.shape[axis] != extent {
      throw .extent(input: 1, axis: axis, expected: extent, found: scores.shape[axis])
    }
    let most = max(0, inputs.optional(2)?.ints().first ?? 0)
    let overlap = Float(inputs.optional(3)?.doubles().first ?? 0)
    let threshold = inputs.optional(4)?.doubles().first

    let coordinates = boxes.doubles().map { Float($0) }
    let all = (0..<batches * count).map { Box(Array(coordinates[4 * $0..<4 * $0 + 4]), isCentered: isCentered) }
    let values = scores.doubles()
    var found: [Int64] = []
    for batch in 0..<batches {
      for label in 0..<classes {
        let first = (batch * classes + label) * count
        let candidates = (0..<count).filter { box in threshold.map { values[first + box] > $0 } ?? true }
        var chosen: [Int] = []
        for box in candidates.sorted(by: { (values[first + $0], $1) > (values[first + $1], $0) }) where chosen.count < most {
          if chosen.contains(where: { all[batch * count + $0].overlap(all[batch * count + box]) > overlap }) { continue }
          chosen.append(box)
          found += [Int64(batch), Int64(label), Int64(box)]
        }
      }
    }
    return [Tensor([found.count / 3, 3], found)]
  }
}

/// The edges of a box.
private struct Box {
  let left, right, top, bottom: Float

  init(_ values: [Float], isCentered: Bool) {
    if isCentered {
      left = values[0] - values[2] / 2
      right = values[0] + values[2] / 2
      top = values[1] - values[3] / 2
      bottom = values[1] + values[3] / 2
    } else {
      left = min(values[1], values[3])
      right = max(values[1], values[3])
      top = min(values[0], values[2])
      bottom = max(values[0], values[2])
    }
  }

  private var area: Float { max(0, right - left) * max(0, bottom - top) }

  /// The share that both have of what they cover; 0 where a box is empty.
  func overlap(_ other: Box) -> Float {
    let width = min(right, other.right) - max(left, other.left), height = min(bottom, other.bottom) - max(top, other.top)
    guard width > 0, height > 0, area > 0, other.area > 0 else { return 0 }
    return width * height / (area + other.area - width * height)
  }
}
