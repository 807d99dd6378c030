import O2MGraph
import O2MOps
import O2MTensor

/// Turns the product of a matrix with a constant one into a Gemm, which takes bias and activation.
///
///     before   x [M, K] ── MatMul(W [K, N]) ── y
///     after    x ── Gemm(W) ── y
///
/// - Spec: ONNX MatMul-13, Gemm-13. A product with leading axes stays: MatMul takes bias, residual and activation too.
/// - Parity: exact: the same sums.
struct ReplaceMatMul: Rewrite {
  static let name: StaticString = "replace-matmul-with-gemm"

  func rewrite(_ node: NodeOf<MatMul>, in graph: Graph) -> Verdict {
    guard let a = node.input(0), let b = node.input(1), let weights = graph.constant(b) else { return .notApplicable }
    guard weights.shape.rank == 2, weights.element == .float32 else { return .skip("the constant is no float32 matrix") }
    guard graph[a].type.rank == 2, node.node.inputs.count == 2, node.op.activation == .none else { return .notApplicable }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.node(.gemm(Gemm()), [a, b], named: node.name))
    return .apply(patch)
  }
}

/// Takes the reshapes away between which an exporter has put a Gemm over rows.
///
///     before   x [A…, K] ── Reshape [ΠA, K] ── Gemm(W, b) ── Reshape [A…, N] ── y
///     after    x ── MatMul(W, b) ── y
///
/// - Spec: ONNX Gemm-13, MatMul-13, whose summand passes set.
/// - Parity: exact: the same sums.
struct ReplaceFlattenedGemm: Pass {
  static let name: StaticString = "replace-flattened-gemm"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.op.isReshape, let product = node.inputs[0], let gemm = graph.producer(of: product, as: Gemm.self) else {
      return .notApplicable
    }
    guard let flat = gemm.input(0), let first = graph.producer(of: flat), first.op.isReshape, let x = first.inputs[0] else {
      return .notApplicable
    }
    guard let from = graph.shape(x), let to = graph.shape(node.output), from.rank >= 2 else { return .notApplicable }
    guard from.rank == to.rank, from.dims.dropLast() == to.dims.dropLast(), from.dims.last == graph.shape(flat)?[1] else {
      return .skip("the reshapes do more than flatten the rows")
    }
    guard graph.readers(of: product) == 1 else { return .skip("the product of rows is read elsewhere") }
    guard let weights = graph.constant(gemm.input(1)), let layer = LinearLayer(gemm.node, in: graph), !gemm.op.transA, layer.residual == nil
    else { return .skip("the Gemm is no product by constant weights alone") }
    var patch = Patch(Self.name, in: graph)
    let old = weights.doubles(), k = from.dims[from.rank - 1], n = layer.channels
    var new: [Double] = []
    for row in 0..<k {
      for column in 0..<n { new.append(old[gemm.op.transB ? column * k + row : row * n + column] * Double(gemm.op.alpha)) }
    }
    var operands: [ValueID?] = [x, gemm.input(1)]
    if gemm.op.transB || gemm.op.alpha != 1 {
      operands[1] = patch.constant(Tensor(.float32, [k, n], rounding: new), named: node.name + ".w")
    }
    if let bias = layer.bias { operands.append(patch.constant(Tensor(.float32, [n], rounding: bias), named: node.name + ".b")) }
    patch.replace(node.output, with: patch.node(.matMul(MatMul(activation: gemm.op.activation)), operands, named: node.name))
    return .apply(patch)
  }
}
