import O2MOps
import O2MTensor

/// What the attention operators of ONNX Runtime share: `y = softmax(scale · q · kᵀ + mask + bias) · v`.
struct AttentionOptions {
  let heads: Int
  private let scale: Float?
  private let filter: Float
  private let isCausal: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    guard let heads = try node.int(.num_heads) else { throw .attribute(.num_heads, .missing) }
    guard heads >= 1 else { throw .attribute(.num_heads, .outOfRange) }
    self.heads = heads
    scale = try node.float(.scale)
    filter = try node.float(.mask_filter_value, default: -10000)
    isCausal = try node.flag(.unidirectional, default: false)
    for name in [AttributeName.do_rotary, .past_present_share_buffer] where try node.int(name, default: 0) != 0 {
      throw .attribute(name, .unsupported)
    }
  }

  /// `[B, S, H · E]` from heads `[B, H, S, D]`, `[B, H, T, D]` and `[B, H, T, E]`, `past` of the T of the past; `mask` and `bias` are
  /// indices of inputs.
  func attend(
    _ q: ComposedValue, _ k: ComposedValue, _ v: ComposedValue, past: Int, mask: Int, bias: Int?, _ composer: inout Composer
  ) throws(OpFault) -> ComposedValue {
    let sizes = try composer.attentionSizes(q, k, v), element = composer.element(q)
    // Which keys lie ahead is open where there are not as many new ones as queries.
    guard !isCausal || sizes.keys - past == sizes.queries else { throw .attribute(.unidirectional, .unsupported) }
    let keys = try composer.emit("Transpose", [k], [.perm: .ints([0, 1, 3, 2])])
    let factor = scale.flatMap { $0 == 0 ? nil : Double($0) } ?? 1 / Double(sizes.depth).squareRoot()
    var scores = try composer.emit("Mul", [try composer.emit("MatMul", [q, keys]), composer.scalar(factor, element)])
    let hidden = AttentionMask(filter: filter, isCausal: isCausal, past: past, sizes: sizes, element: element)
    if let masked = try hidden.compose(mask, &composer) { scores = try composer.emit("Add", [scores, masked]) }
    if let bias, let summand = composer.optional(bias) { scores = try composer.emit("Add", [scores, summand]) }
    let weights = try composer.softmax(scores, in: nil, keepsType: true)
    let rows = try composer.emit("Transpose", [try composer.emit("MatMul", [weights, v])], [.perm: .ints([0, 2, 1, 3])])
    return try composer.reshape(rows, [sizes.batch, sizes.queries, sizes.heads * sizes.columns])
  }

  /// Attention over the parts of `projected` `[B, S, (H · D) · 2 + H · E]`, with keys and values of the past before them; `past` and
  /// `present` are `[2, B, H, T, D]`.
  func attend(
    projected: ComposedValue, parts: [Int]?, mask: Int, past: Int, bias: Int?, _ composer: inout Composer
  ) throws(OpFault) -> [ComposedValue] {
    let shape = try composer.shape(projected)
    guard shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: shape.rank) }
    let parts = parts ?? [Int](repeating: shape[2] / 3, count: 3)
    guard parts.count == 3, parts.allSatisfy({ $0 >= 1 && $0 % heads == 0 }), parts.reduce(0, +) == shape[2] else {
      throw .attribute(.qkv_hidden_sizes, .outOfRange)
    }
    var rows: [ComposedValue] = []
    for part in try composer.emit("Split", [projected, composer.ints(parts)], [.axis: .int(2)], outputs: 3) {
      rows.append(try composer.heads(part, 0, count: heads, name: .num_heads))
    }
    var kept = 0
    if let past = composer.optional(past) {
      let shape = try composer.shape(past)
      guard shape.rank == 5 else { throw .rank(input: 4, expected: 5...5, found: shape.rank) }
      kept = shape[3]
      for index in 1...2 {
        let before = try composer.emit("Gather", [past, composer.ints(index - 1, shape: [])], [.axis: .int(0)])
        rows[index] = try composer.emit("Concat", [before, rows[index]], [.axis: .int(2)])
      }
    }
    let y = try attend(rows[0], rows[1], rows[2], past: kept, mask: mask, bias: bias, &composer)
    guard composer.wants(1) else { return [y] }
    let axis = composer.ints([0])
    let both = [try composer.emit("Unsqueeze", [rows[1], axis]), try composer.emit("Unsqueeze", [rows[2], axis])]
    return [y, try composer.emit("Concat", both, [.axis: .int(0)])]
  }
}

