import O2MOps
import O2MTensor

/// How often each n-gram of a pool occurs in a sequence of tokens, as counts, as weights of those that occur, or as weighted counts.
///
/// Tokens of one n-gram stand 1 to `max_skip_count` + 1 places apart, always the same; single tokens count once.
///
/// - Spec: ONNX TfIdfVectorizer-9, with integer tokens.
/// - Shapes: `x` int32 or int64 `[C]` or `[N, C]` → float32 `[max(ngram_indexes) + 1]`, or one row for each of N.
struct TfIdfVectorizer: ConstantEvaluation {
  static let name = "TfIdfVectorizer"
  static let versions = [9]

  private enum Mode: String { case counts = "TF", weights = "IDF", weightedCounts = "TFIDF" }

  private let mode: Mode
  private let lengths: ClosedRange<Int>
  private let skips: Int
  private let columns: Int
  /// For each n-gram of the lengths that count, where it is counted and its weight.
  private let pool: [[Int]: (column: Int, weight: Double)]

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let mode = Mode(rawValue: try node.string(.mode) ?? "") else { throw .attribute(.mode, .unknownValue) }
    guard let tokens = try node.ints(.pool_int64s) else { throw .unsupported(.elementType) }
    guard let shortest = try node.int(.min_gram_length), shortest >= 1 else { throw .attribute(.min_gram_length, .outOfRange) }
    guard let longest = try node.int(.max_gram_length), longest >= shortest else { throw .attribute(.max_gram_length, .outOfRange) }
    guard let skips = try node.int(.max_skip_count), skips >= 0 else { throw .attribute(.max_skip_count, .outOfRange) }
    let starts = try node.requireInts(.ngram_counts), indexes = try node.requireInts(.ngram_indexes), weights = try node.floats(.weights)
    for index in indexes where index < 0 { throw .attribute(.ngram_indexes, .outOfRange) }
    if let weights, weights.count != indexes.count {
      throw .attribute(.weights, .count(expected: indexes.count, found: weights.count))
    }
    var pool: [[Int]: (column: Int, weight: Double)] = [:]
    var number = 0
    for (length, start) in zip(1..., starts) {
      let end = length < starts.count ? starts[length] : tokens.count
      guard start >= 0, end >= start, end <= tokens.count, (end - start) % length == 0 else { throw .attribute(.ngram_counts, .outOfRange) }
      for first in stride(from: start, to: end, by: length) {
        guard number < indexes.count else { throw .attribute(.ngram_indexes, .count(expected: number + 1, found: indexes.count)) }
        if (shortest...longest).contains(length) {
          pool[Array(tokens[first..<first + length])] = (indexes[number], weights.map { Double($0[number]) } ?? 1)
        }
        number += 1
      }
    }
    self.mode = mode
    self.skips = skips
    self.pool = pool
    // Longer ones than the pool has are found nowhere.
    lengths = shortest...max(shortest, min(longest, starts.count))
    columns = (indexes.max() ?? -1) + 1
  }

  func elementCount(_ inputs: [Tensor?]) throws(OpFault) -> Int {
    let x = try inputs.tensor(0)
    return (x.shape.rank == 2 ? x.shape[0] : 1).clampedTimes(columns)
  }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    guard x.element.isInteger else { throw .elementType(input: 0, found: x.element) }
    guard (1...2).contains(x.shape.rank) else { throw .rank(input: 0, expected: 1...2, found: x.shape.rank) }
    let rows = x.shape.rank == 2 ? x.shape[0] : 1, length = x.shape[x.shape.rank - 1]
    let tokens = x.ints()
    var y: [Double] = []
    for row in 0..<rows { y += counted(Array(tokens[row * length..<(row + 1) * length])) }
    return [Tensor(.float32, Shape(x.shape.dims.dropLast() + [columns]), rounding: y)]
  }

  private func counted(_ tokens: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: columns)
    for length in lengths {
      let furthest = length == 1 ? 1 : min(skips + 1, max(1, (tokens.count - 1) / (length - 1)))
      for step in 1...furthest where step * (length - 1) < tokens.count {
        for start in 0..<tokens.count - step * (length - 1) {
          guard let gram = pool[(0..<length).map { tokens[start + $0 * step] }] else { continue }
          switch mode {
          case .counts: result[gram.column] += 1
          case .weights: result[gram.column] = gram.weight
          case .weightedCounts: result[gram.column] += gram.weight
          }
        }
      }
    }
    return result
  }
}
