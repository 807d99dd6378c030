import O2MTensor

/// The k largest (or smallest) elements along an axis, in order, and their indices. Of equal elements the one with the lower index comes
/// first.
///
/// NaN counts as the largest. Where `sorted` is 0 the order is open, so the sorted one serves.
///
/// - Spec: ONNX TopK-24. -11 added `largest` and `sorted`; -1 had k as an attribute, which the importer turns into an input.
/// - Shapes: `x` number `[*]`, `k` integer with one element, known at conversion → `values` and `indices` (int64), k along `axis`.
/// - Parity: exact.
/// - Errors: `.index(input: 1, ...)` for a k outside `0...extent`.
public struct TopK: OnnxOperator, Computation {
  public static let name: StaticString = "TopK"
  public static let code = OpCode.topK
  public static let versions = [1, 10, 11, 24]
  public static let elements = ElementClass.numbers

  public var axis: Int
  public var isLargest: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2, outputs: 1...2)
    axis = try node.int(.axis, default: -1)
    isLargest = try node.flag(.largest, default: true)
    _ = try node.flag(.sorted, default: true)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var x = try inputs.require(0, elements: Self.elements).type
    let axis = try x.resolve(axis), k = try inputs.requireInts(1)
    guard k.count == 1 else { throw .elementCount(expected: 1, found: k.count) }
    guard k[0] >= 0, k[0] <= x.dims[axis].value ?? .max else {
      throw .index(input: 1, found: k[0], limit: (x.dims[axis].value ?? 0) + 1)
    }
    x.dims[axis] = .fixed(k[0])
    return [x, TensorType(.int64, x.dims)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape()
    let x = try inputs.tensor(0), axis = try x.shape.resolve(axis)
    let lines = x.shape.lines(along: axis), k = shape[axis]
    let keys = isLargest ? x.sortKeys().map { ~$0 } : x.sortKeys()
    var winners = [Int](repeating: 0, count: shape.count), source = winners
    for outer in 0..<lines.outer {
      for inner in 0..<lines.inner {
        let start = outer * lines.extent * lines.inner + inner
        let order = (0..<lines.extent).sorted { a, b in
          let left = keys[start + a * lines.inner], right = keys[start + b * lines.inner]
          return left == right ? a < b : left < right
        }
        for rank in 0..<k {
          let target = (outer * k + rank) * lines.inner + inner
          winners[target] = order[rank]
          source[target] = start + order[rank] * lines.inner
        }
      }
    }
    return [x.gathered(shape, source: source), Tensor(.int64, shape, wrapping: winners)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(isLargest)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    isLargest = try record.flag()
  }
}

extension Tensor {
  /// Integers that are ordered as the elements are, whatever their type. Both zeros are one, and NaN is above all others.
  public func sortKeys() -> [Int64] {
    guard element.isFloat else { return orderedInts().map { Int64($0) } }
    return doubles().map { value in
      if value.isNaN { return .max }
      let bits = Int64(bitPattern: (value + 0).bitPattern)
      return bits < 0 ? bits ^ .max : bits
    }
  }
}
