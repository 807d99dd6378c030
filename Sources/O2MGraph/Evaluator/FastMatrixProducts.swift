import O2MOps
import O2MTensor

extension MatMul: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let element = try inputs.tensor(0).element
    guard let a = try inputs.tensor(0).asFactor, let b = try inputs.tensor(1).asFactor, a.element == b.element else { return nil }
    var plan = MatrixPlan(try MatMulPlan(a.shape, b.shape))
    plan.bias = (row: 0, column: 1)
    return [plan.result(element, a, b, bias: inputs.optional(2)?.asFactor, residual: inputs.optional(3)?.asFactor, activation, loops)]
  }
}

extension Gemm: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let element = try inputs.tensor(0).element
    guard let a = try inputs.tensor(0).asFactor, let b = try inputs.tensor(1).asFactor, a.element == b.element else { return nil }
    let shape = try infer(inputs.facts)[0].knownShape(), depth = a.shape[transA ? 0 : 1]
    var plan = MatrixPlan(m: shape[0], k: depth, n: shape[1], output: shape)
    if transA { plan.a = (row: 1, k: shape[0]) }
    if transB { plan.b = (k: 1, column: depth) }
    plan.alpha = Double(alpha)
    plan.beta = Double(beta)
    let c = inputs.optional(2)?.asFactor
    if let strides = c?.shape.broadcastStrides(to: shape) { plan.bias = (row: strides[0], column: strides[1]) }
    return [plan.result(element, a, b, bias: c, residual: inputs.optional(3)?.asFactor, activation, loops)]
  }
}

/// Matrix products whose operands lie anyhow: a(i, l) · b(l, j), and which matrices meet.
private struct MatrixPlan {
  var m: Int
  var k: Int
  var n: Int
  var output: Shape
  /// Elements from one row or column to the next, and from one step of the sum.
  var a: (row: Int, k: Int)
  var b: (k: Int, column: Int)
  var bias = (row: 0, column: 0)
  var alpha = 1.0
  var beta = 1.0
  /// Where the matrices of each product begin.
  var pairs: [(a: Int, b: Int)] = [(0, 0)]

  init(m: Int, k: Int, n: Int, output: Shape) {
    self.m = m
    self.k = k
    self.n = n
    self.output = output
    a = (k, 1)
    b = (n, 1)
  }

  init(_ plan: MatMulPlan) {
    self.init(m: plan.m, k: plan.k, n: plan.n, output: plan.output)
    if plan.bStrides.allSatisfy({ $0 == 0 }), plan.aStrides == plan.batch.strides.enumerated().map({ plan.batch[$0] == 1 ? 0 : $1 }) {
      // One matrix on the right: those on the left are one tall one.
      m *= plan.batch.count
      return
    }
    var walk = StridedWalk(plan.batch, strides: [plan.aStrides, plan.bStrides])
    pairs = (0..<plan.batch.count).map { _ in
      defer { walk.advance() }
      return (walk.offsets[0] * plan.m * plan.k, walk.offsets[1] * plan.k * plan.n)
    }
  }

  func result(
    _ element: ElementType, _ left: Tensor, _ right: Tensor, bias summand: Tensor?, residual: Tensor?, _ activation: Activation,
    _ loops: FastLoops
  ) -> Tensor {
    // Vectors run along the columns, or along the rows where there are more of them.
    let isAlongRows = n < 12 && m > n
    let aOffsets = (0..<k).map { $0 * a.k }, bOffsets = (0..<k).map { $0 * b.k }
    var product =
      isAlongRows
      ? FastProduct(rows: n, wOffsets: bOffsets, wRow: b.column, xOffsets: aOffsets, xStep: a.row, activation: activation)
      : FastProduct(rows: m, wOffsets: aOffsets, wRow: a.row, xOffsets: bOffsets, xStep: b.column, activation: activation)
    product.setPositions([1, 1, isAlongRows ? m : n])
    product.form.alpha = alpha
    product.form.beta = beta
    (product.form.bias_row, product.form.bias_step) = isAlongRows ? (bias.column, bias.row) : (bias.row, bias.column)
    (product.form.y_row, product.form.y_steps.2) = isAlongRows ? (1, n) : (n, 1)
    product.blocks = pairs.enumerated().map { index, pair in
      FastProduct.Block(w: isAlongRows ? pair.b : pair.a, x: isAlongRows ? pair.a : pair.b, y: index * m * n)
    }
    return Tensor(
      element, output,
      sums: { y in
        product.run(w: isAlongRows ? right : left, x: isAlongRows ? left : right, bias: summand, residual: residual, y: y, loops)
      })
  }
}
