import O2MTensor

/// Matrix product with scales, a broadcast summand and everything that follows in one step.
///
///     y = act(alpha · A′ · B′ + beta · C + r)          A′ = transA ? Aᵀ : A,  B′ = transB ? Bᵀ : B
///
/// - Spec: ONNX Gemm-13. The `broadcast` attribute of -6 is dropped by the importer. `activation` and `r` are set by passes only.
/// - Shapes: `A′` number `[M, K]`, `B′` `[K, N]`, `C` optional, broadcast to `[M, N]`, `r` `[M, N]` optional → `y` `[M, N]`.
/// - Parity: a sum of K terms. Integers are exact as long as the sums stay below 2^53.
/// - Errors: `.extent` where K disagrees; `.broadcast` where C does not fit.
public struct Gemm: OnnxOperator, LinearOperator {
  public static let name: StaticString = "Gemm"
  public static let code = OpCode.gemm
  public static let versions = [1, 6, 7, 9, 11, 13]
  public static let elements = ElementClass.numbers

  public var alpha: Float
  public var beta: Float
  public var transA: Bool
  public var transB: Bool
  public var activation = Activation.none

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    alpha = try node.float(.alpha, default: 1)
    beta = try node.float(.beta, default: 1)
    // Any value but 0 transposes.
    transA = try node.int(.transA, default: 0) != 0
    transB = try node.int(.transB, default: 0) != 0
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
    guard beta.isFinite else { throw .attribute(.beta, .outOfRange) }
  }

  public init(alpha: Float = 1, beta: Float = 1, transA: Bool = false, transB: Bool = false, activation: Activation = .none) {
    self.alpha = alpha
    self.beta = beta
    self.transA = transA
    self.transB = transB
    self.activation = activation
  }

  public func linear(_ weights: Shape?) -> LinearForm {
    let channels = weights?[transB ? 0 : 1] ?? 0
    return LinearForm(
      channels: weights.map { _ in channels }, channelAxis: 1,
      order: ChannelOrder(run: transB ? weights?[1] ?? 0 : 1, perGroup: channels, span: weights?.count ?? 0), activation: activation,
      alpha: Double(alpha), beta: Double(beta),
      with: { .gemm(Gemm(alpha: alpha, beta: beta, transA: transA, transB: transB, activation: $0)) },
      unscaled: .gemm(Gemm(transA: transA, transB: transB, activation: activation)))
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int {
    guard let a = inputs[0] else { return 0 }
    return output.count.clampedTimes(a[transA ? 0 : 1])
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    for index in 1...2 where index == 1 || inputs.has(index) {
      let found = try inputs.require(index).type.element
      guard found == element else { throw .elementTypes(input: index, found: found, expected: element) }
    }
    let a = try inputs.shape(0), b = try inputs.shape(1)
    guard a.rank == 2 else { throw .rank(input: 0, expected: 2...2, found: a.rank) }
    guard b.rank == 2 else { throw .rank(input: 1, expected: 2...2, found: b.rank) }
    let k = a[transA ? 0 : 1]
    guard b[transB ? 1 : 0] == k else { throw .extent(input: 1, axis: transB ? 1 : 0, expected: k, found: b[transB ? 1 : 0]) }
    let y: Shape = [a[transA ? 1 : 0], b[transB ? 0 : 1]]
    guard y.checkedCount != nil else { throw .overflow }
    if inputs.has(2) { try inputs.requireBroadcastable(2, to: y) }
    try inputs.requireResidual(3, TensorType(element, y))
    return [TensorType(element, y)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), b = try inputs.tensor(1)
    guard let shape = try infer(inputs.facts)[0].shape else { throw .dataDependent(input: 0) }
    let k = a.shape[transA ? 0 : 1]
    var y = [Double](repeating: 0, count: shape.count)
    addProduct(
      transA ? transposed(a.doubles(), rows: k, columns: shape[0]) : a.doubles(), 0,
      transB ? transposed(b.doubles(), rows: shape[1], columns: k) : b.doubles(), 0, to: &y, 0, m: shape[0], k: k, n: shape[1])
    if alpha != 1 { y = y.map { Double(alpha) * $0 } }
    if let c = inputs.optional(2) {
      y = broadcast(y, shape, c.doubles(), c.shape, to: shape) { $0 + Double(beta) * $1 }
    }
    if let r = inputs.optional(3) { y = broadcast(y, shape, r.doubles(), r.shape, to: shape) { $0 + $1 } }
    return [Tensor(a.element, shape, rounding: activation == .none ? y : y.map(activation.apply))]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(alpha)
    record.put(beta)
    record.put(transA)
    record.put(transB)
    activation.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    alpha = try record.float()
    beta = try record.float()
    transA = try record.flag()
    transB = try record.flag()
    activation = try Activation(from: &record)
  }
}
