import CO2MPlatform
import O2MTensor

/// Scaled dot product attention over rows whose heads lie side by side.
///
///     y[b, i, h, :] = Σ_j p[j] · v[b, j, h, :]          p = softmax over j of scale · q[b, i, h, :] · k[b, j, h, :] + summands
///
/// Passes make it from MatMul, Softmax, MatMul. The three operands may be one tensor: each head is found behind a first column. Position
/// biases and masks are summands of the scores. Where a row of scores holds a NaN or nothing but −∞, all of p is NaN, or 0 if wanted.
///
/// - Spec: a case of ONNX Attention-23: operands of rank 3, as many heads in k and v as in q, and no past.
/// - Shapes: `q` float `[B, I, ≥ H · D]`, `k` `[B, J, ≥ H · D]`, `v` `[B, J, ≥ H · E]`, up to two summands `[B or 1, H or 1, I or 1, J]`
///   → `y` `[B, I, H · E]`.
/// - Parity: sums and exponentials in float64, rounded once; scores are rounded before summands join them, so that the least float32
///   hides a key as it does there.
/// - Errors: `.extent` where batch or rows disagree, or the columns end before the last head. `.inputCount`.
public struct FusedAttention: InternalOperator, ProductOperator {
  public static let name: StaticString = "FusedAttention"
  public static let code = OpCode.fusedAttention
  public static let elements = ElementClass.floats

  /// H, D and E.
  public var heads: Int
  public var depth: Int
  public var columns: Int
  public var scale: Float
  /// The columns at which the first head of q, k and v begins.
  public var queryColumn: Int
  public var keyColumn: Int
  public var valueColumn: Int
  /// How many inputs follow `v`.
  public var summands: Int
  /// Whether p is 0 where it would be NaN.
  public var zeroesRows: Bool

  public static let mostSummands = 2

  public init(
    heads: Int, depth: Int, columns: Int, scale: Float, first: (query: Int, key: Int, value: Int) = (0, 0, 0), summands: Int = 0,
    zeroesRows: Bool = false
  ) {
    self.heads = heads
    self.depth = depth
    self.columns = columns
    self.scale = scale
    queryColumn = first.query
    keyColumn = first.key
    valueColumn = first.value
    self.summands = summands
    self.zeroesRows = zeroesRows
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int {
    guard inputs.count > 1, let k = inputs[1] else { return 0 }
    return (output.count / columns * (depth + columns)).clampedTimes(k[1])
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    var shapes: [Shape] = []
    for (index, width) in [queryColumn + heads * depth, keyColumn + heads * depth, valueColumn + heads * columns].enumerated() {
      let found = try inputs.require(index).type.element
      guard found == element else { throw .elementTypes(input: index, found: found, expected: element) }
      let shape = try inputs.shape(index)
      guard shape.rank == 3 else { throw .rank(input: index, expected: 3...3, found: shape.rank) }
      guard shape[2] >= width else { throw .extent(input: index, axis: 2, expected: width, found: shape[2]) }
      shapes.append(shape)
    }
    for index in 1...2 where shapes[index][0] != shapes[0][0] {
      throw .extent(input: index, axis: 0, expected: shapes[0][0], found: shapes[index][0])
    }
    guard shapes[1][1] == shapes[2][1] else { throw .extent(input: 2, axis: 1, expected: shapes[1][1], found: shapes[2][1]) }
    guard inputs.count == 3 + summands else { throw .inputCount(expected: 3 + summands...3 + summands, found: inputs.count) }
    let scores = [shapes[0][0], heads, shapes[0][1], shapes[1][1]]
    for index in 3..<inputs.count {
      let found = try inputs.require(index).type.element
      guard found == element else { throw .elementTypes(input: index, found: found, expected: element) }
      let shape = try inputs.shape(index)
      guard shape.rank == 4 else { throw .rank(input: index, expected: 4...4, found: shape.rank) }
      for axis in 0..<4 where shape[axis] != scores[axis] && (axis == 3 || shape[axis] != 1) {
        throw .extent(input: index, axis: axis, expected: scores[axis], found: shape[axis])
      }
    }
    return [TensorType(element, Shape([shapes[0][0], shapes[0][1], heads * columns]))]
  }

  /// Where in a summand the row of scores for head `h` of query `i` begins.
  private func row(_ shape: Shape, _ b: Int, _ h: Int, _ i: Int) -> Int {
    ((shape[0] == 1 ? 0 : b) * shape[1] + (shape[1] == 1 ? 0 : h)) * shape[2] * shape[3] + (shape[2] == 1 ? 0 : i) * shape[3]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let q = try inputs.tensor(0), k = try inputs.tensor(1), v = try inputs.tensor(2)
    let shape = try infer(inputs.facts)[0].knownShape()
    let queries = q.doubles(), keys = k.doubles(), values = v.doubles(), count = k.shape[1]
    var added: [(shape: Shape, scores: [Double])] = []
    for index in 3..<inputs.count { added.append((try inputs.tensor(index).shape, try inputs.tensor(index).doubles())) }
    var y = [Double](repeating: 0, count: shape.count)
    for b in 0..<shape[0] {
      for i in 0..<shape[1] {
        for h in 0..<heads {
          let from = (b * shape[1] + i) * q.shape[2] + queryColumn + h * depth
          var p = [Double](repeating: 0, count: count)
          for j in 0..<count {
            let to = (b * count + j) * k.shape[2] + keyColumn + h * depth
            for d in 0..<depth { p[j] += queries[from + d] * keys[to + d] }
            p[j] *= Double(scale)
            for summand in added { p[j] = Double(Float(p[j]) + Float(summand.scores[row(summand.shape, b, h, i) + j])) }
          }
          var largest = -Double.infinity, sum = 0.0
          for score in p where score > largest { largest = score }
          for j in 0..<count {
            p[j] = o2m_exp(p[j] - largest)
            sum += p[j]
          }
          if zeroesRows, sum.isNaN { continue }
          let target = (b * shape[1] + i) * shape[2] + h * columns
          for j in 0..<count {
            let row = (b * count + j) * v.shape[2] + valueColumn + h * columns
            for c in 0..<columns { y[target + c] += p[j] / sum * values[row + c] }
          }
        }
      }
    }
    return [Tensor(q.element, shape, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(heads)
    record.put(depth)
    record.put(columns)
    record.put(scale)
    record.put(queryColumn)
    record.put(keyColumn)
    record.put(valueColumn)
    // Format 1.2; what has neither can be read by older readers.
    guard summands > 0 || zeroesRows else { return }
    record.put(UInt8(summands))
    record.put(zeroesRows)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    heads = try Self.extent(from: &record, least: 1)
    depth = try Self.extent(from: &record, least: 1)
    columns = try Self.extent(from: &record, least: 1)
    scale = try record.float()
    queryColumn = try Self.extent(from: &record, least: 0)
    keyColumn = try Self.extent(from: &record, least: 0)
    valueColumn = try Self.extent(from: &record, least: 0)
    (summands, zeroesRows) = record.isAtEnd ? (0, false) : (try record.choice(Self.mostSummands + 1), try record.flag())
  }

  /// A number small enough that no product or sum of two overflows.
  private static func extent(from record: inout RecordReader, least: Int) throws(FormatFault) -> Int {
    try record.int(in: least...1 << 24)
  }
}
