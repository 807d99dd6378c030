import O2MTensor

/// The axes in another order: axis `k` of `y` is axis `perm[k]` of `x`.
///
/// - Spec: ONNX Transpose-25. Without `perm` the order is reversed.
/// - Shapes: `x` any `[*]` → `y`, the extents permuted.
/// - Parity: exact.
/// - Errors: `.attribute(.perm, ...)` where `perm` is no permutation of the axes.
public struct Transpose: OnnxOperator, Movement {
  public static let name: StaticString = "Transpose"
  public static let code = OpCode.transpose
  public static let versions = [1, 13, 21, 23, 24, 25]
  public static let dataflow = Dataflow.moves([0])

  /// Empty stands for the reversed order.
  public var perm: [Int]

  public init(perm: [Int]) { self.perm = perm }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    perm = try node.ints(.perm) ?? []
  }

  /// `perm`, checked against the rank.
  public func order(rank: Int) throws(OpFault) -> [Int] {
    if perm.isEmpty { return (0..<rank).reversed() }
    guard perm.count == rank else { throw .attribute(.perm, .count(expected: rank, found: perm.count)) }
    guard (0..<rank).allSatisfy({ perm.contains($0) }) else { throw .attribute(.perm, .outOfRange) }
    return perm
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    guard let rank = inputs.first??.type.rank, let order = try? order(rank: rank) else { return .other }
    return .permuted(order)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    return [TensorType(x.element, try order(rank: x.rank).map { x.dims[$0] })]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let order = try order(rank: x.shape.rank)
    return [StridedCopy(dims: to[0].shape.dims, sourceStrides: order.map { x.strides[$0] }, targetStrides: to[0].strides)]
  }

  public func encode(to record: inout RecordWriter) { record.put(perm) }
  public init(from record: inout RecordReader) throws(FormatFault) { perm = try record.ints() }
}
