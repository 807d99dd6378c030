import O2MGraph
import O2MOps
import O2MTensor

/// A Conv, ConvTranspose, Gemm or MatMul with constant weights, seen as `y[m] = act(Σ x·W[m] + b[m] + r)` over output channels m.
///
/// It is what folding and fusing passes share: each of them changes the weights per output channel, the bias, the activation
/// or the residual, and none cares which of the four operators it is.
struct LinearLayer {
  let node: Node
  let weights: Tensor
  /// One value per output channel in float64; nil where there is no bias.
  let bias: [Double]?
  let channels: Int
  let activation: Activation
  let residual: ValueID?

  init?(_ node: Node?, in graph: Graph) {
    guard let node, node.inputs.count >= 2, let weights = graph.constant(node.inputs[1]), weights.element == .float32 else { return nil }
    let channels: Int
    let activation: Activation
    switch node.op {
    case .conv(let op):
      channels = weights.shape[0]
      activation = op.activation
    case .convTranspose(let op):
      channels = weights.shape[1] * op.group
      activation = op.activation
    case .gemm(let op):
      channels = weights.shape[op.transB ? 0 : 1]
      activation = op.activation
    case .matMul(let op):
      guard weights.shape.rank == 2 else { return nil }
      channels = weights.shape[1]
      activation = op.activation
    default: return nil
    }
    var bias: [Double]?
    if node.inputs.count > 2, let id = node.inputs[2] {
      guard let values = graph.constant(id), values.element == .float32 else { return nil }
      guard let row = Self.row(values, channels: channels) else { return nil }
      bias = row
      if case .gemm(let op) = node.op { bias = row.map { $0 * Double(op.beta) } }
    }
    self.node = node
    self.weights = weights
    self.bias = bias
    self.channels = channels
    self.activation = activation
    residual = node.inputs.count > 3 ? node.inputs[3] : nil
  }

  /// `values` as one number per channel, where they have that form: a scalar, or extents that are 1 but for the last.
  private static func row(_ values: Tensor, channels: Int) -> [Double]? {
    let numbers = values.doubles()
    if numbers.count == 1 { return [Double](repeating: numbers[0], count: channels) }
    guard numbers.count == channels, values.shape.dims.last == channels else { return nil }
    return numbers
  }

  /// Adds to `patch` the same layer with `W[m] · scale[m]` and `b[m] · scale[m] + shift[m]`; the result is its output.
  ///
  /// Products are formed in float64 and rounded once. Gemm's alpha and beta go into the weights.
  func rescaled(by scale: [Double], shift: [Double], suffix: String, in graph: Graph, patch: inout Patch) -> ValueID {
    let old = weights.doubles()
    var new = old
    for index in new.indices { new[index] = old[index] * scale[channel(ofWeight: index)] * alpha }
    let b = (0..<channels).map { (bias?[$0] ?? 0) * scale[$0] + shift[$0] }
    // A constant that others read keeps its name, so the new one is named after the node.
    let names = (0..<3).map { index -> String? in
      guard index < node.inputs.count, let id = node.inputs[index], graph.readers(of: id) == 1 else { return nil }
      return graph[id].name
    }
    let w = patch.constant(Tensor(.float32, weights.shape, rounding: new), named: (names[1] ?? node.name + ".w") + suffix)
    let c = patch.constant(Tensor(.float32, [channels], rounding: b), named: (names[2] ?? node.name + ".b") + suffix)
    return patch.node(plainOp, [node.inputs[0], w, c] + (residual.map { [$0] } ?? []), named: node.name)
  }

  /// The axis of the output, of this rank, along which the channels lie.
  func channelAxis(rank: Int) -> Int {
    if case .matMul = node.op { rank - 1 } else { 1 }
  }

  private var alpha: Double {
    if case .gemm(let op) = node.op { Double(op.alpha) } else { 1 }
  }

  /// The operator with what `rescaled` put into the weights taken out.
  private var plainOp: Op {
    guard case .gemm(var op) = node.op else { return node.op }
    op.alpha = 1
    op.beta = 1
    return .gemm(op)
  }

  /// The output channel that the weight at a flat index belongs to.
  private func channel(ofWeight index: Int) -> Int {
    let dims = weights.shape.dims
    switch node.op {
    case .convTranspose(let op):
      let taps = dims.dropFirst(2).reduce(1, *), perGroup = dims[1]
      let input = index / (taps * perGroup)
      return input / (dims[0] / op.group) * perGroup + index / taps % perGroup
    case .gemm(let op): return op.transB ? index / dims[1] : index % dims[1]
    case .matMul: return index % dims[1]
    default: return index / dims.dropFirst().reduce(1, *)
    }
  }

  /// The operator with another activation.
  func op(with activation: Activation) -> Op {
    switch node.op {
    case .conv(var op):
      op.activation = activation
      return .conv(op)
    case .convTranspose(var op):
      op.activation = activation
      return .convTranspose(op)
    case .gemm(var op):
      op.activation = activation
      return .gemm(op)
    case .matMul(var op):
      op.activation = activation
      return .matMul(op)
    default: return node.op
    }
  }
}

extension Graph {
  /// The linear layer that computes `id`, where `id` has one reader and nothing follows the sums inside the layer yet.
  ///
  /// - Returns: the layer, or the reason why there is none.
  func openLayer(producing id: ValueID?) -> Result<LinearLayer, Refusal> {
    guard let id, let node = producer(of: id) else { return .failure(Refusal("not fed by a linear layer")) }
    switch node.op {
    case .conv, .convTranspose, .gemm, .matMul: break
    default: return .failure(Refusal("not fed by a linear layer"))
    }
    guard readers(of: id) == 1 else { return .failure(Refusal("the layer's output is read elsewhere")) }
    guard let layer = LinearLayer(node, in: self) else {
      return .failure(Refusal("a weight or bias is not a float32 constant per channel"))
    }
    guard layer.activation == .none else { return .failure(Refusal("the layer already ends in an activation")) }
    return .success(layer)
  }
}

/// Why a rewrite declines.
struct Refusal: Error {
  let reason: StaticString
  init(_ reason: StaticString) { self.reason = reason }
}
