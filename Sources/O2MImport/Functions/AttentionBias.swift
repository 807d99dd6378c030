import O2MOps
import O2MTensor

/// What Attention adds to its scores: 0 where a query attends to a key, -∞ where it does not, or the numbers of a float mask.
///
/// - Causal: query i attends to key j where j ≤ i + offset; the offset is the number of past keys, or `nonpad_kv_seqlen` - S.
/// - Padding: j < `nonpad_kv_seqlen`, row by row of the batch.
struct AttentionBias {
  let element: ElementType
  let sizes: AttentionSizes
  let past: Int
  let isCausal: Bool

  /// The sum of all parts; nil where nothing is masked. `emptyRows` is true in rows of which every key is masked, nil where none can be.
  func term(_ composer: inout Composer) throws(OpFault) -> (sum: Term, emptyRows: Term?)? {
    var parts: [Term] = []
    if let mask = try mask(&composer) { parts.append(mask) }
    let lengths = try composer.optional(6).map { term throws(OpFault) in try composer.column(term, sizes.batch) }
    if isCausal { parts.append(try causal(lengths, &composer)) }
    if let lengths {
      let isThere = try composer.emit("Less", [range(sizes.keys, [1, 1, 1, sizes.keys], &composer), lengths])
      parts.append(try bias(isThere, &composer))
    }
    guard var sum = parts.first else { return nil }
    for part in parts.dropFirst() { sum = try composer.emit("Add", [sum, part]) }
    // A frontier that begins at the first key or behind it leaves every query a key.
    guard parts.count > 1 || !isCausal || lengths != nil else { return (sum, nil) }
    let largest = try composer.emit("ReduceMax", [sum, composer.ints([-1])])
    return (sum, try composer.emit("Equal", [largest, composer.scalar(-.infinity, element)]))
  }

  /// `attn_mask` as numbers, -∞ behind its end.
  private func mask(_ composer: inout Composer) throws(OpFault) -> Term? {
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

  private func causal(_ lengths: Term?, _ composer: inout Composer) throws(OpFault) -> Term {
    guard let lengths else {
      let values = (0..<sizes.queries).flatMap { i in (0..<sizes.keys).map { j in j <= i + past ? 0 : -Double.infinity } }
      return composer.constant(Tensor(element, [sizes.queries, sizes.keys], rounding: values))
    }
    let offset = try composer.emit("Sub", [lengths, composer.ints([sizes.queries])])
    let last = try composer.emit("Add", [range(sizes.queries, [1, 1, sizes.queries, 1], &composer), offset])
    return try bias(try composer.emit("LessOrEqual", [range(sizes.keys, [1, 1, 1, sizes.keys], &composer), last]), &composer)
  }

  private func range(_ count: Int, _ shape: Shape, _ composer: inout Composer) -> Term {
    composer.constant(Tensor(shape, (0..<count).map { Int64($0) }))
  }

  private func bias(_ attends: Term, _ composer: inout Composer) throws(OpFault) -> Term {
    try composer.emit("Where", [attends, composer.scalar(0, element), composer.scalar(-.infinity, element)])
  }
}

extension Composer {
  /// `[B]` as `[B, 1, 1, 1]`.
  fileprivate mutating func column(_ term: Term, _ batch: Int) throws(OpFault) -> Term {
    try emit("Reshape", [term, ints([batch, 1, 1, 1])])
  }
}
