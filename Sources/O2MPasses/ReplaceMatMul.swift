import O2MGraph
import O2MOps
import O2MTensor

/// Turns a product with a constant matrix into a Gemm, which takes bias and activation; leading axes are flattened around it.
///
///     before   x [A…, K] ── MatMul(W [K, N]) ── y
///     after    x ── Reshape [ΠA, K] ── Gemm(W) ── Reshape [A…, N] ── y
///
/// - Spec: ONNX MatMul-13, Gemm-13.
/// - Parity: exact: the same sums.
struct ReplaceMatMul: Rewrite {
  static let name: StaticString = "replace-matmul-with-gemm"

  func rewrite(_ node: NodeOf<MatMul>, in graph: Graph) -> Verdict {
    guard let a = node.input(0), let b = node.input(1), let weights = graph.constant(b) else { return .pass }
    guard weights.shape.rank == 2, weights.element == .float32 else { return .skip("the constant is no float32 matrix") }
    guard let shape = graph.shape(a), shape.rank >= 2 else { return .skip("the other operand is a vector") }
    guard let result = graph.shape(node.output), !result.dims.contains(0) else { return .skip("an extent is zero") }
    var patch = Patch(Self.name, in: graph)
    var rows = a
    if shape.rank > 2 {
      let flat = patch.constant(.indices([shape.count / weights.shape[0], weights.shape[0]]), named: node.name + ".rows")
      rows = patch.node(.reshape(Reshape()), [a, flat], named: node.name + ".flat")
    }
    var product = patch.node(.gemm(Gemm()), [rows, b], named: shape.rank > 2 ? node.name + ".product" : node.name)
    if shape.rank > 2 {
      let target = patch.constant(.indices(result.dims), named: node.name + ".shape")
      product = patch.node(.reshape(Reshape()), [product, target], named: node.name)
    }
    patch.replace(node.output, with: product)
    return .apply(patch)
  }
}

/// Moves the sum with a constant row in front of the Reshape that a flattened Gemm ends in, where fold-scale-add finds it.
///
///     before   Gemm ── Reshape ── Add(b [N]) ── y
///     after    Gemm ── Add(b [N]) ── Reshape ── y
///
/// - Spec: ONNX Add-14, Reshape-21; the last extent stays what it was.
/// - Parity: exact.
/// - After: replace-matmul-with-gemm, which makes such Reshapes.
struct MoveAddBeforeReshape: Rewrite {
  static let name: StaticString = "fuse-matmul-bias"

  func rewrite(_ node: NodeOf<Add>, in graph: Graph) -> Verdict {
    guard let left = node.input(0), let right = node.input(1) else { return .pass }
    for (x, constant) in [(left, right), (right, left)] {
      guard let bias = graph.constant(constant), let reshape = graph.producer(of: x, as: Reshape.self) else { continue }
      guard let source = reshape.input(0), graph.producer(of: source, as: Gemm.self) != nil else { continue }
      guard let inner = graph.shape(source), let outer = graph.shape(x) else { return .pass }
      guard inner.dims.last == outer.dims.last, bias.count == inner.dims.last, bias.shape.dims.last == bias.count else {
        return .skip("the constant is not one row")
      }
      guard graph.readers(of: x) == 1, graph.readers(of: source) == 1 else { return .skip("the product is read elsewhere") }
      guard graph[node.output].type == graph[x].type else { return .skip("the constant widens the shape") }
      var patch = Patch(Self.name, in: graph)
      let row = patch.constant(bias.reshaped([bias.count]), named: graph[constant].name + ".row")
      let sum = patch.node(.add(Add()), [source, row], named: node.name + ".sum")
      patch.replace(node.output, with: patch.node(.reshape(reshape.op), [sum, reshape.input(1)], named: node.name))
      return .apply(patch)
    }
    return .pass
  }
}
