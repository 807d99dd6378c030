import O2MTensor

/// The different elements of a tensor, or the different slices along an axis: the index of the first of each, for every element or slice
/// which it is, how many there are of each; and how many different ones there are.
///
/// Slices are ordered by their first elements that differ. NaNs are one element, above all others. ONNX's first output is
/// `Gather(x, Shorten(firsts, count))`; what lies behind the last first and its number is zero.
///
/// - Spec: ONNX Unique-28. Without `isSorted` the order is that of the first occurrences.
/// - Shapes: `x` number or bool `[*]` with K elements, or K slices along `axis` → `firsts`, `inverse`, `counts` int64 `[K]`, `count` int64
///   `[1]`.
/// - Parity: exact.
public struct Unique: InternalOperator, Computation {
  public static let name: StaticString = "Unique"
  public static let code = OpCode.unique
  public static let elements = ElementClass.comparable

  /// nil for all elements, in row-major order.
  public var axis: Int?
  public var isSorted: Bool

  public init(axis: Int?, isSorted: Bool) {
    self.axis = axis
    self.isSorted = isSorted
  }

  /// What there is to compare: `extent` slices.
  private func lines(_ x: Shape) throws(OpFault) -> Lines {
    guard let axis else { return Lines(outer: 1, extent: x.count, inner: 1) }
    return x.lines(along: try x.resolve(axis))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let list = TensorType(.int64, [try lines(try inputs.shape(0, elements: Self.elements)).extent] as Shape)
    return [list, list, list, TensorType(.int64, [1] as Shape)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), lines = try lines(x.shape), keys = x.sortKeys()
    let slices = (0..<lines.extent).map { slice in
      (0..<lines.outer).flatMap { o in (0..<lines.inner).map { i in keys[(o * lines.extent + slice) * lines.inner + i] } }
    }
    // Equal slices become neighbours, the first of them in front.
    let sorted = (0..<lines.extent).sorted { a, b in
      slices[a] == slices[b] ? a < b : slices[a].lexicographicallyPrecedes(slices[b])
    }
    var groups: [[Int]] = []
    for slice in sorted {
      if let last = groups.last, slices[last[0]] == slices[slice] { groups[groups.count - 1].append(slice) } else { groups.append([slice]) }
    }
    if !isSorted { groups.sort { $0[0] < $1[0] } }

    var firsts = [Int](repeating: 0, count: lines.extent), inverse = firsts, counts = firsts
    for (number, group) in groups.enumerated() {
      (firsts[number], counts[number]) = (group[0], group.count)
      for slice in group { inverse[slice] = number }
    }
    return [.indices(firsts), .indices(inverse), .indices(counts), .indices([groups.count])]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(isSorted)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.optionalInt()
    isSorted = try record.flag()
  }
}
