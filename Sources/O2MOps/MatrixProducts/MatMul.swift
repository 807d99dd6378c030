import O2MTensor

/// Matrix product over the last two axes, the others broadcast, with everything that follows in one step.
///
///     y[…, i, j] = act(Σ_k a[…, i, k] · b[…, k, j] + c[j] + r[…, i, j])
///
/// - Spec: ONNX MatMul-13, which is numpy.matmul. The summand `c`, the residual `r` and `activation` are set by passes only.
/// - Shapes: `a` number `[…, M, K]` or `[K]`, `b` `[…, K, N]` or `[K]`, `c` `[N]` optional, `r` like `y`, optional → `y` `[…, M, N]`,
///   without M or N where `a` or `b` is a vector.
/// - Parity: a sum of K terms; integers wrap.
/// - Errors: `.extent` where K disagrees; `.broadcast` where the leading axes do.
public struct MatMul: OnnxOperator, LinearOperator {
  public static let name: StaticString = "MatMul"
  public static let code = OpCode.matMul
  public static let versions = [1, 9, 13]
  public static let elements = ElementClass.numbers

  public var activation = Activation.none

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  public init(activation: Activation = .none) { self.activation = activation }

  public func linear(_ weights: Shape?) -> LinearForm {
    let channels = weights.flatMap { $0.rank == 2 ? $0[1] : nil }
    return LinearForm(
      channels: channels, channelAxis: -1, order: ChannelOrder(run: 1, perGroup: channels ?? 0, span: weights?.count ?? 0),
      activation: activation, with: { .matMul(MatMul(activation: $0)) }, unscaled: .matMul(self))
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int { output.count.clampedTimes(inputs[0]?.dims.last ?? 0) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let found = try inputs.require(1).type.element
    guard found == element else { throw .elementTypes(input: 1, found: found, expected: element) }
    guard activation == .none || element.isFloat else { throw .elementType(input: 0, found: element) }
    let plan = try MatMulPlan(try inputs.shape(0), try inputs.shape(1))
    try inputs.requirePerChannel(2, plan.n, element)
    try inputs.requireResidual(3, TensorType(element, plan.output))
    return [TensorType(element, plan.output)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), b = try inputs.tensor(1), c = inputs.optional(2), r = inputs.optional(3)
    let plan = try MatMulPlan(a.shape, b.shape)
    if !a.element.isFloat {
      var y = plan.product(a.ints(), b.ints(), zero: 0)
      if let c = c?.ints() { for index in 0..<y.count { y[index] = y[index] &+ c[index % plan.n] } }
      if let r = r?.ints() { for index in 0..<y.count { y[index] = y[index] &+ r[index] } }
      return [Tensor(a.element, plan.output, wrapping: y)]
    }
    var y = plan.product(a.doubles(), b.doubles(), zero: 0)
    if let c = c?.doubles() { for index in 0..<y.count { y[index] += c[index % plan.n] } }
    if let r = r?.doubles() { for index in 0..<y.count { y[index] += r[index] } }
    return [Tensor(a.element, plan.output, rounding: activation == .none ? y : y.map(activation.apply))]
  }

  public func encode(to record: inout RecordWriter) { activation.encode(to: &record) }
  public init(from record: inout RecordReader) throws(FormatFault) { activation = try Activation(from: &record) }
}

/// The extents of a matrix product and which matrices of `a` and `b` meet in each of `y`.
package struct MatMulPlan {
  package let m: Int
  package let k: Int
  package let n: Int
  /// The leading axes of the result.
  package let batch: Shape
  /// Matrices from one index of `batch` to the next, per axis; 0 along broadcast axes.
  package let aStrides: [Int]
  package let bStrides: [Int]
  package let output: Shape

  package init(_ a: Shape, _ b: Shape) throws(OpFault) {
    guard a.rank >= 1 else { throw .rank(input: 0, expected: 1...Int.max, found: 0) }
    guard b.rank >= 1 else { throw .rank(input: 1, expected: 1...Int.max, found: 0) }
    // A vector is a row on the left and a column on the right.
    let left = a.rank == 1 ? Shape([1] + a.dims) : a, right = b.rank == 1 ? Shape(b.dims + [1]) : b
    m = left[left.rank - 2]
    k = left[left.rank - 1]
    n = right[right.rank - 1]
    guard right[right.rank - 2] == k else {
      throw .extent(input: 1, axis: max(0, b.rank - 2), expected: k, found: right[right.rank - 2])
    }
    let aBatch = Shape(left.dims.dropLast(2)), bBatch = Shape(right.dims.dropLast(2))
    batch = try [InputFact(TensorType(.float32, aBatch)), InputFact(TensorType(.float32, bBatch))].broadcastShape()
    aStrides = aBatch.broadcastStrides(to: batch)
    bStrides = bBatch.broadcastStrides(to: batch)
    output = Shape(batch.dims + (a.rank == 1 ? [] : [m]) + (b.rank == 1 ? [] : [n]))
    guard output.checkedCount != nil else { throw .overflow }
  }

  func product<T: MultiplyAdd>(_ a: [T], _ b: [T], zero: T) -> [T] {
    var y = [T](repeating: zero, count: output.count)
    var walk = StridedWalk(batch, strides: [aStrides, bStrides])
    for index in 0..<batch.count {
      addProduct(a, walk.offsets[0] * m * k, b, walk.offsets[1] * k * n, to: &y, index * m * n, m: m, k: k, n: n)
      walk.advance()
    }
    return y
  }
}
