import O2MOps
import O2MTensor

/// Attention as a recurrence, a state S `[D, E]` for each key head, written out step by step:
///
///     S ← exp(g) ∘ S            gated: g is a number per head or per row of S
///     v ← β · (v - Sᵀ · k)      delta
///     S ← S + k ⊗ v             y = scale · qᵀ · S
///
/// - Spec: ONNX LinearAttention-27. Everything is float32 where the operands are narrower; `chunk_size` changes no result.
/// - Shapes: H query heads, G key heads: `query` float `[B, T, H · D]`, `key` `[B, T, G · D]`, `value` `[B, T, G · E]`, `past_state`
///   `[B, G, D, E]` optional, `decay` `[B, T, G · D]` or `[B, T, G]` of the gated rules, `beta` `[B, T, G]` or `[B, T, 1]` of the delta
///   rules → `output` `[B, T, H · E]`, `present_state` `[B, G, D, E]`.
/// - Errors: `.extent` where operands disagree; `.missingInput` for a decay or beta that the rule needs.
struct LinearAttention: Decomposition {
  static let name = "LinearAttention"
  static let versions = [27]

  private let heads: (query: Int, key: Int)
  private let scale: Float
  private let isGated: Bool
  private let isDelta: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...6, outputs: 1...2)
    guard let query = try node.int(.q_num_heads) else { throw .attribute(.q_num_heads, .missing) }
    guard let key = try node.int(.kv_num_heads) else { throw .attribute(.kv_num_heads, .missing) }
    guard key >= 1 else { throw .attribute(.kv_num_heads, .outOfRange) }
    guard query >= 1, query % key == 0 else { throw .attribute(.q_num_heads, .outOfRange) }
    heads = (query, key)
    scale = try node.float(.scale, default: 0)
    _ = try node.int(.chunk_size)
    switch try node.string(.update_rule) {
    case "linear": (isGated, isDelta) = (false, false)
    case "gated": (isGated, isDelta) = (true, false)
    case "delta": (isGated, isDelta) = (false, true)
    case nil, "gated_delta": (isGated, isDelta) = (true, true)
    default: throw .attribute(.update_rule, .unknownValue)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let query = try composer.input(0), shape = try composer.shape(query), element = composer.element(query)
    guard shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: shape.rank) }
    let (batch, steps) = (shape[0], shape[1]), depth = shape[2] / heads.query
    let columns = try width(2, shape, &composer) / heads.key
    guard try width(1, shape, &composer) == heads.key * depth else {
      throw .extent(input: 1, axis: 2, expected: heads.key * depth, found: try width(1, shape, &composer))
    }
    let narrow = element.bits < 32 ? ElementType.float32 : element
    let factor = scale == 0 ? 1 / Double(depth).squareRoot() : Double(scale)
    let q = try composer.emit("Mul", [try composer.cast(query, to: narrow), composer.scalar(factor, narrow)])
    var state: ComposedValue
    if let past = composer.optional(3) {
      state = try composer.cast(past, to: narrow)
    } else {
      let empty: Shape = [batch, heads.key, depth, columns]
      state = composer.constant(Tensor(narrow, empty, rounding: [Double](repeating: 0, count: empty.count)))
    }
    let sequences = Sequences(
      q: try split(q, steps, &composer), k: try split(try composer.cast(try composer.input(1), to: narrow), steps, &composer),
      v: try split(try composer.cast(try composer.input(2), to: narrow), steps, &composer),
      decay: try gates(isGated, 4, narrow, shape, &composer), beta: try gates(isDelta, 5, narrow, shape, &composer))
    var rows: [ComposedValue] = []
    for t in 0..<steps {
      if let decay = sequences.decay?[t] {
        let count = try composer.shape(decay)[2] / heads.key
        state = try composer.emit("Mul", [state, try composer.reshape(decay, [batch, heads.key, count, 1])])
      }
      var v = try composer.reshape(sequences.v[t], [batch, heads.key, 1, columns])
      if let beta = sequences.beta?[t] {
        let k = try composer.reshape(sequences.k[t], [batch, heads.key, 1, depth])
        let change = try composer.emit("Sub", [v, try composer.emit("MatMul", [k, state])])
        let rate = try composer.reshape(beta, [batch, try composer.shape(beta)[2], 1, 1])
        v = try composer.emit("Mul", [rate, change])
      }
      let k = try composer.reshape(sequences.k[t], [batch, heads.key, depth, 1])
      state = try composer.emit("Add", [state, try composer.emit("Mul", [k, v])])
      // The query heads that share a state are rows of one product.
      let q = try composer.reshape(sequences.q[t], [batch, heads.key, heads.query / heads.key, depth])
      let y = try composer.emit("MatMul", [q, state])
      rows.append(try composer.reshape(y, [batch, 1, heads.query * columns]))
    }
    let y = rows.count == 1 ? rows[0] : try composer.emit("Concat", rows, [.axis: .int(1)])
    let kept = composer.optional(3).map { composer.element($0) } ?? element
    return [try composer.cast(y, to: element), try composer.cast(state, to: kept)]
  }

  /// What each step reads.
  private struct Sequences {
    let q, k, v: [ComposedValue]
    let decay, beta: [ComposedValue]?
  }

  /// The last extent of the input at `index`, whose others are those of the query.
  private func width(_ index: Int, _ query: Shape, _ composer: inout Composer) throws(OpFault) -> Int {
    let shape = try composer.shape(try composer.input(index))
    guard shape.rank == 3 else { throw .rank(input: index, expected: 3...3, found: shape.rank) }
    for axis in 0..<2 where shape[axis] != query[axis] {
      throw .extent(input: index, axis: axis, expected: query[axis], found: shape[axis])
    }
    return shape[2]
  }

  /// exp(decay), or beta: as many numbers for each head as it has.
  private func gates(
    _ isWanted: Bool, _ index: Int, _ element: ElementType, _ query: Shape, _ composer: inout Composer
  ) throws(OpFault) -> [ComposedValue]? {
    guard isWanted else {
      guard composer.optional(index) == nil else { throw .inputCount(expected: 3...index, found: composer.inputCount) }
      return nil
    }
    let found = try width(index, query, &composer), depth = query[2] / heads.query
    guard index == 4 ? found == heads.key || found == heads.key * depth : found == heads.key || found == 1 else {
      throw .extent(input: index, axis: 2, expected: heads.key, found: found)
    }
    var gates = try composer.cast(try composer.input(index), to: element)
    if index == 4 { gates = try composer.emit("Exp", [gates]) }
    return try split(gates, query[1], &composer)
  }

  /// One value for each step.
  private func split(_ value: ComposedValue, _ steps: Int, _ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    if steps == 1 { return [value] }
    return try composer.emit("Split", [value], [.axis: .int(1), .num_outputs: .int(steps)], outputs: steps)
  }
}
