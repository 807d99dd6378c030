import O2MOps
import O2MTensor

/// Scaled dot product attention:
///
///     y = P · V        P = softmax(softcap(scale · Q · Kᵀ) + bias)        as Reshape, Transpose, MatMul, Mul, Add, Softmax
///
/// The bias joins the mask, the window of keys that a query sees and the padding behind `nonpad_kv_seqlen` (`AttentionBias`). Past keys
/// and values stand before the new ones. Where heads of Q share one of K and V, they become more rows of it. Without a bias this is the
/// form that fuse-attention finds.
///
/// - Spec: ONNX Attention-25; -24 without windows, -23 without `nonpad_kv_seqlen`. A row of which every key is masked gives zeros, as
///   1.23 says for all.
/// - Shapes: H query heads, G key heads, S queries, T keys with those of the past: `Q` float `[B, H, S, D]` or `[B, S, H · D]`, `K`
///   `[B, G, T′, D]`, `V` `[B, G, T′, E]` likewise, `attn_mask` bool or float, broadcast to `[B, H, S, T]`, `past_key`
///   `[B, G, T - T′, D]`, `past_value`, `nonpad_kv_seqlen` int64 `[B]` → `Y` like Q with E for D, `present_key` `[B, G, T, D]`,
///   `present_value` `[B, G, T, E]`, `qk_matmul_output` `[B, H, S, T]`.
/// - Errors: `.extent` where operands disagree; `.attribute(.q_num_heads, .missing)` beside operands of rank 3.
struct AttentionDecomposition: Decomposition {
  static let name = "Attention"
  static let versions = [23, 24, 25]

  private let window: AttentionWindow
  private let heads: (query: Int?, key: Int?)
  private let outputMode: Int
  private let scale: Float?
  private let softcap: Float
  private let precision: ElementType?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...(node.opset < 24 ? 6 : 7), outputs: 1...4)
    window = try AttentionWindow(node)
    heads = (try node.int(.q_num_heads), try node.int(.kv_num_heads))
    outputMode = try node.int(.qk_matmul_output_mode, default: 0)
    guard (0...3).contains(outputMode) else { throw .attribute(.qk_matmul_output_mode, .outOfRange) }
    scale = try node.float(.scale)
    softcap = try node.float(.softcap, default: 0)
    precision = try node.floatType(.softmax_precision)
    guard node.hasInput(4) == node.hasInput(5) else { throw .missingInput(node.hasInput(4) ? 5 : 4) }
    if node.hasInput(4), node.hasInput(6) { throw .inputCount(expected: 3...6, found: 7) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let input = try composer.input(0), rank = try composer.shape(input).rank, element = composer.element(input)
    let q = try composer.heads(input, 0, count: heads.query, name: .q_num_heads)
    var k = try composer.heads(try composer.input(1), 1, count: heads.key, name: .kv_num_heads)
    var v = try composer.heads(try composer.input(2), 2, count: heads.key, name: .kv_num_heads)
    var past = 0
    if let key = composer.optional(4), let value = composer.optional(5) {
      let shape = try composer.shape(key)
      guard shape.rank == 4 else { throw .rank(input: 4, expected: 4...4, found: shape.rank) }
      past = shape[2]
      k = try composer.emit("Concat", [key, k], [.axis: .int(2)])
      v = try composer.emit("Concat", [value, v], [.axis: .int(2)])
    }
    let sizes = try composer.attentionSizes(q, k, v)
    let groups = try composer.shared(q, sizes)

    let keys = try composer.emit("Transpose", [k], [.perm: .ints([0, 1, 3, 2])])
    let product = try composer.separate(try composer.emit("MatMul", [groups, keys]), sizes, columns: sizes.keys)
    let factor = scale.map { Double($0) } ?? 1 / Double(sizes.depth).squareRoot()
    var scores = try composer.emit("Mul", [product, composer.scalar(factor, element)])
    var shown = scores
    if softcap > 0 {
      let cap = composer.scalar(Double(softcap), element)
      scores = try composer.emit("Mul", [try composer.emit("Tanh", [try composer.emit("Div", [scores, cap])]), cap])
    }
    if outputMode == 1 { shown = scores }
    let bias = try AttentionBias(element: element, sizes: sizes, past: past, window: window).compose(&composer)
    if let bias { scores = try composer.emit("Add", [scores, bias.sum]) }
    if outputMode == 2 { shown = scores }
    var weights = try composer.softmax(scores, in: precision, keepsType: false)
    if let guarded = bias?.emptyRows {
      weights = try composer.emit("Where", [guarded, composer.scalar(0, element), weights])
    }
    if outputMode == 3 { shown = weights }

    let sums = try composer.emit("MatMul", [try composer.joined(weights, sizes, columns: sizes.keys), v])
    var y = try composer.separate(sums, sizes, columns: sizes.columns)
    if rank == 3 {
      y = try composer.emit("Transpose", [y], [.perm: .ints([0, 2, 1, 3])])
      y = try composer.reshape(y, [sizes.batch, sizes.queries, sizes.heads * sizes.columns])
    }
    return [y, k, v, shown]
  }
}

