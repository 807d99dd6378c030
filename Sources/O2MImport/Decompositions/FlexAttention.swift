import O2MOps
import O2MTensor

/// Attention whose scores and probabilities go through graphs of the model's own:
///
///     y = prob_mod(softmax(score_mod(scale · Q · Kᵀ))) · V
///
/// - Spec: ai.onnx.preview FlexAttention-1. Between the products everything is `softmax_precision`, float32 unless the operands are
///   float64.
/// - Shapes: `Q` float `[B, H, S, D]`, `K` `[B, G, T, D]`, `V` `[B, G, T, E]`, H a multiple of G → `Y` `[B, H, S, E]`.
/// - Errors: `.extent` where operands disagree, or a graph changes the shape of what it is given.
struct FlexAttention: Decomposition {
  static let name = "FlexAttention"
  static let domain = "ai.onnx.preview"
  static let versions = [1]

  private let scale: Float?
  private let precision: ElementType?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    scale = try node.float(.scale)
    precision = try node.floatType(.softmax_precision)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let q = try composer.input(0), k = try composer.input(1), v = try composer.input(2)
    let sizes = try composer.attentionSizes(q, k, v), element = composer.element(q)
    let precision = precision ?? (element == .float64 ? .float64 : .float32)
    let keys = try composer.emit("Transpose", [k], [.perm: .ints([0, 1, 3, 2])])
    let product = try composer.separate(
      try composer.emit("MatMul", [try composer.shared(q, sizes), keys]), sizes, columns: sizes.keys)
    let factor = scale.map { Double($0) } ?? 1 / Double(sizes.depth).squareRoot()
    var scores = try composer.cast(try composer.emit("Mul", [product, composer.scalar(factor, element)]), to: precision)
    scores = try modified(scores, .score_mod, &composer)
    let weights = try modified(try composer.softmax(scores, in: nil, keepsType: true), .prob_mod, &composer)
    let sums = try composer.emit(
      "MatMul", [try composer.joined(weights, sizes, columns: sizes.keys), try composer.cast(v, to: precision)])
    return [try composer.cast(try composer.separate(sums, sizes, columns: sizes.columns), to: element)]
  }

  private func modified(_ value: ComposedValue, _ graph: AttributeName, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    guard let results = try composer.inline(graph, [value]) else { return value }
    guard results.count == 1 else { throw .outputCount(expected: 1...1, found: results.count) }
    let before = try composer.shape(value), after = try composer.shape(results[0])
    guard before.rank == after.rank else { throw .rank(input: 0, expected: before.rank...before.rank, found: after.rank) }
    for axis in 0..<before.rank where before[axis] != after[axis] {
      throw .extent(input: 0, axis: axis, expected: before[axis], found: after[axis])
    }
    return results[0]
  }
}
