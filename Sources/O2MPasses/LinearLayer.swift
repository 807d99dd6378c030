import O2MGraph
import O2MOps
import O2MTensor

/// A linear operator with constant weights, seen as `y[m] = act(Σ x·W[m] + b[m] + r)` over output channels m.
///
/// It is what folding and fusing passes share: each of them changes the weights per output channel, the bias, the activation
/// or the residual, and none cares which operator it is.
struct LinearLayer {
  let node: Node
  let weights: Tensor
  /// One value per output channel in float64; nil where there is no bias.
  let bias: [Double]?
  let channels: Int
  let form: LinearForm
  let residual: ValueID?

  init?(_ node: Node?, in graph: Graph) {
    guard let node, node.inputs.count >= 2, let weights = graph.constant(node.inputs[1]), weights.element == .float32 else { return nil }
    guard case .linear(let form) = node.op.role(graph.facts(node.inputs)), let channels = form.channels else { return nil }
    var bias: [Double]?
    if node.inputs.count > 2, let id = node.inputs[2] {
      guard let values = graph.constant(id), values.element == .float32 else { return nil }
      guard let row = Self.row(values, channels: channels) else { return nil }
      bias = row.map { $0 * form.beta }
    }
    self.node = node
    self.weights = weights
    self.bias = bias
    self.channels = channels
    self.form = form
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
    for index in new.indices { new[index] = old[index] * scale[form.order.channel(of: index)] * form.alpha }
    let b = (0..<channels).map { (bias?[$0] ?? 0) * scale[$0] + shift[$0] }
    // A constant that others read keeps its name, so the new one is named after the node.
    let names = (0..<3).map { index -> String? in
      guard index < node.inputs.count, let id = node.inputs[index], graph.readers(of: id) == 1 else { return nil }
      return graph[id].name
    }
    let w = patch.constant(Tensor(.float32, weights.shape, rounding: new), named: (names[1] ?? node.name + ".w") + suffix)
    let c = patch.constant(Tensor(.float32, [channels], rounding: b), named: (names[2] ?? node.name + ".b") + suffix)
    return patch.node(form.unscaled, [node.inputs[0], w, c] + (residual.map { [$0] } ?? []), named: node.name)
  }

  /// The axis of the output, of this rank, along which the channels lie.
  func channelAxis(rank: Int) -> Int { form.channelAxis < 0 ? form.channelAxis + rank : form.channelAxis }
}

extension Graph {
  /// The linear layer that computes `id`, where `id` has one reader and nothing follows the sums inside the layer yet.
  ///
  /// - Returns: the layer, or the reason why there is none.
  func openLayer(producing id: ValueID?) -> Result<LinearLayer, Refusal> {
    guard let id, let node = producer(of: id) else { return .failure(Refusal("not fed by a linear layer")) }
    guard case .linear = node.op.role(facts(node.inputs)) else { return .failure(Refusal("not fed by a linear layer")) }
    guard readers(of: id) == 1 else { return .failure(Refusal("the layer's output is read elsewhere")) }
    guard let layer = LinearLayer(node, in: self) else {
      return .failure(Refusal("a weight or bias is not a float32 constant per channel"))
    }
    guard layer.form.activation == .none else { return .failure(Refusal("the layer already ends in an activation")) }
    return .success(layer)
  }
}

/// Why a rewrite declines.
struct Refusal: Error {
  let reason: StaticString
  init(_ reason: StaticString) { self.reason = reason }
}
