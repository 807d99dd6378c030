import O2MTensor

/// The same elements under another shape.
///
/// An extent of 0 copies that of the input (with `allowzero` it is 0 itself), and one -1 takes what is left.
///
/// - Spec: ONNX Reshape-25. -1 had the shape as an attribute.
/// - Shapes: `x` any `[*]`, `shape` integer `[R]`, known at conversion → `y`, rank R.
/// - Parity: exact.
/// - Errors: `.elementCount` where the counts disagree; `.extent(input: 1, ...)` for an extent that cannot be.
public struct Reshape: Reinterpretation {
  public static let name: StaticString = "Reshape"
  public static let code = OpCode.reshape
  public static let versions = [1, 5, 13, 14, 19, 21, 23, 24, 25]

  public var allowsZero: Bool

  public init(allowsZero: Bool = false) { self.allowsZero = allowsZero }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    allowsZero = try node.flag(.allowzero, default: false)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    let wanted = try inputs.requireInts(1)
    var dims: [Dim] = []
    var inferred: Int?
    // What both sides have in common is crossed out, so that symbols that are copied need no value.
    var left = x.dims.map { Optional($0) }
    var right = 1
    for (axis, extent) in wanted.enumerated() {
      if extent == -1 {
        guard inferred == nil else { throw .extent(input: 1, axis: axis, expected: 0, found: -1) }
        inferred = axis
        dims.append(.unknown)
      } else if extent == 0, !allowsZero {
        guard axis < x.rank else { throw .axis(axis, rank: x.rank) }
        dims.append(x.dims[axis])
        left[axis] = nil
      } else {
        guard extent >= 0 else { throw .extent(input: 1, axis: axis, expected: 0, found: extent) }
        dims.append(.fixed(extent))
        let (product, overflow) = right.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw .overflow }
        right = product
      }
    }
    let rest = left.compactMap { $0 }
    if let shape = x.shape { return [TensorType(x.element, try resolve(dims.map { $0.value ?? -1 }, count: shape.count, at: inferred))] }
    if let inferred { dims[inferred] = Self.quotient(rest, by: right) }
    return [TensorType(x.element, dims)]
  }

  private func resolve(_ dims: [Int], count: Int, at inferred: Int?) throws(OpFault) -> Shape {
    var dims = dims
    if let inferred {
      dims[inferred] = 1
      let others = try checked(dims).count
      guard others > 0, count % others == 0 else { throw .elementCount(expected: count, found: others) }
      dims[inferred] = count / others
    }
    let shape = try checked(dims)
    guard shape.count == count else { throw .elementCount(expected: count, found: shape.count) }
    return shape
  }

  /// The product of `dims` divided by `divisor`, as far as it is known.
  private static func quotient(_ dims: [Dim], by divisor: Int) -> Dim {
    let known = dims.compactMap { $0.value }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    let symbols = dims.filter { $0.value == nil }
    if symbols.isEmpty, divisor > 0, known % divisor == 0 { return .fixed(known / divisor) }
    return symbols.count == 1 && known == divisor ? symbols[0] : .unknown
  }

  public func encode(to record: inout RecordWriter) { record.put(allowsZero) }
  public init(from record: inout RecordReader) throws(FormatFault) { allowsZero = try record.flag() }
}
