import O2MOps
import O2MTensor

/// What ONNX Runtime's attention operators add to their scores: 0 where a query attends to a key, `filter` where a mask hides the key, the
/// least number of the type where it lies ahead of a causal query.
///
/// A mask of keys is one of
/// - `[B]`: how many keys there are, `[2 · B]`: those, and behind them where the first is;
/// - `[B, T]` or `[B, S, T]`: above 0 where the key is there.
struct AttentionMask {
  let filter: Float
  let isCausal: Bool
  /// How many of the keys are of the past.
  let past: Int
  let sizes: AttentionSizes
  let element: ElementType

  /// nil where nothing is masked.
  ///
  /// - Parameter input: the index of the mask among the node's inputs.
  func compose(_ input: Int, _ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    let masked = try composer.optional(input).map { mask throws(OpFault) in
      try composer.emit("Where", [try attends(mask, input, &composer), composer.scalar(0, element), number(Double(filter), &composer)])
    }
    guard isCausal else { return masked }
    let isAhead = (0..<sizes.queries).flatMap { query in (0..<sizes.keys).map { $0 > past + query ? 1 : 0 } }
    let ahead = composer.constant(Tensor(.bool, [1, 1, sizes.queries, sizes.keys], wrapping: isAhead))
    return try composer.emit("Where", [ahead, number(-.infinity, &composer), masked ?? composer.scalar(0, element)])
  }

  /// The finite number of the type that is nearest.
  private func number(_ value: Double, _ composer: inout Composer) -> ComposedValue {
    let most: Double =
      switch element {
      case .float16: Double(Float16.greatestFiniteMagnitude)
      case .bfloat16: 0x1.fep127
      default: Double(Float.greatestFiniteMagnitude)
      }
    return composer.scalar(min(max(value, -most), most), element)
  }

  /// Where the keys are, broadcast to `[B, H, S, T]`.
  private func attends(_ mask: ComposedValue, _ input: Int, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let shape = try composer.shape(mask), batch = sizes.batch
    var rows = mask
    switch shape.dims {
    case [batch], [2 * batch]: return try isBetween(mask, isTwoSided: shape[0] != batch, &composer)
    case [batch, sizes.keys]: rows = try composer.emit("Unsqueeze", [mask, composer.ints([1, 2])])
    case [batch, sizes.queries, sizes.keys]: rows = try composer.emit("Unsqueeze", [mask, composer.ints([1])])
    default: throw .extent(input: input, axis: shape.rank - 1, expected: sizes.keys, found: shape.dims.last ?? 0)
    }
    return try composer.emit("Greater", [rows, composer.scalar(0, composer.element(mask))])
  }

  private func isBetween(_ bounds: ComposedValue, isTwoSided: Bool, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let keys = composer.constant(Tensor(.int32, [1, 1, 1, sizes.keys], wrapping: Array(0..<sizes.keys)))
    let sides = isTwoSided ? try composer.emit("Split", [bounds], [.axis: .int(0), .num_outputs: .int(2)], outputs: 2) : [bounds]
    let column = composer.ints([sizes.batch, 1, 1, 1])
    let isBefore = try composer.emit("Less", [keys, try composer.emit("Reshape", [sides[0], column])])
    guard isTwoSided else { return isBefore }
    let isBehind = try composer.emit("GreaterOrEqual", [keys, try composer.emit("Reshape", [sides[1], column])])
    return try composer.emit("And", [isBefore, isBehind])
  }
}