extension Composer {
  fileprivate mutating func ints(_ value: Int, shape: Shape) -> ComposedValue { constant(Tensor(shape, [Int64(value)])) }
}

/// Self attention with the projection to queries, keys and values: `x · w + b`, apart along the last axis, then attention.
///
/// - Shapes: `x` float `[B, S, I]`, `w` `[I, Σ]`, `b` `[Σ]` optional, `mask_index` int32 as `AttentionMask` says, `past` `[2, B, H, P, D]`,
///   `attention_bias` broadcast to `[B, H, S, T]`, all optional; Σ is the sum of `qkv_hidden_sizes` → `y` `[B, S, H · E]`, `present`
///   `[2, B, H, P + S, D]`.
/// - Errors: `.attribute(_, .unsupported)` for `do_rotary` and `past_present_share_buffer`; `.inputCount` for `past_sequence_length`.
struct MicrosoftAttention: MicrosoftOperator {
  static let name = "Attention"

  private let options: AttentionOptions
  private let parts: [Int]?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...6, outputs: 1...2)
    options = try AttentionOptions(node)
    parts = try node.ints(.qkv_hidden_sizes)
    _ = try node.int(.rotary_embedding_dim)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var projected = try composer.emit("MatMul", [try composer.input(0), try composer.input(1)])
    if let bias = composer.optional(2) { projected = try composer.emit("Add", [projected, bias]) }
    return try options.attend(projected: projected, parts: parts, mask: 3, past: 4, bias: 5, &composer)
  }
}

/// Attention whose projection is a product of quantized numbers.
///
/// - Shapes: `x` int8 or uint8 `[B, S, I]`, `w` int8 or uint8 `[I, 3 · H · D]`, `b` float32 `[3 · H · D]`, `xScale`, `wScale` `[]` or
///   `[3 · H · D]`, `mask_index`, `xZero`, `wZero`, `past` → those of Attention.
/// - Errors: those of Attention.
struct QAttention: MicrosoftOperator {
  static let name = "QAttention"

  private let options: AttentionOptions

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(5...9, outputs: 1...2)
    options = try AttentionOptions(node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = QuantizedOperand(value: try composer.input(0), scale: try composer.input(3), zero: composer.optional(6))
    let w = QuantizedOperand(value: try composer.input(1), scale: try composer.input(4), zero: composer.optional(7))
    let projected = try composer.integerProduct(x, w, bias: try composer.input(2))
    return try options.attend(projected: projected, parts: nil, mask: 5, past: 8, bias: nil, &composer)
  }
}

/// Attention over queries, keys and values that are projected already, but for the bias.
///
/// - Shapes: one of: `query` `[B, S, H · D]`, `key` `[B, T, H · D]`, `value` `[B, T, H · E]`; `query` `[B, S, H, 3, D]` that holds all
///   three; `key` `[B, T, H, 2, D]` that holds two; `key` `[B, H, T, D]` and `value` `[B, H, T, E]`. `bias` `[2 · H · D + H · E]`,
///   `key_padding_mask` int32 as `AttentionMask` says, `attention_bias`, `past_key` `[B, H, P, D]`, `past_value`, all optional → `y` `[B,
///   S, H · E]`, `present_key` `[B, H, P + T, D]`, `present_value`.
/// - Errors: `.inputCount` for buffers that are shared with the past and for beams, `.outputCount` for the fourth output.
struct MultiHeadAttention: MicrosoftOperator {
  static let name = "MultiHeadAttention"

