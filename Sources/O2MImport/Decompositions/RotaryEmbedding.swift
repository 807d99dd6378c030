import O2MOps
import O2MTensor

/// Turns pairs of elements of every head by the angle of its position:
///
///     (y₁, y₂) = (x₁ · cos - x₂ · sin, x₂ · cos + x₁ · sin)
///
/// The pairs are the two halves of the first R elements, or neighbours where they are interleaved; the rest passes.
///
/// - Spec: ONNX RotaryEmbedding-23.
/// - Shapes: `x` float `[B, N, S, D]` or `[B, S, N · D]`, `cos` and `sin` `[P, R / 2]` with `position_ids` int64 `[B, S]`, else
///   `[B, S, R / 2]` → `y` like `x`.
/// - Errors: `.extent` where R and the angles disagree; `.attribute(.num_heads, .missing)` beside an `x` of rank 3.
struct RotaryEmbedding: Decomposition {
  static let name = "RotaryEmbedding"
  static let versions = [23]

  private let heads: Int?
  private let turned: Int
  private let isInterleaved: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...4)
    heads = try node.int(.num_heads)
    turned = try node.int(.rotary_embedding_dim, default: 0)
    isInterleaved = try node.flag(.interleaved, default: false)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), shape = try composer.shape(x)
    var rows = x
    if shape.rank == 3 {
      guard let heads, heads > 0 else { throw .attribute(.num_heads, heads == nil || heads == 0 ? .missing : .outOfRange) }
      guard shape[2] % heads == 0 else { throw .attribute(.num_heads, .outOfRange) }
      rows = try composer.reshape(x, [shape[0], shape[1], heads, shape[2] / heads])
    } else if shape.rank != 4 {
      throw .rank(input: 0, expected: 3...4, found: shape.rank)
    }
    let extents = try composer.shape(rows), depth = extents[3], count = turned == 0 ? depth : turned
    guard count >= 2, count <= depth, count % 2 == 0 else { throw .attribute(.rotary_embedding_dim, .outOfRange) }
    let cos = try angles(1, count / 2, shape.rank, &composer), sin = try angles(2, count / 2, shape.rank, &composer)
    var rest: [ComposedValue] = []
    if count < depth {
      let parts = try composer.emit("Split", [rows, composer.ints([count, depth - count])], [.axis: .int(3)], outputs: 2)
      (rows, rest) = (parts[0], [parts[1]])
    }
    let halves = try pairs(rows, count, &composer)
    let first = try composer.emit(
      "Sub", [try composer.emit("Mul", [halves[0], cos]), try composer.emit("Mul", [halves[1], sin])])
    let second = try composer.emit(
      "Add", [try composer.emit("Mul", [halves[0], sin]), try composer.emit("Mul", [halves[1], cos])])
    if isInterleaved {
      let last = composer.ints([4])
      let columns = [try composer.emit("Unsqueeze", [first, last]), try composer.emit("Unsqueeze", [second, last])]
      let both = try composer.emit("Concat", columns, [.axis: .int(4)])
      rest.insert(try composer.reshape(both, [extents[0], extents[1], extents[2], count]), at: 0)
    } else {
      rest = [first, second] + rest
    }
    let y = rest.count == 1 ? rest[0] : try composer.emit("Concat", rest, [.axis: .int(3)])
    return [shape.rank == 3 ? try composer.reshape(y, shape.dims) : y]
  }

  /// The cosines or sines of every position, with an axis of 1 for the heads.
  private func angles(_ input: Int, _ count: Int, _ rank: Int, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    var angles = try composer.input(input)
    if let positions = composer.optional(3) { angles = try composer.emit("Gather", [angles, positions], [.axis: .int(0)]) }
    let shape = try composer.shape(angles)
    guard shape.rank == 3 else { throw .rank(input: input, expected: 3...3, found: shape.rank) }
    guard shape[2] == count else { throw .extent(input: input, axis: 2, expected: count, found: shape[2]) }
    return try composer.emit("Unsqueeze", [angles, composer.ints([rank == 4 ? 1 : 2])])
  }

  private func pairs(_ x: ComposedValue, _ count: Int, _ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    guard isInterleaved else {
      return try composer.emit("Split", [x, composer.ints([count / 2, count / 2])], [.axis: .int(3)], outputs: 2)
    }
    var result: [ComposedValue] = []
    for start in 0..<2 {
      result.append(
        try composer.emit(
          "Slice", [x, composer.ints([start]), composer.ints([count]), composer.ints([3]), composer.ints([2])]))
    }
    return result
  }
}
