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
    switch node.op.role(graph.facts(node.inputs)) {
    case .activation(let found): activation = found
    case .unfusable(let reason): return .skip(reason)
    case .other, .arithmetic, .conversion, .linear, .pooling: return .notApplicable
    }
    guard let input = node.inputs[0], graph[input].type.element == .float32 else { return .skip("not float32") }
    switch graph.openLayer(producing: input) {
    case .failure(let refusal): return .skip(refusal.reason)
    case .success(let layer):
      var patch = Patch(Self.name, in: graph)
      patch.replace(node.output, with: patch.node(layer.form.with(activation), layer.node.inputs, named: layer.node.name))
      return .apply(patch)
    }
  }
}
