import O2MTensor

/// What all reductions have in common; the axes are their second input.
public struct ReduceOptions: Equatable, Sendable {
  /// Whether reduced axes stay, with extent 1.
  public var keepsAxes: Bool
  /// Whether no axes means none, not all. What is done to every element is done all the same.
  public var noAxesMeansNone: Bool

  public init(keepsAxes: Bool = true, noAxesMeansNone: Bool = false) {
    self.keepsAxes = keepsAxes
    self.noAxesMeansNone = noAxesMeansNone
  }

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...2)
    keepsAxes = try node.flag(.keepdims, default: true)
    noAxesMeansNone = try node.flag(.noop_with_empty_axes, default: false)
  }

  init(from record: inout RecordReader) throws(FormatFault) {
    keepsAxes = try record.flag()
    noAxesMeansNone = try record.flag()
  }

  func encode(to record: inout RecordWriter) {
    record.put(keepsAxes)
    record.put(noAxesMeansNone)
  }

  /// The axes to reduce, ascending.
  public func axes(_ inputs: [InputFact?], _ x: Shape) throws(OpFault) -> [Int] {
    let axes = try inputs.knownInts(1) ?? []
    if axes.isEmpty { return noAxesMeansNone ? [] : Array(0..<x.rank) }
    return try x.resolve(axes)
  }

  /// The input as it lies; the output like it where it has the same axes.
  func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    var choice = LayoutChoice.keep(inputs, outputs: outputs)
    if !keepsAxes { choice.outputs = choice.outputs.map { _ in .plain } }
    return choice
  }

  func output(_ x: Shape, _ axes: [Int]) -> Shape {
    keepsAxes
      ? Shape(x.dims.indices.map { axes.contains($0) ? 1 : x[$0] })
      : Shape(x.dims.indices.filter { !axes.contains($0) }.map { x[$0] })
  }
}

/// Which output element every input element belongs to: rows of input elements that are neighbours in memory.
struct ReductionWalk {
  private let outer: Shape
  private let strides: [Int]
  private let row: Int
  private let step: Int

  init(_ x: Shape, _ axes: [Int]) {
    // The strides of the output, 0 along reduced axes.
    let kept = Shape(x.dims.indices.map { axes.contains($0) ? 1 : x[$0] })
    let all = kept.broadcastStrides(to: x)
    // Trailing axes that are all reduced, or all kept, make one row.
    let isReduced = x.dims.indices.map { axes.contains($0) }
    let last = isReduced.last ?? false
    let split = (isReduced.lastIndex { $0 != last } ?? -1) + 1
    outer = Shape(Array(x.dims[..<split]))
    strides = Array(all[..<split])
    row = x.dims[split...].reduce(1, *)
    step = last ? 0 : 1
  }

  /// Combines all elements of `x` into `y`, in row-major order.
  func run<T>(_ x: [T], into y: inout [T], _ combine: (T, T) -> T) {
    var walk = StridedWalk(outer, strides: [strides])
    for start in stride(from: 0, to: x.count, by: max(1, row)) {
      let target = walk.offsets[0]
      for k in 0..<row { y[target + k * step] = combine(y[target + k * step], x[start + k]) }
      walk.advance()
    }
  }
}