  private let options: AttentionOptions

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...8, outputs: 1...3)
    options = try AttentionOptions(node)
    guard node.hasInput(6) == node.hasInput(7) else { throw .missingInput(node.hasInput(6) ? 7 : 6) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var rows = try heads(&composer)
    if let bias = composer.optional(3) { rows = try sums(rows, bias, &composer) }
    var past = 0
    if let key = composer.optional(6), let value = composer.optional(7) {
      let shape = try composer.shape(key)
      guard shape.rank == 4 else { throw .rank(input: 6, expected: 4...4, found: shape.rank) }
      past = shape[2]
      rows[1] = try composer.emit("Concat", [key, rows[1]], [.axis: .int(2)])
      rows[2] = try composer.emit("Concat", [value, rows[2]], [.axis: .int(2)])
    }
    return [try options.attend(rows[0], rows[1], rows[2], past: past, mask: 4, bias: 5, &composer), rows[1], rows[2]]
  }

  /// Queries, keys and values as `[B, H, S, D]`.
  private func heads(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let query = try composer.input(0)
    if composer.fact(query).type.rank == 5 { return try unpacked(query, 0, count: 3, &composer) }
    let key = try composer.input(1)
    let q = try composer.heads(query, 0, count: options.heads, name: .num_heads)
    if composer.fact(key).type.rank == 5 { return [q] + (try unpacked(key, 1, count: 2, &composer)) }
    let k = try composer.heads(key, 1, count: options.heads, name: .num_heads)
    return [q, k, try composer.heads(try composer.input(2), 2, count: options.heads, name: .num_heads)]
  }

  private func unpacked(_ value: ComposedValue, _ input: Int, count: Int, _ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let shape = try composer.shape(value)
    guard shape[3] == count else { throw .extent(input: input, axis: 3, expected: count, found: shape[3]) }
    guard shape[2] == options.heads else { throw .extent(input: input, axis: 2, expected: options.heads, found: shape[2]) }
    let parts = try composer.emit("Split", [value], [.axis: .int(3), .num_outputs: .int(count)], outputs: count)
    var rows: [ComposedValue] = []
    for part in parts {
      let whole = try composer.emit("Squeeze", [part, composer.ints([3])])
      rows.append(try composer.emit("Transpose", [whole], [.perm: .ints([0, 2, 1, 3])]))
    }
    return rows
  }

  private func sums(_ rows: [ComposedValue], _ bias: ComposedValue, _ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    // Keys and values that come as heads have theirs already.
    let isQueryAlone = composer.optional(1).map { composer.fact($0).type.rank == 4 } ?? false
    var depths: [Int] = []
    for row in rows { depths.append(try composer.shape(row)[3]) }
    let parts = try composer.emit(
      "Split", [bias, composer.ints(depths.map { $0 * options.heads })], [.axis: .int(0)], outputs: 3)
    var result: [ComposedValue] = []
    for (index, row) in rows.enumerated() {
      if isQueryAlone, index > 0 {
        result.append(row)
        continue
      }
      let line = try composer.reshape(parts[index], [1, options.heads, 1, depths[index]])
      result.append(try composer.emit("Add", [row, line]))
    }
    return result
  }
}

/// RotaryEmbedding with the positions before the tables, as one offset or one for each row and step.
///
/// - Shapes: `x` float `[B, S, H · D]` or `[B, H, S, D]`, `position_ids` int64 `[1]` or `[B, S]`, `cos` and `sin` `[M, R / 2]` → `y` like
///   `x`.
/// - Errors: `.attribute(_, .unsupported)` for `is_packed_batching` and a `scale` other than 1.
struct MicrosoftRotaryEmbedding: MicrosoftOperator {
  static let name = "RotaryEmbedding"

  private let heads: Int
  private let turned: Int
  private let isInterleaved: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(4...4)
    heads = try node.int(.num_heads, default: 0)
    turned = try node.int(.rotary_embedding_dim, default: 0)
    isInterleaved = try node.flag(.interleaved, default: false)
    guard try node.float(.scale, default: 1) == 1 else { throw .attribute(.scale, .unsupported) }
    guard try node.int(.is_packed_batching, default: 0) == 0 else { throw .attribute(.is_packed_batching, .unsupported) }
    guard turned == 0 || heads > 0 else { throw .attribute(.num_heads, .missing) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), cos = try composer.input(2)
    let shape = try composer.shape(x), table = try composer.shape(cos)
    guard shape.rank == 3 || shape.rank == 4 else { throw .rank(input: 0, expected: 3...4, found: shape.rank) }
    guard table.rank == 2, table[1] > 0 else { throw .rank(input: 2, expected: 2...2, found: table.rank) }
    let (batch, steps) = (shape[0], shape.rank == 3 ? shape[1] : shape[2])
    var positions = try composer.input(1)
    if try composer.shape(positions).count == 1 {
      let places = Tensor([1, steps], (0..<steps).map { Int64($0) })
      positions = try composer.emit("Add", [try composer.reshape(positions, [1, 1]), composer.constant(places)])
      positions = try composer.emit("Expand", [positions, composer.ints([batch, steps])])
    }
    // Without a number of heads their width is that of the table.
    let count = heads > 0 ? heads : shape.rank == 3 ? shape[2] / (2 * table[1]) : shape[1]
    return [
      try composer.emit(
        "RotaryEmbedding", [x, cos, try composer.input(3), positions],
        [.num_heads: .int(count), .rotary_embedding_dim: .int(turned), .interleaved: .int(isInterleaved ? 1 : 0)])
    ]
  }
}