/// The extents of attention over `[B, H, S, D]`.
struct AttentionSizes {
  let batch, heads, keyHeads, queries, keys, depth, columns: Int

  /// Query heads that share a key head.
  var sharing: Int { heads / keyHeads }
}

extension Composer {
  /// `[B, S, H · D]` as `[B, H, S, D]`; rank 4 is that already.
  mutating func heads(_ value: ComposedValue, _ input: Int, count: Int?, name: AttributeName) throws(OpFault) -> ComposedValue {
    let shape = try shape(value)
    if shape.rank == 4 { return value }
    guard shape.rank == 3 else { throw .rank(input: input, expected: 3...4, found: shape.rank) }
    guard let count else { throw .attribute(name, .missing) }
    guard count >= 1, shape[2] % count == 0 else { throw .attribute(name, .outOfRange) }
    let rows = try reshape(value, [shape[0], shape[1], count, shape[2] / count])
    return try emit("Transpose", [rows], [.perm: .ints([0, 2, 1, 3])])
  }

  /// The extents of q, k and v of rank 4, which must fit together.
  func attentionSizes(_ q: ComposedValue, _ k: ComposedValue, _ v: ComposedValue) throws(OpFault) -> AttentionSizes {
    let q = try shape(q), k = try shape(k), v = try shape(v)
    for (index, shape) in [q, k, v].enumerated() where shape.rank != 4 { throw .rank(input: index, expected: 4...4, found: shape.rank) }
    func require(_ input: Int, _ axis: Int, _ expected: Int, _ found: Int) throws(OpFault) {
      guard expected == found else { throw .extent(input: input, axis: axis, expected: expected, found: found) }
    }
    try require(1, 0, q[0], k[0])
    try require(2, 0, q[0], v[0])
    try require(1, 3, q[3], k[3])
    try require(2, 1, k[1], v[1])
    try require(2, 2, k[2], v[2])
    guard k[1] >= 1, q[1] % k[1] == 0 else { throw .extent(input: 1, axis: 1, expected: q[1], found: k[1]) }
    return AttentionSizes(batch: q[0], heads: q[1], keyHeads: k[1], queries: q[2], keys: k[2], depth: q[3], columns: v[3])
  }

  /// `[B, H, S, D]` as `[B, G, H / G · S, D]`: the heads that share a key head are rows of it.
  mutating func shared(_ q: ComposedValue, _ sizes: AttentionSizes) throws(OpFault) -> ComposedValue {
    try joined(q, sizes, columns: sizes.depth)
  }

  mutating func joined(_ value: ComposedValue, _ sizes: AttentionSizes, columns: Int) throws(OpFault) -> ComposedValue {
    guard sizes.sharing != 1 else { return value }
    return try reshape(value, [sizes.batch, sizes.keyHeads, sizes.sharing * sizes.queries, columns])
  }

  /// The way back.
  mutating func separate(_ value: ComposedValue, _ sizes: AttentionSizes, columns: Int) throws(OpFault) -> ComposedValue {
    guard sizes.sharing != 1 else { return value }
    return try reshape(value, [sizes.batch, sizes.heads, sizes.queries, columns])
  }

  /// Softmax over the last axis, computed in `precision`, and in the type of `scores` again unless that type is kept.
  mutating func softmax(_ scores: ComposedValue, in precision: ElementType?, keepsType: Bool) throws(OpFault) -> ComposedValue {
    let element = element(scores)
    let weights = try emit("Softmax", [try cast(scores, to: precision ?? element)], [.axis: .int(-1)])
    return keepsType ? weights : try cast(weights, to: element)
  }

  mutating func cast(_ value: ComposedValue, to element: ElementType) throws(OpFault) -> ComposedValue {
    guard self.element(value) != element else { return value }
    return try emit("Cast", [value], [.to: .int(Int(element.rawValue))])
  }
}

extension NodeSource {
  /// An attribute that names a type of floats; nil where it is absent.
  func floatType(_ name: AttributeName) throws(OpFault) -> ElementType? {
    guard let number = try int(name) else { return nil }
    guard let element = UInt8(exactly: number).flatMap({ ElementType(rawValue: $0) }), element.isFloat else {
      throw .attribute(name, .unknownValue)
    }
    return element
  }
}
