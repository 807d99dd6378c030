import O2MGraph
import O2MOps
import O2MTensor

/// Folds an inference BatchNormalization into the linear layer that feeds it.
///
///     before   x ── Conv(W, b) ── c ── BatchNormalization(scale, bias, mean, var) ── y
///     after    x ── Conv(W′, b′) ── y
///
///     k[m]  = scale[m] / sqrt(var[m] + epsilon)              m: output channel
///     W′[m] = W[m] · k[m]        b′[m] = (b[m] − mean[m]) · k[m] + bias[m]
///
/// - Spec: ONNX BatchNormalization-15, inference form. In a grouped ConvTranspose, m counts through the groups.
/// - Parity: 1e-5 relative. k is formed in float64 and rounded once, with the weight.
/// - After: fold-constants, which makes more weights constant. W itself stays: other nodes may read it.
struct FoldBatchNorm: Rewrite {
  static let name: StaticString = "fold-batchnorm"

  func rewrite(_ node: NodeOf<BatchNormalization>, in graph: Graph) -> Verdict {
    switch graph.openLayer(producing: node.input(0)) {
    case .failure(let refusal): return .skip(refusal.reason)
    case .success(let layer):
      guard layer.residual == nil else { return .skip("the layer adds a residual") }
      guard layer.channelAxis(rank: graph[node.output].type.rank) == 1 else { return .skip("axis 1 is not the layer's channels") }
      guard let affine = ChannelAffine(node, in: graph) else { return .skip("a statistic is no float32 constant") }
      var patch = Patch(Self.name, in: graph)
      patch.replace(node.output, with: layer.rescaled(by: affine.scale, shift: affine.shift, suffix: ".bn", in: graph, patch: &patch))
      return .apply(patch)
    }
  }
}

/// Turns a BatchNormalization that no layer feeds into a depthwise 1×1 Conv, which has a kernel and takes an activation.
///
///     before   x ── BatchNormalization(scale, bias, mean, var) ── y
///     after    x ── Conv(k, bias − mean·k, group = C) ── y          k = scale / sqrt(var + epsilon)
///
/// - Spec: ONNX BatchNormalization-15, inference form.
/// - Parity: 1e-6 relative: one product and one sum per element, as before.
/// - After: fold-batchnorm, which takes every one that a layer feeds.
struct ReplaceBatchNorm: Rewrite {
  static let name: StaticString = "replace-batchnorm-with-conv"

  func rewrite(_ node: NodeOf<BatchNormalization>, in graph: Graph) -> Verdict {
    guard let input = node.input(0), let shape = graph.shape(input) else { return .notApplicable }
    // Since version 15 the statistics may be float32 where the input is not.
    guard graph[input].type.element == .float32 else { return .skip("the input is not float32") }
    guard (3...5).contains(shape.rank) else { return .skip("the input does not have one to three spatial axes") }
    guard shape.count > 0 else { return .skip("the input is empty") }
    if case .success(let layer) = graph.openLayer(producing: input), layer.residual == nil, layer.channelAxis(rank: shape.rank) == 1 {
      return .notApplicable
    }
    guard let affine = ChannelAffine(node, in: graph) else { return .skip("a statistic is no float32 constant") }
    let spatial = [Int](repeating: 1, count: shape.rank - 2)
    var patch = Patch(Self.name, in: graph)
    let w = patch.constant(Tensor(.float32, Shape([shape[1], 1] + spatial), rounding: affine.scale), named: node.name + ".scale")
    let b = patch.constant(Tensor(.float32, [shape[1]], rounding: affine.shift), named: node.name + ".shift")
    let conv = Conv(window: Window(kernel: spatial), group: shape[1])
    patch.replace(node.output, with: patch.node(.conv(conv), [input, w, b], named: node.name))
    return .apply(patch)
  }
}

/// `y[c] = x[c] · scale[c] + shift[c]`, in float64.
struct ChannelAffine {
  let scale: [Double]
  let shift: [Double]

  /// What a BatchNormalization computes; nil where a statistic is not constant, or is that of the batch.
  init?(_ node: NodeOf<BatchNormalization>, in graph: Graph) {
    guard !node.op.trains else { return nil }
    var statistics: [[Double]] = []
    for index in 1...4 {
      guard let tensor = graph.constant(node.input(index)), tensor.element == .float32 else { return nil }
      statistics.append(tensor.doubles())
    }
    let epsilon = Double(node.op.epsilon)
    let k = zip(statistics[0], statistics[3]).map { $0 / ($1 + epsilon).squareRoot() }
    scale = k
    shift = k.indices.map { statistics[1][$0] - statistics[2][$0] * k[$0] }
  }
}
