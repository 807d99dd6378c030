import O2MOps
import O2MTensor

/// What Attention adds to its scores: 0 where a query attends to a key, -∞ where it does not, or the numbers of a float mask.
///
/// - Window: query i attends to key j where i + offset - left ≤ j ≤ i + offset + right; the offset is the number of past keys, or
///   `nonpad_kv_seqlen` - S.
/// - Padding: j < `nonpad_kv_seqlen`, row by row of the batch.
struct AttentionBias {
  let element: ElementType
  let sizes: AttentionSizes
  let past: Int
  let window: AttentionWindow

  /// The sum of all parts; nil where nothing is masked. `emptyRows` is true in rows of which every key is masked, nil where none can be.
  func compose(_ composer: inout Composer) throws(OpFault) -> (sum: ComposedValue, emptyRows: ComposedValue?)? {
    var parts: [ComposedValue] = []
    if let mask = try mask(&composer) { parts.append(mask) }
    let lengths = try composer.optional(6).map { value throws(OpFault) in try composer.column(value, sizes.batch) }
    if window.isBounded { parts.append(try frontier(lengths, &composer)) }
    if let lengths {
      let isThere = try composer.emit("Less", [range(sizes.keys, [1, 1, 1, sizes.keys], &composer), lengths])
      parts.append(try bias(isThere, &composer))
    }
    guard var sum = parts.first else { return nil }
    for part in parts.dropFirst() { sum = try composer.emit("Add", [sum, part]) }
    if parts.count == 1, window.isBounded, lengths == nil,
      (0..<sizes.queries).allSatisfy({ i in (0..<sizes.keys).contains { sees(i, $0) } })
    {
      return (sum, nil)
    }
    let largest = try composer.emit("ReduceMax", [sum, composer.ints([-1])])
    return (sum, try composer.emit("Equal", [largest, composer.scalar(-.infinity, element)]))
  }

  /// `attn_mask` as numbers, -∞ behind its end.
  private func mask(_ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    guard let given = composer.optional(3) else { return nil }
    let isBool = composer.element(given) == .bool
    guard isBool || composer.element(given) == element else {
      throw .elementTypes(input: 3, found: composer.element(given), expected: element)
    }
    let mask = isBool ? try bias(given, &composer) : given
    let shape = try composer.shape(given)
    guard let last = shape.dims.last, last < sizes.keys, last != 1 || composer.opset >= 24 else { return mask }
    let pads = [Int](repeating: 0, count: 2 * shape.rank - 1) + [sizes.keys - last]
    return try composer.emit("Pad", [mask, composer.ints(pads), composer.scalar(-.infinity, element)])
  }

  /// Whether query i sees key j, where the offset is known.
  private func sees(_ i: Int, _ j: Int) -> Bool {
    (window.left.map { j >= i + past - $0 } ?? true) && (window.right.map { j <= i + past + $0 } ?? true)
  }

  private func frontier(_ lengths: ComposedValue?, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    guard let lengths else {
      let values = (0..<sizes.queries).flatMap { i in (0..<sizes.keys).map { j in sees(i, j) ? 0 : -Double.infinity } }
      return composer.constant(Tensor(element, [sizes.queries, sizes.keys], rounding: values))
    }
    let offset = try composer.emit("Sub", [lengths, composer.ints([sizes.queries])])
    let place = try composer.emit("Add", [range(sizes.queries, [1, 1, sizes.queries, 1], &composer), offset])
    let keys = range(sizes.keys, [1, 1, 1, sizes.keys], &composer)
    var sides: [ComposedValue] = []
    if let right = window.right {
      sides.append(try composer.emit("LessOrEqual", [keys, try composer.emit("Add", [place, composer.ints([right])])]))
    }
    if let left = window.left {
      sides.append(try composer.emit("GreaterOrEqual", [keys, try composer.emit("Sub", [place, composer.ints([left])])]))
    }
    return try bias(sides.count == 2 ? try composer.emit("And", [sides[0], sides[1]]) : sides[0], &composer)
  }

  private func range(_ count: Int, _ shape: Shape, _ composer: inout Composer) -> ComposedValue {
    composer.constant(Tensor(shape, (0..<count).map { Int64($0) }))
  }

  private func bias(_ attends: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    try composer.emit("Where", [attends, composer.scalar(0, element), composer.scalar(-.infinity, element)])
  }
}

/// How many keys a query sees on either side of its own place; nil where there is no bound.
struct AttentionWindow {
  let left: Int?
  let right: Int?

  var isBounded: Bool { left != nil || right != nil }

  /// `is_causal` is a right side of 0.
  init(_ node: some NodeSource) throws(OpFault) {
    left = try Self.side(node, .left_window_size)
    let right = try Self.side(node, .right_window_size)
    self.right = try node.flag(.is_causal, default: false) ? 0 : right
  }

  private static func side(_ node: some NodeSource, _ name: AttributeName) throws(OpFault) -> Int? {
    let size = try node.int(name, default: -1)
    guard size >= -1, size < 1 << 40 else { throw .attribute(name, .outOfRange) }
    return size < 0 ? nil : size
  }
}

extension Composer {
  /// `[B]` as `[B, 1, 1, 1]`.
  fileprivate mutating func column(_ value: ComposedValue, _ batch: Int) throws(OpFault) -> ComposedValue {
    try reshape(value, [batch, 1, 1, 1])
  }
}
