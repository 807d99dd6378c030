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
  public static let hasKernel = true

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

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    return [TensorType(x.element, try order(rank: x.rank).map { x.dims[$0] })]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let order = try order(rank: x.shape.rank)
    return [StridedCopy(dims: to[0].shape.dims, sourceStrides: order.map { x.strides[$0] }, targetStrides: to[0].strides)]
  }

  /// The input stays as it lies, and the output takes the layout in which that is the result already, where there is one.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard let x = inputs.first ?? nil, let order = try? order(rank: x.shape.rank) else { return .plain(inputs, outputs: outputs) }
    let lies = x.layout.order(of: x.shape)
    let shape = Shape(order.map { x.shape[$0] })
    let fits = [Layout.plain, .channelsLast].first { $0.order(of: shape).map { order[$0] } == lies }
    return LayoutChoice(inputs: [x.layout], outputs: [fits ?? .plain])
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    let order = try order(rank: x.shape.rank)
    if x.isDense, y.isDense, y.order.map({ order[$0] }) == x.order { return .alias }
    return try copyKernel(site)
  }

  public func encode(to record: inout RecordWriter) { record.put(perm) }
  public init(from record: inout RecordReader) throws(FormatFault) { perm = try record.ints() }
}
