import O2MOps
import O2MTensor

extension Composer {
  /// The rows of the table at input `index` that `indices` name.
  fileprivate mutating func rows(_ index: Int, _ indices: ComposedValue) throws(OpFault) -> ComposedValue {
    try emit("Gather", [try input(index), indices], [.axis: .int(0)])
  }

  /// The places 0, 1, … of the words of a row.
  fileprivate mutating func places(_ ids: ComposedValue) throws(OpFault) -> ComposedValue {
    let shape = try shape(ids)
    guard shape.rank == 2 else { throw .rank(input: 0, expected: 2...2, found: shape.rank) }
    return ints(Array(0..<shape[1]))
  }

  /// How many numbers of each row of `mask` are 1, as int32; 0 for each row of `ids` where there is no mask.
  fileprivate mutating func maskIndex(_ mask: ComposedValue?, _ ids: ComposedValue) throws(OpFault) -> ComposedValue {
    guard let mask else {
      let batch = try shape(ids)[0]
      return constant(Tensor(.int32, [batch], wrapping: [Int](repeating: 0, count: batch)))
    }
    let isOne = try cast(try emit("Equal", [mask, scalar(1, element(mask))]), to: .int32)
    return try emit("ReduceSum", [isOne, ints([1])], [.keepdims: .int(0)])
  }
}

/// The embedding of BERT: rows of tables for words, places and segments, added and normalized.
///
/// - Shapes: `ids` int32 or int64 `[B, S]`, `segments` `[B, S]` optional, `word` `[V, C]`, `position` `[P, C]`, `segment` `[Q, C]`
///   optional, `gamma` and `beta` `[C]`, `mask` `[B, S]` optional, `places` `[B, S]` or `[1, S]` optional → `y` float `[B, S, C]`,
///   `mask_index` int32 `[B]`: how many of `mask` are 1, and the sum before it is normalized.
struct EmbedLayerNormalization: MicrosoftOperator {
  static let name = "EmbedLayerNormalization"

  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(7...9, outputs: 1...3)
    epsilon = try node.float(.epsilon, default: 1e-12)
    _ = try node.int(.mask_index_type)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let ids = try composer.input(0)
    var places = try composer.places(ids)
    if let given = composer.optional(8) { places = given }
    var sum = try composer.emit("Add", [try composer.rows(2, ids), try composer.rows(3, places)])
    if let segments = composer.optional(1) { sum = try composer.emit("Add", [sum, try composer.rows(4, segments)]) }
    let y = try composer.emit(
      "LayerNormalization", [sum, try composer.input(5), try composer.input(6)], [.axis: .int(-1), .epsilon: .float(epsilon)])
    return [y, try composer.maskIndex(composer.optional(7), ids), sum]
  }
}

/// EmbedLayerNormalization over quantized tables, whose rows are dequantized.
///
/// - Shapes: `ids`, `segments`, `word`, `position`, `segment`, `gamma`, `beta` int8 or uint8, `mask`, then a scale for each of the five and
///   a zero point for each; those of the segment optional → `y`, `mask_index`.
struct QEmbedLayerNormalization: MicrosoftOperator {
  static let name = "QEmbedLayerNormalization"

  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(18...18, outputs: 1...2)
    epsilon = try node.float(.epsilon, default: 1e-12)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let ids = try composer.input(0)
    var sum = try composer.emit("Add", [try dequantizedRows(2, ids, &composer), try dequantizedRows(3, composer.places(ids), &composer)])
    if let segments = composer.optional(1) { sum = try composer.emit("Add", [sum, try dequantizedRows(4, segments, &composer)]) }
    let factors = [try dequantizedRows(5, nil, &composer), try dequantizedRows(6, nil, &composer)]
    let y = try composer.emit("LayerNormalization", [sum] + factors, [.axis: .int(-1), .epsilon: .float(epsilon)])
    return [y, try composer.maskIndex(composer.optional(7), ids)]
  }

  /// The numbers of the table at input `index`, all or those of the rows that `indices` name: the table itself stays as it is.
  private func dequantizedRows(_ index: Int, _ indices: ComposedValue?, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    var rows = try composer.input(index)
    if let indices { rows = try composer.rows(index, indices) }
    return try composer.dequantized(
      QuantizedOperand(value: rows, scale: try composer.input(index + 6), zero: composer.optional(index + 11)))
  }
}
