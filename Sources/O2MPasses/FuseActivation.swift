import O2MGraph
import O2MOps
import O2MTensor

/// Lets a Conv, ConvTranspose, Gemm or MatMul apply the activation that follows it.
///
///     before   x ── Conv ── c ── Relu ── y
///     after    x ── Conv(then relu) ── y
///
/// - Spec: Relu, Clip with constant bounds, LeakyRelu, HardSigmoid, HardSwish, Sigmoid, Tanh, Gelu, Swish with alpha 1.
/// - Parity: exact for Relu and Clip. The others lose one rounding, that of the sum before the activation, and HardSwish's 1/6 becomes
///   the float32 next to it.
/// - After: fold-batchnorm and fold-scale-add, which need the layer without activation; fuse-residual-add, which comes between
///   the sums and the activation.
struct FuseActivation: Pass {
  static let name: StaticString = "fuse-activation"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    let activation: Activation
    switch node.op {
    case .relu: activation = .relu
    case .leakyRelu(let op): activation = .leakyRelu(alpha: op.alpha)
    case .hardSigmoid(let op): activation = .hardSigmoid(alpha: op.alpha, beta: op.beta)
    case .hardSwish: activation = .hardSwish(alpha: 1 / 6, beta: 0.5)
    case .sigmoid: activation = .sigmoid
    case .tanh: activation = .tanh
    case .gelu(let op): activation = op.byTanh ? .geluTanh : .gelu
    case .swish(let op):
      guard op.alpha == 1 else { return .skip("alpha is not 1") }
      activation = .silu
    case .clip:
      guard let (low, high) = bounds(of: node, in: graph) else { return .skip("a bound is not constant") }
      // Clip gives the upper bound then; an activation asks for the lower one first.
      guard low <= high else { return .skip("the bounds are crossed") }
      activation = low == 0 && high == .infinity ? .relu : .clip(low: low, high: high)
    default: return .pass
    }
    guard let input = node.inputs[0], graph[input].type.element == .float32 else { return .skip("not float32") }
    switch graph.openLayer(producing: input) {
    case .failure(let refusal): return .skip(refusal.reason)
    case .success(let layer):
      var patch = Patch(Self.name, in: graph)
      patch.replace(node.output, with: patch.node(layer.op(with: activation), layer.node.inputs, named: layer.node.name))
      return .apply(patch)
    }
  }

  /// The bounds of a Clip; an absent one is infinite. nil where one is not constant.
  private func bounds(of node: Node, in graph: Graph) -> (low: Float, high: Float)? {
    func bound(_ index: Int, absent: Float) -> Float? {
      guard index < node.inputs.count, let id = node.inputs[index] else { return absent }
      return (graph[id].constant ?? graph[id].known)?.doubles().first.map { Float($0) }
    }
    guard let low = bound(1, absent: -.infinity), let high = bound(2, absent: .infinity) else { return nil }
    return (low, high)
  }
}
