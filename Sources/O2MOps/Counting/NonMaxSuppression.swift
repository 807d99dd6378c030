import O2MTensor

/// The best boxes of each batch and class that do not overlap a better one by more than a threshold; and how many there are.
///
///     overlap(a, b) = |a ∩ b| / |a ∪ b|
///
/// Boxes come in the order of their scores, of equal ones the lower index first. A NaN is no score. ONNX's operator is
/// `Shorten(found, count)`; rows behind the last box are zero.
///
/// - Spec: ONNX NonMaxSuppression-11.
/// - Shapes: `boxes` float `[B, N, 4]`, two corners (y, x, y, x) or, with `isCentered`, (x, y, width, height); `scores` float
///   `[B, C, N]`; then optional: most boxes per class (0), overlap threshold (0), score threshold (none) → `found` int64
///   `[B · C · min(N, most), 3]`: batch, class, box; `count` int64 `[1]`. A most that is not known at conversion counts as N.
/// - Parity: exact; overlaps in float32.
public struct NonMaxSuppression: InternalOperator, Computation {
  public static let name: StaticString = "NonMaxSuppression"
  public static let code = OpCode.nonMaxSuppression
  public static let elements = ElementClass.floats

  public var isCentered: Bool

  public init(isCentered: Bool) { self.isCentered = isCentered }

  /// How many rows there is room for in each class of each batch.
  func room(_ boxes: Int, _ inputs: [InputFact?]) throws(OpFault) -> Int {
    guard inputs.has(2) else { return 0 }
    guard try inputs.require(2, elements: .integers).value != nil else { return boxes }
    return max(0, min(boxes, try inputs.requireInts(2).first ?? 0))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let boxes = try inputs.shape(0, elements: Self.elements), scores = try inputs.shape(1, elements: Self.elements)
    guard boxes.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: boxes.rank) }
    guard scores.rank == 3 else { throw .rank(input: 1, expected: 3...3, found: scores.rank) }
    guard boxes[2] == 4 else { throw .extent(input: 0, axis: 2, expected: 4, found: boxes[2]) }
    for (axis, extent) in [(0, boxes[0]), (2, boxes[1])] where scores[axis] != extent {
      throw .extent(input: 1, axis: axis, expected: extent, found: scores[axis])
    }
    for index in 3...4 where inputs.has(index) { _ = try inputs.require(index, elements: Self.elements) }
    for index in 2...4 where inputs.has(index) {
      let shape = try inputs.shape(index)
      guard shape.count == 1 else { throw .elementCount(expected: 1, found: shape.count) }
    }
    guard let rows = Shape([boxes[0], scores[1], try room(boxes[1], inputs)]).checkedCount else { throw .overflow }
    return [TensorType(.int64, try checked([rows, 3])), TensorType(.int64, [1] as Shape)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let room = try infer(inputs.facts)[0].knownShape()[0]
    let boxes = try inputs.tensor(0), scores = try inputs.tensor(1)
    let batches = boxes.shape[0], count = boxes.shape[1], classes = scores.shape[1]
    let most = max(0, inputs.optional(2)?.ints().first ?? 0)
    let overlap = Float(inputs.optional(3)?.doubles().first ?? 0)
    let threshold = inputs.optional(4)?.doubles().first ?? -.infinity

    let coordinates = boxes.doubles().map { Float($0) }
    let all = (0..<batches * count).map { Box(Array(coordinates[4 * $0..<4 * $0 + 4]), isCentered: isCentered) }
    let values = scores.doubles()
    var found: [Int64] = []
    for batch in 0..<batches {
      for label in 0..<classes {
        let first = (batch * classes + label) * count
        // Without a threshold -∞ is a score as well.
        let candidates = (0..<count).filter { values[first + $0] > threshold || inputs.optional(4) == nil && !values[first + $0].isNaN }
        var chosen: [Int] = []
        for box in candidates.sorted(by: { (values[first + $0], $1) > (values[first + $1], $0) }) where chosen.count < most {
          if chosen.contains(where: { all[batch * count + $0].overlap(all[batch * count + box]) > overlap }) { continue }
          chosen.append(box)
          found += [Int64(batch), Int64(label), Int64(box)]
        }
      }
    }
    let rows = found.count / 3
    return [Tensor([room, 3], found + [Int64](repeating: 0, count: 3 * (room - rows))), .indices([rows])]
  }

  public func encode(to record: inout RecordWriter) { record.put(isCentered) }
  public init(from record: inout RecordReader) throws(FormatFault) { isCentered = try record.flag() }
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
